"""Make-up tests: on Thursdays what was missed on Monday and Tuesday with a good reason (зачёт, R-JRNL-09).

A week is complete in itself: no make-up is for a lesson of an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.model.attendance import Absence, AbsenceKind, MakeUp
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import MakeUpId, MarkId, PupilId
from gateway.model.journal import Mark
from gateway.model.school import FIRST_GRADE
from gateway.sandbox.school.attendance import attendance
from gateway.sandbox.school.curriculum import is_pass_or_fail, planned_subject
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.lessons import HeldLesson, days_by_grade, held_lessons
from gateway.sandbox.school.marks import WEIGHTS, pass_or_fail, value_of, work_type_id
from gateway.sandbox.school.sample import SampleSchool

_THURSDAY = 3
_DAYS_BEFORE = (3, 2)
"""How many days before the Thursday what is made up for was missed."""
_MADE_UP = 0.25
_GOOD_REASONS = frozenset({AbsenceKind.ILLNESS, AbsenceKind.EXCUSED})
_ENTERED_AT = time(16, 30)


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeUp:
    """A protocol of a make-up test and the mark that was given by it."""

    protocol: MakeUp
    mark: Mark


def made_up_on(sample: SampleSchool, day: date, absent: Collection[PupilId]) -> Iterator[MadeUp]:
    """Yield the make-up tests held on a day by those who are not ``absent`` from it."""
    if day.weekday() == _THURSDAY:
        for before in _DAYS_BEFORE:
            yield from _made_up(sample, day - timedelta(days=before), held_on=day, absent=absent)


def made_up_for(sample: SampleSchool, day: date) -> Iterator[MadeUp]:
    """Yield the make-up tests, held later, for the lessons of a day."""
    before = _THURSDAY - day.weekday()
    thursday = day + timedelta(days=before)
    if before in _DAYS_BEFORE and any(thursday in days for days in days_by_grade(sample).values()):
        absent = whole_day_absent(attendance(sample, thursday, held_lessons(sample, thursday)).absences)
        yield from _made_up(sample, day, held_on=thursday, absent=absent)


def whole_day_absent(absences: Collection[Absence]) -> frozenset[PupilId]:
    """Return those who missed lessons of the day, and not only for an exemption."""
    partly = {AbsenceKind.LATE, AbsenceKind.EXEMPT}
    return frozenset(each.pupil for each in absences if each.kind not in partly)


def _made_up(sample: SampleSchool, missed: date, *, held_on: date, absent: Collection[PupilId]) -> Iterator[MadeUp]:
    held = {each.lesson.id: each for each in held_lessons(sample, missed)}
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    for each in attendance(sample, missed, tuple(held.values())).absences:
        lesson = held[each.lesson]
        is_marked = lesson.grade > FIRST_GRADE and planned_subject(lesson.lesson.subject).works
        is_chosen = fraction("made-up", sample.seed, each.lesson, each.pupil) < _MADE_UP
        if each.kind in _GOOD_REASONS and each.pupil not in absent and is_marked and is_chosen:
            yield _test(sample, lesson, each.pupil, source_ids[each.pupil], held_on)


def _test(sample: SampleSchool, held: HeldLesson, pupil: PupilId, source_id: str, held_on: date) -> MadeUp:
    lesson = held.lesson
    made_up = MakeUpId(f"MU-{lesson.id}-{source_id}")
    value = value_of(sample.seed, lesson.id, lesson.subject, pupil)
    sign: MarkSign | None = pass_or_fail(value) if is_pass_or_fail(lesson.subject, held.grade) else None
    return MadeUp(
        protocol=MakeUp(
            id=made_up,
            lesson=lesson.id,
            pupil=pupil,
            protocol=f"Протокол № {held_on:%j}/{lesson.number} от {held_on:%d.%m.%Y}",
            held_on=held_on,
            commission=(lesson.teacher, leaders(sample).deputy),
        ),
        mark=Mark(
            id=MarkId(f"M-{made_up}"),
            lesson=lesson.id,
            pupil=pupil,
            value=None if sign else value,
            sign=sign,
            work_kind=WorkKind.TEST,
            weight=WEIGHTS[WorkKind.TEST],
            comment="Зачёт по пропущенной теме",
            work_type=work_type_id(WorkKind.TEST),
            make_up=made_up,
            author=lesson.teacher,
            entered_at=datetime.combine(held_on, _ENTERED_AT, tzinfo=lesson.starts_at.tzinfo),
        ),
    )
