"""Which table and columns a roster record lives in, and how its fields become column values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, cast

from sqlalchemy import Date, Table

from gateway.model.roster import Fields, Key, RecordKind
from gateway.storage.tables import people, school

_NO_FIELDS = frozenset({"school_id", "id"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordTable:
    """A kind's table, its key columns after the school, and the columns that are not called like their field."""

    table: Table
    key: tuple[str, ...] = ("id",)
    renamed: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Return the column of a field."""
        return self.renamed.get(name, name)

    def columns(self, fields: Fields) -> dict[str, Any]:
        """Return column values of fields."""
        dates, renamed = _dates(self.table), self.renamed
        return {
            (column := renamed.get(name, name)): date.fromisoformat(value)
            if value is not None and column in dates
            else value
            for name, value in cast("Mapping[str, Any]", fields).items()
        }

    def key_columns(self, key: Key) -> dict[str, Any]:
        """Return column values of a key."""
        dates = _dates(self.table)
        return {
            name: date.fromisoformat(part) if name in dates else part for name, part in zip(self.key, key, strict=True)
        }

    def records(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Key, Fields]]:
        """Yield key and fields of stored rows, which have the table's columns in its order.

        Days, and the ids that a relation shares with others, are one and the same text in all of them.
        """
        columns = [column.name for column in self.table.columns]
        names = {column: name for name, column in self.renamed.items()}
        key = [columns.index(name) for name in self.key]
        shared = [place for place in key if columns[place] != "id"]
        days = [place for place, name in enumerate(columns) if name in _dates(self.table)]
        fields = [
            (names.get(column, column), place) for place, column in enumerate(columns) if column not in _NO_FIELDS
        ]
        known: dict[Any, Any] = {}
        for row in rows:
            told = list(row)
            for place in days:
                day = told[place]
                told[place] = None if day is None else known.get(day) or known.setdefault(day, day.isoformat())
            for place in shared:
                told[place] = known.setdefault(told[place], told[place])
            yield tuple([told[place] for place in key]), {name: told[place] for name, place in fields}


@cache
def _dates(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if isinstance(column.type, Date))


_NAME = {"family": "family_name", "given": "given_name"}

RECORD_TABLES: Mapping[RecordKind, RecordTable] = {
    RecordKind.STAFF: RecordTable(table=people.staff, renamed=_NAME),
    RecordKind.CLASS: RecordTable(table=school.school_class, renamed={"class_teacher": "class_teacher_id"}),
    RecordKind.PUPIL: RecordTable(table=people.pupil, renamed=_NAME),
    RecordKind.GUARDIAN: RecordTable(table=people.guardian, renamed=_NAME),
    RecordKind.GUARDIANSHIP: RecordTable(
        table=people.guardianship,
        key=("guardian_id", "pupil_id"),
        renamed={"guardian": "guardian_id", "pupil": "pupil_id"},
    ),
    RecordKind.ENROLLMENT: RecordTable(
        table=people.enrollment,
        key=("pupil_id", "class_id", "valid_from"),
        renamed={"pupil": "pupil_id", "school_class": "class_id"},
    ),
}
