"""Comparisons with platforms in the database, and the class lists they start from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.comparison import ClassList, ClassPupil, ComparedWeek, Comparison
from gateway.model.difference import Difference, DifferenceKind
from gateway.model.ids import ClassId, LessonId, PupilId, SchoolId
from gateway.storage import readers
from gateway.storage.tables.people import enrollment, pupil
from gateway.storage.tables.runs import comparison as table
from gateway.storage.tables.school import school_class as class_table


class SqlComparisons:
    """Comparisons of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def class_list(self, school_class: ClassId, first: date, last: date) -> ClassList | None:
        """Return a class and everybody enrolled in it on a day from ``first`` to ``last``, by name."""
        row = self._first(
            select(class_table).where(class_table.c.school_id == self._school, class_table.c.id == school_class)
        )
        if row is None:
            return None
        return ClassList(
            school=self._school, school_class=readers.school_class(row), pupils=self._pupils(school_class, first, last)
        )

    def get(self, comparison: str) -> Comparison | None:
        """Return a comparison by its id."""
        row = self._first(select(table).where(table.c.school_id == self._school, table.c.id == comparison))
        return _comparison(row) if row else None

    def keep(self, comparison: Comparison) -> None:
        """Store a comparison in the place of an earlier one with the same id."""
        content = {
            "platform": comparison.platform,
            "class_id": comparison.school_class,
            "week_start": comparison.week_start,
            "compared_at": comparison.compared_at,
            "lessons": comparison.found.lessons,
            "differences": [_as_json(difference) for difference in comparison.found.differences],
        }
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        self._connection.execute(
            dialect.insert(table)
            .values(school_id=self._school, id=comparison.id, **content)
            .on_conflict_do_update(index_elements=[table.c.school_id, table.c.id], set_=content)
        )

    def recent(self, *, limit: int = 20) -> Sequence[Comparison]:
        """Return the newest comparisons with their differences, newest first."""
        statement = (
            select(table)
            .where(table.c.school_id == self._school)
            .order_by(table.c.compared_at.desc(), table.c.id)
            .limit(limit)
        )
        return [_comparison(row) for row in self._connection.execute(statement).mappings()]

    def _pupils(self, school_class: ClassId, first: date, last: date) -> tuple[ClassPupil, ...]:
        statement = (
            select(pupil.c.id, pupil.c.family_name, pupil.c.given_name, pupil.c.patronymic)
            .distinct()
            .join(enrollment, (enrollment.c.school_id == pupil.c.school_id) & (enrollment.c.pupil_id == pupil.c.id))
            .where(
                enrollment.c.school_id == self._school,
                enrollment.c.class_id == school_class,
                enrollment.c.valid_from <= last,
                or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= first),
            )
            .order_by(pupil.c.family_name, pupil.c.given_name, pupil.c.patronymic, pupil.c.id)
        )
        return tuple(
            ClassPupil(
                id=PupilId(row["id"]),
                name=readers.person_name(row),
            )
            for row in self._connection.execute(statement).mappings()
        )

    def _first(self, statement: Select[Any]) -> RowMapping | None:
        return self._connection.execute(statement).mappings().first()


def _comparison(row: RowMapping) -> Comparison:
    return Comparison(
        id=row["id"],
        platform=row["platform"],
        school_class=ClassId(row["class_id"]),
        week_start=row["week_start"],
        compared_at=row["compared_at"],
        found=ComparedWeek(
            lessons=row["lessons"], differences=tuple(_difference(stored) for stored in row["differences"])
        ),
    )


def _as_json(difference: Difference) -> dict[str, object]:
    return {
        "kind": difference.kind,
        "pupil": difference.pupil,
        "lesson": difference.lesson,
        "day": difference.day.isoformat() if difference.day else None,
        "number": difference.number,
        "ours": difference.ours,
        "theirs": difference.theirs,
    }


def _difference(stored: dict[str, Any]) -> Difference:
    return Difference(
        kind=DifferenceKind(stored["kind"]),
        pupil=PupilId(stored["pupil"]) if stored["pupil"] else None,
        lesson=LessonId(stored["lesson"]) if stored["lesson"] else None,
        day=date.fromisoformat(stored["day"]) if stored["day"] else None,
        number=stored["number"],
        ours=stored["ours"],
        theirs=stored["theirs"],
    )
