"""In which study periods final marks stand, by class or group and subject: what locks a journal page (R-MARK-08)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from gateway.model.ids import ClassId, GroupId, PeriodId, SchoolId, SubjectId
from gateway.model.journal import Lesson, Stage
from gateway.model.journal_records import RecordKind
from gateway.storage.chunks import one_of
from gateway.storage.tables.people import enrollment
from gateway.storage.tables.records import RECORD_TABLES
from gateway.storage.tables.school import group_member

Page = tuple[ClassId | GroupId, SubjectId]
Final = tuple[ClassId | GroupId, SubjectId, PeriodId]

_STAGES = (Stage.PERIOD, Stage.YEAR)
_MARK = RECORD_TABLES[RecordKind.PERIOD_MARKS]
_PERIOD = RECORD_TABLES[RecordKind.PERIODS]


def final_marks(connection: Connection, school: SchoolId, lessons: Collection[Lesson]) -> frozenset[Final]:
    """Return the periods in which a page of one of the lessons is summed up.

    It is so once a final mark of the subject stands for anybody who was in the class or group on the period's last
    day; only periods that have a day of the lessons are looked at.
    """
    days = [lesson.day for lesson in lessons]
    if not days:
        return frozenset()
    pages = {(taught, lesson.subject) for lesson in lessons if (taught := lesson.school_class or lesson.group)}
    of_days = _of_days(school, min(days), max(days))
    classes = {lesson.school_class for lesson in lessons if lesson.school_class is not None}
    groups = {lesson.group for lesson in lessons if lesson.group is not None}
    found = (
        *_finals(connection, enrollment, "class_id", classes, of_days),
        *_finals(connection, group_member, "group_id", groups, of_days),
    )
    return frozenset(final for final in found if final[:2] in pages)


def summed_up(connection: Connection, school: SchoolId, periods: Collection[PeriodId]) -> frozenset[PeriodId]:
    """Return those of the periods for which a final mark stands."""
    if not periods:
        return frozenset()
    stands = and_(_MARK.c.school_id == school, _MARK.c.stage.in_(_STAGES), ~_MARK.c.voided)
    statement = select(_MARK.c.period_id).where(stands, one_of(connection, _MARK.c.period_id, periods)).distinct()
    return frozenset(map(PeriodId, connection.execute(statement).scalars()))


def _of_days(school: SchoolId, first: date, last: date) -> ColumnElement[bool]:
    return and_(
        _MARK.c.school_id == school,
        _MARK.c.stage.in_(_STAGES),
        ~_MARK.c.voided,
        _PERIOD.c.start_on <= last,
        _PERIOD.c.end_on >= first,
    )


def _finals(
    connection: Connection, places: Table, column: str, taught: Collection[str], of_days: ColumnElement[bool]
) -> Iterator[Final]:
    """Yield the finals of those who were in one of the classes or groups on the last day of the period."""
    if not taught:
        return
    there = places.c[column]
    statement = (
        select(there, _MARK.c.subject_id, _MARK.c.period_id)
        .join(_PERIOD, and_(_PERIOD.c.school_id == _MARK.c.school_id, _PERIOD.c.id == _MARK.c.period_id))
        .join(places, and_(places.c.school_id == _MARK.c.school_id, places.c.pupil_id == _MARK.c.pupil_id))
        .where(
            of_days,
            one_of(connection, there, taught),
            places.c.valid_from <= _PERIOD.c.end_on,
            or_(places.c.valid_to.is_(None), places.c.valid_to >= _PERIOD.c.end_on),
        )
        .distinct()
    )
    for one, subject, period in connection.execute(statement):
        yield one, SubjectId(subject), PeriodId(period)
