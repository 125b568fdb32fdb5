"""Differences put into the platform's view on purpose, so that a comparison can be seen to find them.

They are named by `DifferenceKind`, as the comparison will name them: *missing there* is left out of the platform's
view, *missing here* is added to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from gateway.model.difference import DifferenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import MarkId, PupilId
from gateway.model.journal import Homework, Mark
from gateway.sandbox.netschool.class_journal import ClassJournal, ShownLesson, Task

_LOWEST, _HIGHEST = 2, 5
_MORE_SUBJECT = " (углублённо)"
_MORE_HOMEWORK = "повторить пройденное"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planted:
    """One difference: its kind, and the pupil and lesson it is put into."""

    kind: DifferenceKind
    pupil: PupilId
    day: date
    number: int


def altered(lessons: Iterable[ShownLesson], planted: Iterable[Planted]) -> tuple[ShownLesson, ...]:
    """Return a pupil's lessons of a day with the differences planted into them.

    Raises:
        ValueError: a lesson is not there, or has nothing that the kind could change.
    """
    shown = list(lessons)
    for one in planted:
        place = next((place for place, each in enumerate(shown) if each.lesson.number == one.number), None)
        if place is None:
            raise ValueError(f"{one.day} has no lesson {one.number} to plant {one.kind} in")
        if one.kind is DifferenceKind.LESSON_MISSING_THERE:
            del shown[place]
        else:
            shown[place] = _changed(shown[place], one)
    return tuple(shown)


def one_of_each_kind(journal: ClassJournal, days: Iterable[date]) -> tuple[Planted, ...]:
    """Return one difference of every kind that can be planted, each in another lesson, at places that never vary.

    Kinds for which the days offer no lesson (no marks in grade 1) are left out.
    """
    places = [
        (pupil.id, day, shown) for day in days for pupil in journal.pupils for shown in journal.lessons(pupil.id, day)
    ]
    taken: set[object] = set()
    found = []
    for kind, needs_mark in _NEEDS_MARK.items():
        for pupil, day, shown in places:
            if shown.lesson.id in taken or (needs_mark and not shown.marks):
                continue
            taken.add(shown.lesson.id)
            found.append(Planted(kind=kind, pupil=pupil, day=day, number=shown.lesson.number))
            break
    return tuple(found)


_NEEDS_MARK = {
    DifferenceKind.MARK_DIFFERS: True,
    DifferenceKind.MARK_MISSING_THERE: True,
    DifferenceKind.MARK_MISSING_HERE: True,
    DifferenceKind.LESSON_MISSING_THERE: False,
    DifferenceKind.SUBJECT_DIFFERS: False,
    DifferenceKind.HOMEWORK_DIFFERS: False,
}
"""The kinds that can be planted; an added mark too goes where a mark is, so that the lesson can have marks at all."""


def _changed(shown: ShownLesson, planted: Planted) -> ShownLesson:
    match planted.kind:
        case DifferenceKind.MARK_DIFFERS:
            task = _first_marked(shown, planted)
            mark = shown.marks[task]
            value = mark.value or _LOWEST
            other = value - 1 if value > _LOWEST else value + 1
            return replace(shown, marks={**shown.marks, task: replace(mark, value=other)})
        case DifferenceKind.MARK_MISSING_THERE:
            task = _first_marked(shown, planted)
            return replace(shown, marks={one: mark for one, mark in shown.marks.items() if one != task})
        case DifferenceKind.MARK_MISSING_HERE:
            task = Task(kind=WorkKind.ORAL, place=max(_places(shown), default=-1) + 1)
            mark = Mark(
                id=MarkId(f"planted-{shown.lesson.id}"),
                lesson=shown.lesson.id,
                pupil=planted.pupil,
                value=_HIGHEST,
                work_kind=WorkKind.ORAL,
            )
            return replace(shown, tasks=(*shown.tasks, task), marks={**shown.marks, task: mark})
        case DifferenceKind.SUBJECT_DIFFERS:
            return replace(shown, subject=shown.subject + _MORE_SUBJECT)
        case DifferenceKind.HOMEWORK_DIFFERS:
            text = shown.homework.text if shown.homework else None
            more = "; ".join(part for part in (text, _MORE_HOMEWORK) if part)
            return replace(shown, homework=Homework(lesson=shown.lesson.id, text=more))
        case _:
            raise ValueError(f"{planted.kind} cannot be planted")


def _first_marked(shown: ShownLesson, planted: Planted) -> Task:
    for task in shown.tasks:
        if task in shown.marks:
            return task
    raise ValueError(f"{planted.day} lesson {planted.number} has no mark to plant {planted.kind} in")


def _places(shown: ShownLesson) -> Iterator[int]:
    return (task.place for task in shown.tasks if task.kind is WorkKind.ORAL)
