"""Reading what journal and roster hold for a study period: a fixed number of statements, whatever the school's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, SchoolId, SubjectId
from gateway.model.people import Enrollment
from gateway.model.performance_facts import GivenMark, HeldLesson, NotedAbsence, PerformanceFacts
from gateway.model.school import Period, School, SchoolClass, StudyGroup, Subject
from gateway.storage import readers
from gateway.storage.tables.journal import absence, lesson, mark
from gateway.storage.tables.people import enrollment, pupil
from gateway.storage.tables.school import period as period_table
from gateway.storage.tables.school import school as school_table
from gateway.storage.tables.school import school_class, study_group, subject


def read_performance_facts(connection: Connection, school: SchoolId, period: PeriodId) -> PerformanceFacts | None:
    """Return the facts of a period, ``None`` if the school has no such period."""
    reader = _Reader(connection, school)
    found = reader.period(period)
    if found is None:
        return None
    return PerformanceFacts(
        school=reader.school(),
        period=found,
        classes=reader.classes(found),
        enrollments=reader.enrollments(found),
        registry_ids=reader.registry_ids(found),
        subjects=reader.subjects(),
        groups=reader.groups(),
        lessons=reader.lessons(found),
        marks=reader.marks(found),
        absences=reader.absences(found),
    )


class _Reader:
    """One school's rows as facts; each method is one statement."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def period(self, period: PeriodId) -> Period | None:
        columns = period_table.c
        found = select(period_table).where(columns.school_id == self._school, columns.id == period)
        row = self._connection.execute(found).mappings().first()
        return readers.period(row) if row else None

    def school(self) -> School:
        (row,) = self._rows(select(school_table).where(school_table.c.school_id == self._school))
        return School(id=SchoolId(row.school_id), name=row.name, registry_id=row.registry_id, zone=row.zone)

    def classes(self, period: Period) -> tuple[SchoolClass, ...]:
        columns = school_class.c
        statement = select(school_class).where(
            columns.school_id == self._school,
            columns.year == period.year,
            columns.grade.between(period.first_grade, period.last_grade),
        )
        return tuple(readers.school_class(row) for row in self._connection.execute(statement).mappings())

    def enrollments(self, period: Period) -> tuple[Enrollment, ...]:
        columns = enrollment.c
        statement = self._places(
            select(columns.pupil_id, columns.class_id, columns.valid_from, columns.valid_to), period
        )
        return tuple(
            Enrollment(
                pupil=PupilId(row.pupil_id),
                school_class=ClassId(row.class_id),
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
            for row in self._rows(statement)
        )

    def registry_ids(self, period: Period) -> dict[PupilId, str]:
        placed = self._places(select(enrollment.c.pupil_id), period)
        statement = select(pupil.c.id, pupil.c.source_id).where(
            pupil.c.school_id == self._school, pupil.c.id.in_(placed)
        )
        return {PupilId(row.id): row.source_id for row in self._rows(statement)}

    def subjects(self) -> tuple[Subject, ...]:
        statement = select(subject).where(subject.c.school_id == self._school)
        return tuple(readers.subject(row) for row in self._connection.execute(statement).mappings())

    def groups(self) -> tuple[StudyGroup, ...]:
        statement = select(study_group).where(study_group.c.school_id == self._school)
        return tuple(readers.study_group(row) for row in self._connection.execute(statement).mappings())

    def lessons(self, period: Period) -> tuple[HeldLesson, ...]:
        columns = lesson.c
        statement = select(columns.day, columns.number, columns.subject_id, columns.class_id, columns.group_id)
        return tuple(
            HeldLesson(
                day=day,
                number=number,
                subject=SubjectId(subject_id),
                school_class=ClassId(class_id) if class_id else None,
                group=GroupId(group_id) if group_id else None,
            )
            for day, number, subject_id, class_id, group_id in self._rows(statement.where(self._held_in(period)))
        )

    def marks(self, period: Period) -> tuple[GivenMark, ...]:
        statement = (
            select(mark.c.pupil_id, lesson.c.subject_id, lesson.c.day, mark.c.value, mark.c.weight)
            .join(lesson, and_(lesson.c.school_id == mark.c.school_id, lesson.c.id == mark.c.lesson_id))
            .where(self._held_in(period), mark.c.voided.is_(False), mark.c.value.is_not(None))
        )
        return tuple(
            GivenMark(pupil=PupilId(pupil_id), subject=SubjectId(subject_id), day=day, value=value, weight=weight)
            for pupil_id, subject_id, day, value, weight in self._rows(statement)
        )

    def absences(self, period: Period) -> tuple[NotedAbsence, ...]:
        statement = (
            select(absence.c.pupil_id, lesson.c.day, absence.c.kind)
            .join(lesson, and_(lesson.c.school_id == absence.c.school_id, lesson.c.id == absence.c.lesson_id))
            .where(self._held_in(period), absence.c.voided.is_(False))
        )
        return tuple(
            NotedAbsence(pupil=PupilId(pupil_id), day=day, kind=AbsenceKind(kind))
            for pupil_id, day, kind in self._rows(statement)
        )

    def _places(self, statement: Select[Any], period: Period) -> Select[Any]:
        """Narrow a select on enrolments to those in a class of the period's year that touch the period."""
        places, classes = enrollment.c, school_class.c
        return statement.join(
            school_class, and_(classes.school_id == places.school_id, classes.id == places.class_id)
        ).where(
            places.school_id == self._school,
            classes.year == period.year,
            places.valid_from <= period.end,
            or_(places.valid_to.is_(None), places.valid_to >= period.start),
        )

    def _held_in(self, period: Period) -> Any:
        return and_(lesson.c.school_id == self._school, lesson.c.day.between(period.start, period.end))

    def _rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        return self._connection.execute(statement).all()
