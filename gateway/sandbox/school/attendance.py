"""Who was away or late on a day: illness for several days, a day off, a lesson skipped, a late start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from gateway.model.ids import PupilId
from gateway.model.journal import Absence, AbsenceKind, Lesson
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.spells import SpellKind, in_spell

_ILLNESS = SpellKind(name="illness", chance=0.19, shortest=3, longest=10)
_DAY_OFF = (
    (0.006, AbsenceKind.EXCUSED, "по заявлению родителей"),
    (0.008, AbsenceKind.UNKNOWN, ""),
    (0.009, AbsenceKind.UNEXCUSED, ""),
)
"""Upper ends of the shares of pupils who miss a whole day, and why."""
_LATE = 0.012
_SKIPS_LAST_LESSON = 0.01
_FIRST_SKIPPING_GRADE = 7
_LONGEST_DELAY_MINUTES = 20


def absences(sample: SampleSchool, day: date, held: Sequence[HeldLesson]) -> tuple[Absence, ...]:
    """Return the absences from, and late arrivals at, the lessons of the day; lessons are given first to last."""
    return tuple(
        absence
        for pupil, (grade, lessons) in _own_lessons(held).items()
        for absence in _of_pupil(sample, day, pupil, grade, lessons)
    )


def _own_lessons(held: Iterable[HeldLesson]) -> dict[PupilId, tuple[int, list[Lesson]]]:
    """Return the grade and the lessons of each pupil."""
    grades: dict[PupilId, int] = {}
    lessons: dict[PupilId, list[Lesson]] = defaultdict(list)
    for each in held:
        for pupil in each.audience:
            grades[pupil] = each.grade
            lessons[pupil].append(each.lesson)
    return {pupil: (grades[pupil], own) for pupil, own in lessons.items()}


def _of_pupil(
    sample: SampleSchool, day: date, pupil: PupilId, grade: int, lessons: Sequence[Lesson]
) -> Iterator[Absence]:
    if in_spell(_ILLNESS, day, sample.seed, pupil):
        yield from _whole_day(pupil, lessons, AbsenceKind.ILLNESS, "")
        return
    draw = fraction("day-off", sample.seed, day, pupil)
    for upper, kind, comment in _DAY_OFF:
        if draw < upper:
            yield from _whole_day(pupil, lessons, kind, comment)
            return
    if fraction("late", sample.seed, day, pupil) < _LATE:
        delay = 1 + int(fraction("delay", sample.seed, day, pupil) * _LONGEST_DELAY_MINUTES)
        yield Absence(lesson=lessons[0].id, pupil=pupil, kind=AbsenceKind.LATE, comment=f"опоздание на {delay} мин.")
    elif grade >= _FIRST_SKIPPING_GRADE and fraction("skips", sample.seed, day, pupil) < _SKIPS_LAST_LESSON:
        yield Absence(lesson=lessons[-1].id, pupil=pupil, kind=AbsenceKind.UNEXCUSED)


def _whole_day(pupil: PupilId, lessons: Iterable[Lesson], kind: AbsenceKind, comment: str) -> Iterator[Absence]:
    for lesson in lessons:
        yield Absence(lesson=lesson.id, pupil=pupil, kind=kind, comment=comment)
