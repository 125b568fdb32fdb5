"""Marks of a day: a few pupils of a lesson for everyday work, all who were there for a control work.

What a pupil gets hangs together: a pupil has an ability, more or less liking for each subject, and good and bad days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time

from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId, SubjectId, WorkTypeId
from gateway.model.journal import Lesson, Mark
from gateway.model.school import FIRST_GRADE
from gateway.sandbox.school.curriculum import is_pass_or_fail, planned_subject
from gateway.sandbox.school.draws import bell_curve, fraction, pick
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.sample import SampleSchool

_LOWEST, _HIGHEST = 2, 5
_LOWEST_PASS = 3
_MEAN = 3.95
_ABILITY, _LIKING, _DAY = 0.5, 0.25, 0.5
"""How far a mark spreads between pupils, between one pupil's subjects, and between days."""
_MARKED = {1: 0.4, 2: 0.2}
_MARKED_ELSE = 0.11
"""Share of the pupils of an ordinary lesson who get a mark; the fewer lessons a week, the larger."""
_PLUS, _MINUS, _DEBT = 0.02, 0.028, 0.012
"""Upper ends of the shares of «+» and «−» among marks for answers, and the share of «точка» among those for work."""
_LATE_AT = time(19, 40)
_LATE, _COMMENTED = 0.02, 0.04
"""Upper ends of the shares of marks that are entered late in the evening, and that have a comment."""
_COMMENTS = ("Хорошая подготовка", "Нужно повторить тему", "Работа над ошибками", "Ответ у доски")
WEIGHTS = {
    WorkKind.ORAL: 1,
    WorkKind.HOMEWORK: 1,
    WorkKind.WRITTEN: 2,
    WorkKind.PRACTICAL: 2,
    WorkKind.TEST: 2,
    WorkKind.ESSAY: 2,
    WorkKind.CONTROL: 3,
}
"""The weight that a mark for each kind of work has."""


def marks(
    sample: SampleSchool, held: Sequence[HeldLesson], absent: Collection[tuple[LessonId, PupilId]]
) -> tuple[Mark, ...]:
    """Return the marks given at the lessons: none in grade 1 (R-MARK-06), none to those who were ``absent``."""
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    return tuple(
        _mark(sample.seed, each, pupil, kind, MarkId(f"M-{each.lesson.id}-{source_ids[pupil]}"))
        for each in held
        if each.grade > FIRST_GRADE
        for pupil, kind in _assessed(sample.seed, each)
        if (each.lesson.id, pupil) not in absent
    )


def value_of(seed: int, lesson: LessonId, subject: SubjectId, pupil: PupilId) -> int:
    """Return the number that a pupil's work at a lesson deserves, from 2 to 5."""
    expected = (
        _MEAN
        + _ABILITY * bell_curve("ability", seed, pupil)
        + _LIKING * bell_curve("liking", seed, pupil, subject)
        + _DAY * bell_curve("day", seed, pupil, lesson)
    )
    return min(_HIGHEST, max(_LOWEST, round(expected)))


def pass_or_fail(value: int) -> MarkSign:
    """Return what stands for a number where there are no numbers."""
    return MarkSign.PASSED if value >= _LOWEST_PASS else MarkSign.FAILED


def work_type_id(kind: WorkKind) -> WorkTypeId:
    """Return the id of the school's work type for a kind of work."""
    return WorkTypeId(f"WT-{kind.value}")


def _assessed(seed: int, held: HeldLesson) -> Iterator[tuple[PupilId, WorkKind]]:
    """Yield the pupils whose work at the lesson is marked, and the kind of work."""
    works = planned_subject(held.lesson.subject).works
    share = _MARKED.get(held.weekly, _MARKED_ELSE)
    for pupil in held.audience:
        if held.control_work is not None:
            yield pupil, WorkKind.CONTROL
        elif works and fraction("marked", seed, held.lesson.id, pupil) < share:
            yield pupil, pick(works, "work", seed, held.lesson.id, pupil)


def _mark(seed: int, held: HeldLesson, pupil: PupilId, kind: WorkKind, mark: MarkId) -> Mark:
    given = _given(seed, held, pupil, kind)
    aside = fraction("aside", seed, mark)
    is_commented = _LATE <= aside < _COMMENTED
    return Mark(
        id=mark,
        lesson=held.lesson.id,
        pupil=pupil,
        value=None if isinstance(given, MarkSign) else given,
        sign=given if isinstance(given, MarkSign) else None,
        work_kind=kind,
        weight=WEIGHTS[kind],
        comment=pick(_COMMENTS, "comment", seed, mark) if is_commented else "",
        work_type=work_type_id(kind),
        control_work=held.control_work,
        author=held.given_by,
        entered_at=_late(held.lesson) if aside < _LATE else held.lesson.entered_at,
    )


def _given(seed: int, held: HeldLesson, pupil: PupilId, kind: WorkKind) -> int | MarkSign:
    value = value_of(seed, held.lesson.id, held.lesson.subject, pupil)
    if is_pass_or_fail(held.lesson.subject, held.grade):
        return pass_or_fail(value)
    draw = fraction("sign", seed, held.lesson.id, pupil)
    if kind is WorkKind.ORAL and draw < _MINUS:
        return MarkSign.PLUS if draw < _PLUS else MarkSign.MINUS
    if kind in {WorkKind.WRITTEN, WorkKind.ESSAY, WorkKind.HOMEWORK} and draw < _DEBT:
        return MarkSign.DEBT
    return value


def _late(lesson: Lesson) -> datetime:
    """Return the moment of the late evening at which a mark is entered that should have been at the lesson's."""
    return datetime.combine(lesson.day, _LATE_AT, tzinfo=lesson.starts_at.tzinfo)
