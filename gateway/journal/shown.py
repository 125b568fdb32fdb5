"""Which values of a rejected record are repeated to its sender, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.journal_records import RECORD_CLASSES, RESTRICTED, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of

LONGEST = 100
"""Characters of a value that are repeated."""


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
    return field is not None and field.holds is not FieldType.TEXT and not field.sealed


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
