"""The tables of the journal's records, one a kind, made from the shapes of the records (`record_shape`).

A record's attributes are its columns. What is a list, or has fields of its own in a list, is one JSON column; the
fields of a single nested record are columns of their own. Nothing is deleted: every change raises ``version``, and
the audit keeps the old value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, Time

from gateway.model.journal_records import KEYS, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of, shape_of_kind
from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, school_key

_LONGEST_STRING = 400
"""Longer texts, and sealed ones, are kept as ``TEXT``."""

_CHOICE = String(40)

_TABLE_NAMES: Mapping[RecordKind, str] = MappingProxyType({RecordKind.GROUPS: "study_group"})
"""Tables that are not called as one record of the kind is."""

_COLUMN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "school_class": "class",
        "start": "start_on",
        "end": "end_on",
        "due": "due_on",
        "text": "content",
        "substitution_teacher": "substitute",
    }
)
"""Attributes whose column is called otherwise, before the ``_id`` that a column of ids ends with."""

_LOOKED_UP = (
    ("class_id", "day"),
    ("group_id", "day"),
    ("lesson_id",),
    ("pupil_id",),
    ("staff_id",),
    ("teacher_id", "year"),
)
"""What lists, weeks and the rules look records up by: an index for every table that has the columns.

None by the day alone: SQLite would take it for a pupil's week and look through the whole school's.
"""

_COLUMN_TYPES: Mapping[FieldType, Any] = MappingProxyType(
    {
        FieldType.ID: ID,
        FieldType.NUMBER: Integer(),
        FieldType.FLAG: Boolean(),
        FieldType.DAY: Date(),
        FieldType.MOMENT: UtcDateTime(),
        FieldType.CLOCK_TIME: Time(),
        FieldType.CHOICE: _CHOICE,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordColumn:
    """One column of a record's table: ``path`` leads from the record to the value, through a nested record or not."""

    name: str
    path: tuple[str, ...]
    field: RecordField
    nullable: bool

    @property
    def is_json(self) -> bool:
        """Tell whether it holds a JSON value."""
        return self.field.many or self.field.holds is FieldType.RECORD


def columns_of(kind: RecordKind) -> tuple[RecordColumn, ...]:
    """Return the columns of a kind's records, in the order of their attributes."""
    return tuple(_columns(kind))


def _columns(kind: RecordKind) -> Iterator[RecordColumn]:
    for field in shape_of_kind(kind).fields:
        if field.record is not None and not field.many:
            nested: type = field.record
            for inner in shape_of(nested).fields:
                yield _column((field.name, inner.name), inner, nullable=True)
        else:
            yield _column((field.name,), field, nullable=field.nullable or _may_be_none(field))


def _column(path: tuple[str, ...], field: RecordField, *, nullable: bool) -> RecordColumn:
    joined = "_".join(path)
    name = _COLUMN_NAMES.get(joined, joined)
    names_other = field.holds is FieldType.ID and not field.many and name != "id"
    return RecordColumn(name=f"{name}_id" if names_other else name, path=path, field=field, nullable=nullable)


def _may_be_none(field: RecordField) -> bool:
    return not field.required and field.default is None


def _type(column: RecordColumn) -> Any:
    if column.is_json:
        return Json
    if column.field.holds is not FieldType.TEXT:
        return _COLUMN_TYPES[column.field.holds]
    length = column.field.length
    short = length is not None and length.longest <= _LONGEST_STRING and not column.field.sealed
    return String(length.longest) if short and length is not None else Text()


def _default(column: RecordColumn) -> Any:
    if column.nullable or column.field.required:
        return None
    return list(column.field.default) if column.is_json else column.field.default


def _table(kind: RecordKind) -> Table:
    columns = columns_of(kind)
    key = [column.name for name in KEYS[kind] for column in columns if column.path == (name,)]
    names = {column.name for column in columns}
    return Table(
        _TABLE_NAMES.get(kind, kind.one),
        metadata,
        school_key(),
        *(
            Column(
                column.name,
                _type(column),
                primary_key=column.name in key,
                nullable=column.nullable,
                default=_default(column),
            )
            for column in columns
        ),
        Column("version", Integer, nullable=False, default=1),
        *(
            Index(None, "school_id", *wanted)
            for wanted in _LOOKED_UP
            if names.issuperset(wanted) and wanted[0] != key[0]
        ),
    )


RECORD_TABLES: Mapping[RecordKind, Table] = MappingProxyType({kind: _table(kind) for kind in RecordKind})
"""The table of every kind."""
