"""Plain values ─▶ records of the journal, made from their shapes; the way back is `journal_plain`.

Plain values stand under the labels that all forms share, and are valid by the schema of version 1.1 or of an accepted
older one: labels are only ever added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from gateway.model.journal_records import KEYS, RECORD_CLASSES, Record, RecordKind
from gateway.model.record_shape import FieldType, RecordField, label_of, shape_of

Plain: TypeAlias = Mapping[str, Any]
"""A record as JSON would have it: strings, integers, booleans, ``None``, lists and objects of these."""

KIND_LABELS: Mapping[RecordKind, str] = MappingProxyType({kind: label_of(kind.value) for kind in RecordKind})
"""Name outside of each kind: the list of its records in JSON, the element around them in XML."""

KINDS: Mapping[str, RecordKind] = MappingProxyType({label: kind for kind, label in KIND_LABELS.items()})
"""The kind that each name outside means."""

KEY_FIELDS: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {kind: tuple(label_of(name) for name in KEYS[kind]) for kind in RecordKind}
)
"""The labels of the fields that a record of a kind is known by."""


def record_from(kind: RecordKind, plain: Plain) -> Record:
    """Return the record that plain values of a kind stand for; they must be valid by the schema."""
    read: type = RECORD_CLASSES[kind]
    record: Record = _reader(read)(plain)
    return record


def moment_from(text: str) -> datetime:
    """Return the moment, in UTC, that a valid ``date-time`` stands for."""
    return datetime.fromisoformat(text).astimezone(UTC)


_Reader: TypeAlias = Callable[[Any], Any]

_AS_THEY_ARE = frozenset({FieldType.ID, FieldType.TEXT, FieldType.FLAG})

_READERS: Mapping[FieldType, _Reader] = MappingProxyType(
    {
        FieldType.NUMBER: int,  # JSON Schema takes 5.0 for an integer
        FieldType.DAY: date.fromisoformat,
        FieldType.MOMENT: moment_from,
        FieldType.CLOCK_TIME: time.fromisoformat,
    }
)


@cache
def _reader(record: type) -> Callable[[Plain], Any]:
    """Return the function that reads records of a class; made once, since hundreds of thousands go through it."""
    fields = {field.label: (field.name, _value_reader(field)) for field in shape_of(record).fields}

    def read(plain: Plain) -> Any:
        values: dict[str, Any] = {}
        for label, value in plain.items():
            name, convert = fields[label]
            values[name] = value if convert is None else convert(value)
        return record(**values)

    return read


def _value_reader(field: RecordField) -> _Reader | None:
    """Return what makes a field's value of a plain one, ``None`` if it is so already."""
    one = _one_reader(field)
    if field.many:
        return tuple if one is None else _each(one)
    return _or_none(one) if field.nullable and one is not None else one


def _one_reader(field: RecordField) -> _Reader | None:
    nested: type | None = field.record
    if nested is not None:
        return _reader(nested)
    if field.choices is not None:
        return {choice.value: choice for choice in field.choices}.__getitem__  # far quicker than calling the class
    return None if field.holds in _AS_THEY_ARE else _READERS[field.holds]


def _each(read: _Reader) -> _Reader:
    return lambda values: tuple(read(value) for value in values)


def _or_none(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)
