"""What the marks of some periods come to, for every pupil and subject, counted in one walk through their days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from gateway.model.attendance import AbsenceKind
from gateway.model.grading import MarkSign
from gateway.model.ids import LessonId, PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal import Mark
from gateway.model.school import FIRST_GRADE, Period
from gateway.sandbox.school.attendance import attendance
from gateway.sandbox.school.curriculum import planned_subject
from gateway.sandbox.school.lessons import HeldLesson, days_by_grade, held_lessons
from gateway.sandbox.school.make_ups import made_up_on, whole_day_absent
from gateway.sandbox.school.marks import marks
from gateway.sandbox.school.sample import SampleSchool

TallyKey = tuple[PeriodId, PupilId, SubjectId]


@dataclass(kw_only=True, slots=True)
class Tally:
    """The sums of one pupil's marks in one subject and period; ``grade`` and ``teacher`` are of the last lesson."""

    grade: int
    teacher: StaffId
    lessons: int = 0
    exempt: int = 0
    points: int = 0
    weights: int = 0
    signs: dict[MarkSign, int] = field(default_factory=dict)

    def add(self, mark: Mark) -> None:
        """Count a mark."""
        if mark.value is not None:
            self.points += mark.value * mark.weight
            self.weights += mark.weight
        elif mark.sign is not None:
            self.signs[mark.sign] = self.signs.get(mark.sign, 0) + 1


def tallies(sample: SampleSchool, periods: Sequence[Period]) -> Mapping[TallyKey, Tally]:
    """Return the tallies of all pupils of the marked grades, for the subjects of the study plan."""
    found: dict[TallyKey, Tally] = {}
    courses: dict[LessonId, tuple[PeriodId, SubjectId]] = {}
    for day in _days(sample, periods):
        held = held_lessons(sample, day)
        away = attendance(sample, day, held).absences
        for each, period in _counted(held, periods, day):
            courses[each.lesson.id] = (period.id, each.lesson.subject)
            for pupil in each.audience:
                tally = found.setdefault(
                    (period.id, pupil, each.lesson.subject), Tally(grade=each.grade, teacher=each.lesson.teacher)
                )
                tally.lessons += 1
        for absence in away:
            if absence.kind is AbsenceKind.EXEMPT and absence.lesson in courses:
                period_id, subject = courses[absence.lesson]
                found[period_id, absence.pupil, subject].exempt += 1
        absent = {(each.lesson, each.pupil) for each in away if each.kind is not AbsenceKind.LATE}
        later = (each.mark for each in made_up_on(sample, day, whole_day_absent(away)))
        for mark in (*marks(sample, held, absent), *later):
            if mark.lesson in courses:
                period_id, subject = courses[mark.lesson]
                found[period_id, mark.pupil, subject].add(mark)
    return found


def _days(sample: SampleSchool, periods: Sequence[Period]) -> Iterator[date]:
    day, last = min(period.start for period in periods), max(period.end for period in periods)
    known = {one for own in days_by_grade(sample).values() for one in own}
    while day <= last:
        if day in known:
            yield day
        day += timedelta(days=1)


def _counted(held: Sequence[HeldLesson], periods: Sequence[Period], day: date) -> Iterator[tuple[HeldLesson, Period]]:
    """Yield the lessons that give final marks, each with the period it falls into."""
    for each in held:
        if each.grade > FIRST_GRADE and planned_subject(each.lesson.subject).is_planned:
            for period in periods:
                if period.start <= day <= period.end and period.first_grade <= each.grade <= period.last_grade:
                    yield each, period
