"""What the school's journal system would post: the frame of the year once, and every evening the facts of the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.model.journal import AbsenceKind, Batch
from gateway.sandbox.school.attendance import absences
from gateway.sandbox.school.homework import homework
from gateway.sandbox.school.lessons import days_by_grade, held_lessons
from gateway.sandbox.school.marks import marks
from gateway.sandbox.school.sample import SampleSchool

_EVENING = time(20, 0)


def setup_batch(sample: SampleSchool) -> Batch:
    """Return the frame of the year, sent on the evening before the first day.

    Periods (four quarters for grades 1 to 9, two half-years for 10 and 11, the year), vacations, subjects, study
    groups and the guardians' decisions on electronic delivery.
    """
    first = min(period.start for period in sample.periods)
    return Batch(
        school=sample.school.id,
        sent_at=_evening(sample, first - timedelta(days=1)),
        periods=sample.periods,
        vacations=sample.vacations,
        subjects=sample.subjects,
        groups=sample.groups,
        consents=sample.consents,
    )


def school_days(sample: SampleSchool, *, first: date | None = None, last: date | None = None) -> Iterator[date]:
    """Yield the days on which any grade has school, in order, from ``first`` to ``last`` (both included)."""
    days = {day for own in days_by_grade(sample).values() for day in own}
    for day in sorted(days):
        if (first is None or first <= day) and (last is None or day <= last):
            yield day


def journal_day(sample: SampleSchool, day: date) -> Batch:
    """Return what the journal holds of one day, sent that evening; without school it holds nothing.

    It depends on the sample and the day alone, so any day can be made by itself and again, identically. Lessons carry
    a topic; marks, absences and homework refer to lessons of the same batch. Nobody who was absent has a mark, and
    grade 1 has neither marks nor homework (R-JRNL-03).
    """
    held = held_lessons(sample, day)
    away = absences(sample, day, held)
    absent = {(each.lesson, each.pupil) for each in away if each.kind is not AbsenceKind.LATE}
    return Batch(
        school=sample.school.id,
        sent_at=_evening(sample, day),
        lessons=tuple(each.lesson for each in held),
        marks=marks(sample, held, absent),
        absences=away,
        homework=homework(sample, held),
    )


def _evening(sample: SampleSchool, day: date) -> datetime:
    return datetime.combine(day, _EVENING, tzinfo=ZoneInfo(sample.school.zone))
