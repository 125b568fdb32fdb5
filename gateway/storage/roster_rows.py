"""Which table and columns a roster record lives in, and how its fields become column values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, RowMapping, Table

from gateway.model.roster import Fields, Key, RecordKind
from gateway.storage.tables import people, school


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
        return {self.column(name): self._stored(self.column(name), value) for name, value in fields.items()}

    def key_columns(self, key: Key) -> dict[str, Any]:
        """Return column values of a key."""
        return {name: self._stored(name, part) for name, part in zip(self.key, key, strict=True)}

    def key_of(self, row: RowMapping) -> Key:
        """Return the key of a stored row."""
        return tuple(str(_told(row[name])) for name in self.key)

    def fields_of(self, row: RowMapping) -> Fields:
        """Return the fields of a stored row."""
        names = {column: name for name, column in self.renamed.items()}
        return {
            names.get(column.name, column.name): _told(row[column.name])
            for column in self.table.columns
            if column.name not in {"school_id", "id"}
        }

    def _stored(self, column: str, value: Any) -> Any:
        is_date = isinstance(self.table.columns[column].type, Date)
        return date.fromisoformat(value) if is_date and value is not None else value


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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
