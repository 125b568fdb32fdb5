"""The timetable: every lesson of the week at a time when its classes and its teachers are free.

A class's lessons fill its days without a gap. A lesson is put where it displaces the least; what it displaces is put
elsewhere in turn, and what has been displaced often becomes harder to displace, so the search does not run in a ring.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from random import Random

from gateway.errors import ConfigurationError, Text
from gateway.model.ids import ClassId, GroupId, StaffId, SubjectId
from gateway.sandbox.school.courses import Course, Strand
from gateway.sandbox.school.curriculum import weekly_hours
from gateway.sandbox.school.school_year import WEEK_DAYS

LESSONS_A_DAY = 7
AFTER_LESSONS = 8
"""Number of the hour after the longest day, in which no class has a lesson."""
_LONGER_DAYS = (1, 3, 2, 0, 4)
"""Weekdays in the order in which they get one lesson more when the week does not divide evenly."""
_PATIENCE = 50
"""How many times over the lessons are put before the plan is held to be impossible; a possible one needs about one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bell:
    """When a lesson begins and ends, in the school's local time."""

    number: int
    start: time
    end: time


@dataclass(frozen=True, kw_only=True, slots=True)
class TimetableEntry:
    """One lesson of the week. Exactly one of ``school_class`` and ``group`` is set; ``weekday`` 0 is Monday.

    ``code`` is the short Latin name of the class or group, from which lesson ids are made.
    """

    code: str
    grade: int
    weekday: int
    number: int
    subject: SubjectId
    teacher: StaffId
    room: str
    school_class: ClassId | None = None
    group: GroupId | None = None


def bells() -> tuple[Bell, ...]:
    """Return the bells of the day: lessons of 45 minutes from 8:30 on, the second and third break the long ones."""
    starts = (
        *(time(8, 30), time(9, 25), time(10, 25), time(11, 30)),
        *(time(12, 30), time(13, 25), time(14, 20), time(15, 15)),
    )
    ends = (
        *(time(9, 15), time(10, 10), time(11, 10), time(12, 15)),
        *(time(13, 15), time(14, 10), time(15, 5), time(16, 0)),
    )
    return tuple(
        Bell(number=number, start=start, end=end)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    )


def timetable(
    courses: Sequence[Course],
    teacher_of: Mapping[Strand, StaffId],
    room_of: Mapping[StaffId, str],
    rng: Random,
) -> tuple[TimetableEntry, ...]:
    """Return the week of the school, ordered by weekday, lesson and class or group.

    Raises:
        ConfigurationError: the lessons do not fit the week.
    """
    board = _Board(courses, teacher_of, rng)
    board.fill()
    entries = (
        TimetableEntry(
            code=strand.code,
            grade=strand.grade,
            weekday=slot // LESSONS_A_DAY,
            number=slot % LESSONS_A_DAY + 1,
            subject=strand.subject,
            teacher=teacher_of[strand],
            room=room_of[teacher_of[strand]],
            school_class=strand.school_class,
            group=strand.group,
        )
        for course, slot in board.placed()
        for strand in course.strands
    )
    return in_order(entries)


def in_order(entries: Iterable[TimetableEntry]) -> tuple[TimetableEntry, ...]:
    """Return entries ordered by weekday, lesson and class or group."""
    return tuple(sorted(entries, key=lambda entry: (entry.weekday, entry.number, entry.grade, entry.code)))


def day_lengths(grade: int) -> tuple[int, ...]:
    """Return how many lessons a class of the grade has on each weekday."""
    even, more = divmod(weekly_hours(grade), WEEK_DAYS)
    return tuple(even + (day in _LONGER_DAYS[:more]) for day in range(WEEK_DAYS))


def _slots(course: Course) -> tuple[int, ...]:
    """Return the slots a course may use: the class's lessons, or the first slot after them."""
    lengths = enumerate(day_lengths(course.grade))
    if course.after_lessons:
        return tuple(day * LESSONS_A_DAY + length for day, length in lengths if length < LESSONS_A_DAY)
    return tuple(day * LESSONS_A_DAY + number for day, length in lengths for number in range(length))


class _Board:
    """The week as it is being filled: a lesson is a course's number, so a course of five hours is put in five times."""

    def __init__(self, courses: Sequence[Course], teacher_of: Mapping[Strand, StaffId], rng: Random) -> None:
        self._courses = courses
        self._rng = rng
        self._slots = [_slots(course) for course in courses]
        self._resources = [(*course.classes, *(teacher_of[strand] for strand in course.strands)) for course in courses]
        resources = {resource for own in self._resources for resource in own}
        self._taken: dict[str, dict[int, int]] = {resource: {} for resource in resources}
        self._placed: list[set[int]] = [set() for _ in courses]
        self._displaced: Counter[int] = Counter()

    def fill(self) -> None:
        """Put every lesson in its place.

        Raises:
            ConfigurationError: the lessons do not fit the week.
        """
        load = dict.fromkeys(self._taken, 0)
        for course, resources in zip(self._courses, self._resources, strict=True):
            for resource in resources:
                load[resource] += course.hours
        order = sorted(
            range(len(self._courses)),
            key=lambda lesson: (len(self._resources[lesson]), sum(load[each] for each in self._resources[lesson])),
        )
        waiting = [lesson for lesson in order for _ in range(self._courses[lesson].hours)]
        for _ in range(_PATIENCE * len(waiting)):
            if not waiting:
                return
            waiting.extend(self._put(waiting.pop()))
        raise ConfigurationError(
            "sandbox.timetable_impossible",
            Text(
                ru="Учебный план вымышленной школы не помещается в неделю: у класса или учителя слишком много уроков",
                en="the made-up school's study plan does not fit the week: a class or a teacher has too many lessons",
            ),
        )

    def placed(self) -> Iterator[tuple[Course, int]]:
        """Yield every course once for each slot it has."""
        for course, slots in zip(self._courses, self._placed, strict=True):
            for slot in sorted(slots):
                yield course, slot

    def _put(self, lesson: int) -> list[int]:
        """Put a lesson where it costs least and return the lessons it displaced."""
        free = [slot for slot in self._slots[lesson] if slot not in self._placed[lesson]]
        slot = min(free, key=lambda slot: self._cost(lesson, slot))
        displaced = self._occupants(lesson, slot)
        for other in displaced:
            self._displaced[other] += 1
            self._placed[other].remove(slot)
            for resource in self._resources[other]:
                del self._taken[resource][slot]
        self._placed[lesson].add(slot)
        for resource in self._resources[lesson]:
            self._taken[resource][slot] = lesson
        return list(displaced)

    def _occupants(self, lesson: int, slot: int) -> set[int]:
        return {self._taken[resource][slot] for resource in self._resources[lesson] if slot in self._taken[resource]}

    def _cost(self, lesson: int, slot: int) -> float:
        """Return how much is lost by putting the lesson there: lessons to displace, the same subject twice a day."""
        day = slot // LESSONS_A_DAY
        same_day = sum(other // LESSONS_A_DAY == day for other in self._placed[lesson])
        displaced = sum(1 + self._displaced[other] for other in self._occupants(lesson, slot))
        return displaced + same_day**2 + self._rng.random() / 2
