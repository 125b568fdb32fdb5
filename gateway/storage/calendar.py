"""The frame of a school's year in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.model.ids import SchoolId
from gateway.model.school import Period, SchoolClass
from gateway.storage import readers
from gateway.storage.tables.school import period, school_class


class SqlCalendar:
    """Periods and classes of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def periods(self) -> Sequence[Period]:
        """Return all periods by start."""
        statement = select(period).where(period.c.school_id == self._school).order_by(period.c.start_on, period.c.id)
        return [readers.period(row) for row in self._connection.execute(statement).mappings()]

    def classes(self, year: int) -> Sequence[SchoolClass]:
        """Return the classes of a school year that are not archived, by grade and letter."""
        wanted = school_class.c.school_id == self._school, school_class.c.year == year, ~school_class.c.archived
        statement = select(school_class).where(*wanted).order_by(school_class.c.grade, school_class.c.letter)
        return [readers.school_class(row) for row in self._connection.execute(statement).mappings()]
