"""Records of the journal ─▶ plain values, made from their shapes; the way back is `journal_records`.

A field that holds its default is left out; the others stand in the order of the shape, which is that of the XML
Schema. The audit keeps old and new values in this form too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from gateway.model.journal_records import Record
from gateway.model.record_shape import FieldType, RecordField, RecordShape, shape_of

PlainFields: TypeAlias = dict[str, Any]


NOT_SET = "notSet"
"""Says in forms that have no ``null`` that there is explicitly nothing (R-JRNL-03): an element, a column."""


def nullable_field(shape: RecordShape) -> RecordField | None:
    """Return the field of which `NOT_SET` speaks: no record has more than one."""
    return next((field for field in shape.fields if field.nullable), None)


def plain_from(record: Record) -> PlainFields:
    """Return a record's plain values by label: strings, integers, booleans, ``None``, lists and objects of these."""
    written: type = type(record)
    return _writer(written)(record)


def moment_text(moment: datetime) -> str:
    """Return a moment as all forms write it: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def clock_text(at: time) -> str:
    """Return a time of day as all forms write it: ``08:30``, with seconds where there are any."""
    return at.isoformat().removesuffix(":00")


_Writer: TypeAlias = Callable[[Any], Any]

_NO_DEFAULT = object()

_AS_THEY_ARE = frozenset({FieldType.ID, FieldType.TEXT, FieldType.NUMBER, FieldType.FLAG})

_WRITERS: Mapping[FieldType, _Writer] = MappingProxyType(
    {
        FieldType.DAY: date.isoformat,
        FieldType.MOMENT: moment_text,
        FieldType.CLOCK_TIME: clock_text,
        FieldType.CHOICE: str,  # a member of a StrEnum is a string of its own; plain values are strings and no more
    }
)


@cache
def _writer(record: type) -> Callable[[Any], PlainFields]:
    """Return the function that writes the records of a class; made once, since hundreds of thousands go through it."""
    fields = tuple(
        (field.name, field.label, _NO_DEFAULT if field.required else field.default, _value_writer(field))
        for field in shape_of(record).fields
    )

    def write(written: Any) -> PlainFields:
        plain: PlainFields = {}
        for name, label, default, convert in fields:
            value = getattr(written, name)
            if value is not default and value != default:
                plain[label] = value if convert is None else convert(value)
        return plain

    return write


def _value_writer(field: RecordField) -> _Writer | None:
    """Return what makes a field's value plain, ``None`` if it is so already."""
    one = _one_writer(field)
    if field.many:
        return list if one is None else _each(one)
    return _or_none(one) if field.nullable and one is not None else one


def _one_writer(field: RecordField) -> _Writer | None:
    nested: type | None = field.record
    if nested is not None:
        return _writer(nested)
    return None if field.holds in _AS_THEY_ARE else _WRITERS[field.holds]


def _each(write: _Writer) -> _Writer:
    return lambda values: [write(value) for value in values]


def _or_none(write: _Writer) -> _Writer:
    return lambda value: None if value is None else write(value)
