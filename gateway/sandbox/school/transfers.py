"""Lessons moved to another time of the day (перенос урока, R-JRNL-13): a class's last one goes an hour later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.ids import PupilId, StaffId, TransferId
from gateway.model.timetable import LessonTransfer
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.entries import entered_after
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.outages import outage
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.timetable import LESSONS_A_DAY

_MOVED = 0.02
"""Share of the lessons that could be moved and are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rearranged:
    """The lessons of a day after some were moved, and the papers of those."""

    lessons: tuple[HeldLesson, ...]
    transfers: tuple[LessonTransfer, ...]


def rearranged(sample: SampleSchool, held: Sequence[HeldLesson]) -> Rearranged:
    """Move some last lessons of a class to the next hour, where class, teacher and room are free."""
    lessons = list(held)
    transfers = []
    for place in _last_of_classes(held):
        if fraction("moved", sample.seed, held[place].lesson.id) < _MOVED and _is_free(held[place], lessons):
            transfer = _transfer(sample, held[place])
            lessons[place] = _moved(sample, held[place], transfer)
            transfers.append(transfer)
    return Rearranged(lessons=tuple(lessons), transfers=tuple(transfers))


def _last_of_classes(held: Sequence[HeldLesson]) -> Iterator[int]:
    """Yield the places of lessons of whole classes, by their own teachers, after which no pupil has another."""
    last: dict[PupilId, int] = defaultdict(int)
    for each in held:
        for pupil in each.audience:
            last[pupil] = max(last[pupil], each.lesson.number)
    for place, each in enumerate(held):
        lesson = each.lesson
        is_ordinary = lesson.school_class is not None and lesson.substitution is None
        if is_ordinary and lesson.number < LESSONS_A_DAY and all(last[one] == lesson.number for one in each.audience):
            yield place


def _is_free(moving: HeldLesson, held: Sequence[HeldLesson]) -> bool:
    """Tell whether nobody has the teacher or the room in the next hour."""
    next_hour = [each for each in held if each.lesson.number == moving.lesson.number + 1]
    busy: set[StaffId] = {each.given_by for each in next_hour} | {each.lesson.teacher for each in next_hour}
    return moving.lesson.teacher not in busy and all(each.lesson.room != moving.lesson.room for each in next_hour)


def _transfer(sample: SampleSchool, moving: HeldLesson) -> LessonTransfer:
    lesson = moving.lesson
    return LessonTransfer(
        id=TransferId(f"TR-{lesson.day:%Y%m%d}-{lesson.number}-{moving.code}"),
        subject=lesson.subject,
        from_day=lesson.day,
        from_number=lesson.number,
        to_day=lesson.day,
        to_number=lesson.number + 1,
        reason="Общешкольное мероприятие",
        registered_by=leaders(sample).deputy,
        school_class=lesson.school_class,
    )


def _moved(sample: SampleSchool, moving: HeldLesson, transfer: LessonTransfer) -> HeldLesson:
    lesson = moving.lesson
    bell = next(bell for bell in sample.bells if bell.number == transfer.to_number)
    starts_at, ends_at = (
        datetime.combine(lesson.day, clock, tzinfo=lesson.starts_at.tzinfo) for clock in (bell.start, bell.end)
    )
    return replace(
        moving,
        lesson=replace(
            lesson,
            number=transfer.to_number,
            starts_at=starts_at,
            ends_at=ends_at,
            transfer=transfer.id,
            entered_at=entered_after(ends_at, lesson.id, outage(sample), seed=sample.seed),
        ),
    )
