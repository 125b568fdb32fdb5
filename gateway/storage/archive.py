"""The archive in the database: what goes into a file, and the append-only registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.archive import ArchiveEntry, ArchiveSource
from gateway.model.ids import ClassId, PeriodId, SchoolId
from gateway.storage.archive_source import SqlArchiveSource
from gateway.storage.tables.documents import archive_entry
from gateway.storage.tables.school import school_class


class SqlArchive:
    """Journal and registry of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._journal = SqlArchiveSource(connection, school)

    def source(self, period: PeriodId, school_class: ClassId) -> ArchiveSource | None:
        """Return everything that goes into the file of a class and period, ``None`` if one of them is unknown."""
        return self._journal.of_class(period, school_class)

    def classes(self, period: PeriodId) -> Sequence[ClassId]:
        """Return the classes the period is for, by grade and letter."""
        term = self._journal.period(period)
        if term is None:
            return []
        statement = (
            select(school_class.c.id)
            .where(
                school_class.c.school_id == self._school,
                school_class.c.year == term.year,
                school_class.c.grade.between(term.first_grade, term.last_grade),
                ~school_class.c.archived,
            )
            .order_by(school_class.c.grade, school_class.c.letter, school_class.c.id)
        )
        return [ClassId(row["id"]) for row in self._connection.execute(statement).mappings()]

    def of_period(self, period: PeriodId) -> Sequence[ArchiveEntry]:
        """Return the registry's entries of a period, all versions."""
        return self._entries(archive_entry.c.period_id == period)

    def entries(self) -> Sequence[ArchiveEntry]:
        """Return the whole registry by file name and version."""
        return self._entries()

    def add(self, entry: ArchiveEntry) -> bool:
        """Add an entry; ``False`` if this version of the file is there already."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        # What was added is asked back: the row count of an INSERT is not to be relied on (CursorResult.rowcount).
        added = self._connection.execute(
            dialect.insert(archive_entry)
            .values(_entry_row(self._school, entry))
            .on_conflict_do_nothing()
            .returning(archive_entry.c.id)
        )
        return added.first() is not None

    def _entries(self, *conditions: ColumnElement[bool]) -> Sequence[ArchiveEntry]:
        statement = (
            select(archive_entry)
            .where(archive_entry.c.school_id == self._school, *conditions)
            .order_by(archive_entry.c.file_name, archive_entry.c.version)
        )
        return [_entry(row) for row in self._connection.execute(statement).mappings()]


def _entry_row(school_id: SchoolId, entry: ArchiveEntry) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "id": entry.id,
        "file_name": entry.file_name,
        "version": entry.version,
        "year": entry.year,
        "period_id": entry.period,
        "class_id": entry.school_class,
        "source_digest": entry.source_digest,
        "sha256": entry.sha256,
        "size": entry.size,
        "pages": entry.pages,
        "signed_by": entry.signed_by,
        "certificate_sha256": entry.certificate_sha256,
        "signed_at": entry.signed_at,
        "location": entry.location,
        "retention_until": entry.retention_until,
        "schema_version": entry.schema_version,
    }


def _entry(row: RowMapping) -> ArchiveEntry:
    return ArchiveEntry(
        id=row["id"],
        file_name=row["file_name"],
        version=row["version"],
        year=row["year"],
        period=PeriodId(row["period_id"]),
        school_class=ClassId(row["class_id"]),
        source_digest=row["source_digest"],
        sha256=row["sha256"],
        size=row["size"],
        pages=row["pages"],
        signed_by=row["signed_by"],
        certificate_sha256=row["certificate_sha256"],
        signed_at=row["signed_at"],
        location=row["location"],
        retention_until=row["retention_until"],
        schema_version=row["schema_version"],
    )
