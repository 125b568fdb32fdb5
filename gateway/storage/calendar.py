"""The frame of a school's year in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.model.ids import ClassId, PeriodId, SchoolId, StaffId
from gateway.model.school import Period, PeriodKind, SchoolClass
from gateway.storage.tables.school import period, school_class


class SqlCalendar:
    """Periods and classes of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def periods(self) -> Sequence[Period]:
        """Return all periods by start."""
        statement = select(period).where(period.c.school_id == self._school).order_by(period.c.start_on, period.c.id)
        return [
            Period(
                id=PeriodId(row.id),
                year=row.year,
                kind=PeriodKind(row.kind),
                number=row.number,
                start=row.start_on,
                end=row.end_on,
                first_grade=row.first_grade,
                last_grade=row.last_grade,
            )
            for row in self._connection.execute(statement)
        ]

    def classes(self, year: int) -> Sequence[SchoolClass]:
        """Return the classes of a school year that are not archived, by grade and letter."""
        wanted = school_class.c.school_id == self._school, school_class.c.year == year, ~school_class.c.archived
        statement = select(school_class).where(*wanted).order_by(school_class.c.grade, school_class.c.letter)
        return [
            SchoolClass(
                id=ClassId(row.id),
                source_id=row.source_id,
                year=row.year,
                grade=row.grade,
                letter=row.letter,
                class_teacher=StaffId(row.class_teacher_id) if row.class_teacher_id else None,
                archived=row.archived,
            )
            for row in self._connection.execute(statement)
        ]
