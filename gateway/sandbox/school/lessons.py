"""The lessons of one day as they were held: what about, when, by whom, and who should have been there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.model.ids import ClassId, GroupId, LessonId, PupilId, SubjectId
from gateway.model.journal import Lesson, Substitution
from gateway.model.school import FIRST_GRADE, LAST_GRADE
from gateway.sandbox.school.curriculum import planned_subject
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.school_year import days_of_grade
from gateway.sandbox.school.substitutions import substitutions
from gateway.sandbox.school.timetable import TimetableEntry
from gateway.sandbox.school.topics import Stage, stage

_CourseKey: TypeAlias = tuple[str, SubjectId]
"""A course: the code of its class or group, and its subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLesson:
    """A lesson that was held.

    Attributes:
        lesson: the fact as the journal tells it.
        grade: grade of the class or group.
        audience: pupils who should have been there.
        is_control: whether the whole class wrote a control work.
        next_day: day of the next lesson of the same course in this year, if there is one.
    """

    lesson: Lesson
    grade: int
    audience: tuple[PupilId, ...]
    is_control: bool
    next_day: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Calendar:
    """A grade's school days around a day: how many of each weekday lie before it, and which come after."""

    before: Mapping[int, int]
    after: tuple[date, ...]


def days_by_grade(sample: SampleSchool) -> dict[int, tuple[date, ...]]:
    """Return the school days of each grade in order; only those of grade 1 differ from the others'."""
    first, others = (
        tuple(days_of_grade(grade, year=sample.year, periods=sample.periods, vacations=sample.vacations))
        for grade in (FIRST_GRADE, LAST_GRADE)
    )
    return {grade: first if grade == FIRST_GRADE else others for grade in range(FIRST_GRADE, LAST_GRADE + 1)}


def held_lessons(sample: SampleSchool, day: date) -> tuple[HeldLesson, ...]:
    """Return the lessons of the day, first to last; one that nobody could give or come to was not held."""
    calendars = {grade: _calendar(own, day) for grade, own in days_by_grade(sample).items() if day in own}
    today = [entry for entry in sample.timetable if entry.weekday == day.weekday() and entry.grade in calendars]
    weeks = _weeks(sample.timetable)
    audiences = _audiences(sample, day)
    bell_of = {bell.number: bell for bell in sample.bells}
    earlier_today: Counter[_CourseKey] = Counter()
    held = []
    for entry, substitution in substitutions(sample, day, today).items():
        course = (entry.code, entry.subject)
        week, calendar = weeks[course], calendars[entry.grade]
        reached = _stage(sample, entry, week, calendar, earlier_today[course])
        earlier_today[course] += 1
        audience = audiences.get(entry.school_class or entry.group, ())
        if audience:
            is_control = reached.ends and planned_subject(entry.subject).controlled
            lesson = _lesson(
                entry,
                start=_at(sample, day, bell_of[entry.number].start),
                end=_at(sample, day, bell_of[entry.number].end),
                topic=reached.control_topic if is_control else reached.topic,
                substitution=substitution,
            )
            next_day = next((each for each in calendar.after if each.weekday() in week), None)
            held.append(
                HeldLesson(
                    lesson=lesson, grade=entry.grade, audience=audience, is_control=is_control, next_day=next_day
                )
            )
    return tuple(held)


def _calendar(days: Iterable[date], day: date) -> _Calendar:
    days = tuple(days)
    return _Calendar(
        before=Counter(each.weekday() for each in days if each < day),
        after=tuple(each for each in days if each > day),
    )


def _weeks(timetable: Iterable[TimetableEntry]) -> dict[_CourseKey, Counter[int]]:
    """Return how many lessons of each course fall on each weekday."""
    weeks: dict[_CourseKey, Counter[int]] = defaultdict(Counter)
    for entry in timetable:
        weeks[entry.code, entry.subject][entry.weekday] += 1
    return weeks


def _audiences(sample: SampleSchool, day: date) -> dict[ClassId | GroupId | None, tuple[PupilId, ...]]:
    """Return the pupils of each class and group who are enrolled on the day."""
    enrolled: dict[PupilId, ClassId] = {
        each.pupil: each.school_class for each in sample.enrollments if each.covers(day)
    }
    members: dict[ClassId | GroupId | None, list[PupilId]] = defaultdict(list)
    for pupil, school_class in enrolled.items():
        members[school_class].append(pupil)
    for group in sample.groups:
        members[group.id].extend(pupil for pupil in group.members if pupil in enrolled)
    return {key: tuple(pupils) for key, pupils in members.items()}


def _stage(
    sample: SampleSchool, entry: TimetableEntry, week: Mapping[int, int], calendar: _Calendar, earlier_today: int
) -> Stage:
    so_far = sum(count * calendar.before.get(weekday, 0) for weekday, count in week.items())
    return stage(
        entry.subject,
        so_far + earlier_today,
        weekly=sum(week.values()),
        lead=fraction("lead", sample.seed, sample.school.id, entry.code, entry.subject),
    )


def _lesson(
    entry: TimetableEntry, *, start: datetime, end: datetime, topic: str, substitution: Substitution | None
) -> Lesson:
    return Lesson(
        id=LessonId(f"L-{start:%Y%m%d}-{entry.number}-{entry.code}"),
        day=start.date(),
        number=entry.number,
        starts_at=start,
        ends_at=end,
        subject=entry.subject,
        teacher=entry.teacher,
        topic=topic,
        school_class=entry.school_class,
        group=entry.group,
        room=entry.room,
        substitution=substitution,
    )


def _at(sample: SampleSchool, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(sample.school.zone))
