"""Which values of a rejected record are repeated to its sender and kept beside its faults, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.journal_records import RECORD_CLASSES, RESTRICTED, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of

LONGEST = 100
"""Characters of a value that are repeated."""

HIDDEN = "…"
"""Stands in the place of a value that is not kept."""


def shown_value(kind: RecordKind, names: Sequence[str], plain: object) -> str | None:
    """Return the value at a place of a record as its sender wrote it, shortened (R-EXCH-04, R-SEC-10).

    Free text may tell of a person's health or behaviour, and records of restricted kinds always do: of these, and of
    what is sealed or has a name that the schema does not know, nothing is repeated.

    Args:
        kind: kind of the record.
        names: keys and indices that lead to the place.
        plain: the record's plain values, valid or not.
    """
    if not may_be_shown(kind, names):
        return None
    value: Any = plain
    for name in names:
        match value:
            case Mapping():
                value = value.get(name)
            case list() if name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            case _:
                return None
    return as_shown(value)


def may_be_shown(kind: RecordKind, names: Sequence[str]) -> bool:
    """Tell whether what stands at a place of a record may be repeated."""
    if kind in RESTRICTED:
        return False
    record: type | None = RECORD_CLASSES[kind]
    field: RecordField | None = None
    for name in (name for name in names if not name.isdecimal()):
        fields = {known.label: known for known in shape_of(record).fields} if record else {}
        field = fields.get(name)
        if field is None:
            return False
        record = field.record
    return field is not None and field.holds is not FieldType.RECORD and not is_hidden(field)


def is_hidden(field: RecordField) -> bool:
    """Tell whether what a field holds may tell of a person's health or behaviour: it is free text, or kept sealed."""
    return field.holds is FieldType.TEXT or field.sealed


def shown_record(kind: RecordKind, plain: object) -> object:
    """Return a record's plain values, valid or not, as they may be kept: ids, numbers, days and choices (R-SEC-10).

    `HIDDEN` stands for every text, for whatever has a name that the schema does not know, and for the whole of a record
    of a restricted kind.
    """
    return HIDDEN if kind in RESTRICTED else _shown_fields(RECORD_CLASSES[kind], plain)


def _shown_fields(record: type, plain: object) -> object:
    if not isinstance(plain, Mapping):
        return HIDDEN
    fields = {field.label: field for field in shape_of(record).fields}
    return {name: _shown_field(fields.get(name), value) for name, value in plain.items()}


def _shown_field(field: RecordField | None, value: object) -> object:
    if field is None or is_hidden(field):
        return HIDDEN
    if isinstance(value, list):
        return [_shown_one(field, one) for one in value] if field.many else HIDDEN
    return _shown_one(field, value)


def _shown_one(field: RecordField, value: object) -> object:
    if field.record is not None:
        nested: type = field.record
        return _shown_fields(nested, value)
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return value[:LONGEST]
        case _:
            return HIDDEN


def as_shown(value: object) -> str | None:
    """Return a single value as it is repeated: ``true``, ``5``, ``M-1``; ``None`` for what is no single value."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)[:LONGEST]
        case str():
            return value[:LONGEST]
        case _:
            return None
