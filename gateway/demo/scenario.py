"""Which year, days, class and child the demo is about: chosen once from today's date, then kept with the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.model.attendance import Absence
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import MarkId, PupilId
from gateway.model.journal import Lesson, Mark
from gateway.model.people import ConsentDecision, Guardian
from gateway.model.school import Period, PeriodKind, SchoolClass
from gateway.sandbox.outside import class_named
from gateway.sandbox.school import SampleSchool, journal_day, school_days

_SEPTEMBER = 9
_CLASS_GRADE = 5
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """The days of the demo.

    Attributes:
        year: calendar year in which the school year begins.
        last_day: the newest day of the journal; its week is what the parent reads.
        compared_monday: the week held against the platform: the last full one of the first quarter.
    """

    year: int
    last_day: date
    compared_monday: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Whose diary is read: a guardian with consent, the child, a child of somebody else, and the mark to be added."""

    guardian: Guardian
    child: PupilId
    foreign_child: PupilId
    new_mark: Mark


def likely_year(today: date) -> int:
    """Return the school year to look at first: this one from the second quarter on, else the last one."""
    begun = today.year if today.month >= _SEPTEMBER else today.year - 1
    return begun if today >= date(begun, 11, 16) else begun - 1


def choose(sample: SampleSchool, today: date) -> Scenario:
    """Return the scenario for today: every day in it is over, and the newest lies after the first quarter."""
    last_day = max(school_days(sample, first=first_quarter(sample).end, last=today - timedelta(days=1)))
    end = first_quarter(sample).end
    return Scenario(year=sample.year, last_day=last_day, compared_monday=end - timedelta(days=end.weekday()) - _WEEK)


def first_quarter(sample: SampleSchool) -> Period:
    """Return the quarter that is exported and archived."""
    return next(p for p in sample.periods if p.kind is PeriodKind.QUARTER and p.number == 1)


def shown_class(sample: SampleSchool) -> SchoolClass:
    """Return the class that is compared and archived: the first of grade 5."""
    return class_named(sample, min(c.name for c in sample.classes if c.grade == _CLASS_GRADE))


def journal_days(sample: SampleSchool, scenario: Scenario) -> Iterator[date]:
    """Yield the days the journal system posts: the first quarter, and the newest week."""
    yield from school_days(sample, last=first_quarter(sample).end)
    monday = scenario.last_day - timedelta(days=scenario.last_day.weekday())
    yield from school_days(sample, first=monday, last=scenario.last_day)


def choose_family(sample: SampleSchool, scenario: Scenario) -> Family:
    """Return a guardian of the shown class with consent, and a lesson at which the child can get one more mark.

    Raises:
        LookupError: the class has no such family.
    """
    newest = journal_day(sample, scenario.last_day)
    classmates = {e.pupil for e in sample.enrollments if e.school_class == shown_class(sample).id}
    by_id = {guardian.id: guardian for guardian in sample.guardians}
    for consent in sample.consents:
        lesson = _free_lesson(newest, sample, consent.pupil)
        own = {ship.pupil for ship in sample.guardianships if ship.guardian == consent.guardian}
        agreed = consent.decision is ConsentDecision.CONSENT and by_id[consent.guardian].portal_user is not None
        if agreed and consent.pupil in classmates and lesson is not None:
            return Family(
                guardian=by_id[consent.guardian],
                child=consent.pupil,
                foreign_child=next(p.id for p in sample.pupils if p.id not in own),
                new_mark=Mark(
                    id=MarkId(f"M-added-{sample.school.id}-{lesson.id}"),
                    lesson=lesson.id,
                    pupil=consent.pupil,
                    value=5,
                    work_kind=WorkKind.ORAL,
                ),
            )
    raise LookupError("no family of the shown class has consented")


def _free_lesson(newest: Batch, sample: SampleSchool, pupil: PupilId) -> Lesson | None:
    """Return a lesson of the day that the pupil attended in the own class without getting a mark."""
    classes = {e.school_class for e in sample.enrollments if e.pupil == pupil and e.covers(_day_of(newest))}
    touched = {m.lesson for m in newest.marks if m.pupil == pupil} | {a.lesson for a in _absences(newest, pupil)}
    return next((one for one in newest.lessons if one.school_class in classes and one.id not in touched), None)


def _absences(newest: Batch, pupil: PupilId) -> list[Absence]:
    return [absence for absence in newest.absences if absence.pupil == pupil]


def _day_of(batch: Batch) -> date:
    return batch.lessons[0].day
