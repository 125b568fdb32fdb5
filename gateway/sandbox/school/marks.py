"""Marks of a day: a few pupils of a lesson for everyday work, all who were there for a control work.

What a pupil gets hangs together: a pupil has an ability, more or less liking for each subject, and good and bad days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gateway.model.ids import LessonId, MarkId, PupilId, SubjectId
from gateway.model.journal import Mark, WorkKind
from gateway.model.school import FIRST_GRADE
from gateway.sandbox.school.curriculum import planned_subject
from gateway.sandbox.school.draws import bell_curve, fraction, pick
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.sample import SampleSchool

_LOWEST, _HIGHEST = 2, 5
_MEAN = 3.95
_ABILITY, _LIKING, _DAY = 0.5, 0.25, 0.5
"""How far a mark spreads between pupils, between one pupil's subjects, and between days."""
_MARKED = 0.13
"""Share of the pupils of an ordinary lesson who get a mark."""
_WEIGHTS = {
    WorkKind.ORAL: 1,
    WorkKind.HOMEWORK: 1,
    WorkKind.WRITTEN: 2,
    WorkKind.PRACTICAL: 2,
    WorkKind.TEST: 2,
    WorkKind.ESSAY: 2,
    WorkKind.CONTROL: 3,
}


def marks(
    sample: SampleSchool, held: Sequence[HeldLesson], absent: Collection[tuple[LessonId, PupilId]]
) -> tuple[Mark, ...]:
    """Return the marks given at the lessons: none in grade 1, none to those who were ``absent``."""
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    return tuple(
        Mark(
            id=MarkId(f"M-{each.lesson.id}-{source_ids[pupil]}"),
            lesson=each.lesson.id,
            pupil=pupil,
            value=_value(sample.seed, each.lesson.id, each.lesson.subject, pupil),
            work_kind=kind,
            weight=_WEIGHTS[kind],
        )
        for each in held
        if each.grade > FIRST_GRADE
        for pupil, kind in _assessed(sample.seed, each)
        if (each.lesson.id, pupil) not in absent
    )


def _assessed(seed: int, held: HeldLesson) -> Iterator[tuple[PupilId, WorkKind]]:
    """Yield the pupils whose work at the lesson is marked, and the kind of work."""
    works = planned_subject(held.lesson.subject).works
    for pupil in held.audience:
        if held.is_control:
            yield pupil, WorkKind.CONTROL
        elif works and fraction("marked", seed, held.lesson.id, pupil) < _MARKED:
            yield pupil, pick(works, "work", seed, held.lesson.id, pupil)


def _value(seed: int, lesson: LessonId, subject: SubjectId, pupil: PupilId) -> int:
    expected = (
        _MEAN
        + _ABILITY * bell_curve("ability", seed, pupil)
        + _LIKING * bell_curve("liking", seed, pupil, subject)
        + _DAY * bell_curve("day", seed, pupil, lesson)
    )
    return min(_HIGHEST, max(_LOWEST, round(expected)))
