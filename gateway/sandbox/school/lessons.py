"""The lessons of one day as they were held: what about, when, by whom, entered when, and who should have been there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.model.ids import ClassId, ControlWorkId, GroupId, LessonId, PupilId, StaffId, SubjectId, ThematicPlanId
from gateway.model.journal import Lesson, Substitution
from gateway.model.oversight import Outage
from gateway.model.school import FIRST_GRADE, LAST_GRADE
from gateway.sandbox.school.curriculum import planned_subject
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.entries import entered_after
from gateway.sandbox.school.outages import outage
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.school_year import days_of_grade
from gateway.sandbox.school.substitutions import substitutions
from gateway.sandbox.school.timetable import TimetableEntry
from gateway.sandbox.school.topics import Stage, stage

CourseKey: TypeAlias = tuple[str, SubjectId]
"""A course: the code of its class or group, and its subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLesson:
    """A lesson that was held.

    Attributes:
        lesson: the fact as the journal tells it.
        code: short Latin name of the class or group.
        grade: grade of the class or group.
        audience: pupils who should have been there.
        weekly: lessons of the course a week.
        control_work: the control work that the whole class wrote, if it did.
        next_day: day of the next lesson of the same course in this year, if there is one.
    """

    lesson: Lesson
    code: str
    grade: int
    audience: tuple[PupilId, ...]
    weekly: int
    control_work: ControlWorkId | None
    next_day: date | None

    @property
    def given_by(self) -> StaffId:
        """Who gave the lesson, and made the entries of it (R-JRNL-11)."""
        return self.lesson.substitution.teacher if self.lesson.substitution else self.lesson.teacher


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
    weeks = weeks_of_courses(sample.timetable)
    audiences = _audiences(sample, day)
    failure = outage(sample)
    earlier_today: Counter[CourseKey] = Counter()
    held = []
    for entry, substitution in substitutions(sample, day, today).items():
        course = (entry.code, entry.subject)
        week, calendar = weeks[course], calendars[entry.grade]
        reached = _stage(sample, entry, week, calendar, earlier_today[course])
        earlier_today[course] += 1
        if audience := audiences.get(entry.school_class or entry.group, ()):
            control_work = control_work_id(day, entry) if is_control(entry, reached) else None
            lesson = _lesson(
                sample, day, entry, reached, substitution, failure=failure, is_control=control_work is not None
            )
            held.append(
                HeldLesson(
                    lesson=lesson,
                    code=entry.code,
                    grade=entry.grade,
                    audience=audience,
                    weekly=sum(week.values()),
                    control_work=control_work,
                    next_day=next((each for each in calendar.after if each.weekday() in week), None),
                )
            )
    return tuple(held)


def is_control(entry: TimetableEntry, reached: Stage) -> bool:
    """Tell whether a lesson at this stage is a control work; there are none in grade 1 (R-MARK-06)."""
    return reached.ends and entry.grade > FIRST_GRADE and planned_subject(entry.subject).controlled


def control_work_id(day: date, entry: TimetableEntry) -> ControlWorkId:
    """Return the id of the control work of a class or group on a day."""
    return ControlWorkId(f"CW-{day:%Y%m%d}-{entry.code}-{entry.subject}")


def plan_id(year: int, grade: int, subject: SubjectId) -> ThematicPlanId:
    """Return the id of the thematic plan of a subject in a grade."""
    return ThematicPlanId(f"TP-{year}-{grade}-{subject}")


def lead_of(sample: SampleSchool, entry: TimetableEntry) -> float:
    """Return how far the course was ahead on the first day of the year, as a part of a part."""
    return fraction("lead", sample.seed, sample.school.id, entry.code, entry.subject)


def _calendar(days: Iterable[date], day: date) -> _Calendar:
    days = tuple(days)
    return _Calendar(
        before=Counter(each.weekday() for each in days if each < day),
        after=tuple(each for each in days if each > day),
    )


def weeks_of_courses(timetable: Iterable[TimetableEntry]) -> dict[CourseKey, Counter[int]]:
    """Return how many lessons of each course fall on each weekday."""
    weeks: dict[CourseKey, Counter[int]] = defaultdict(Counter)
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
        dated = (one.pupil for one in group.dated if one.covers(day))
        members[group.id].extend(pupil for pupil in (*group.members, *dated) if pupil in enrolled)
    return {key: tuple(pupils) for key, pupils in members.items()}


def _stage(
    sample: SampleSchool, entry: TimetableEntry, week: Mapping[int, int], calendar: _Calendar, earlier_today: int
) -> Stage:
    so_far = sum(count * calendar.before.get(weekday, 0) for weekday, count in week.items())
    return stage(
        entry.subject,
        so_far + earlier_today,
        weekly=sum(week.values()),
        lead=lead_of(sample, entry),
    )


def _lesson(
    sample: SampleSchool,
    day: date,
    entry: TimetableEntry,
    reached: Stage,
    substitution: Substitution | None,
    *,
    failure: Outage,
    is_control: bool,
) -> Lesson:
    bell = next(bell for bell in sample.bells if bell.number == entry.number)
    is_planned = planned_subject(entry.subject).is_planned
    ends_at = _at(sample, day, bell.end)
    lesson_id = LessonId(f"L-{day:%Y%m%d}-{entry.number}-{entry.code}")
    return Lesson(
        id=lesson_id,
        day=day,
        number=entry.number,
        starts_at=_at(sample, day, bell.start),
        ends_at=ends_at,
        subject=entry.subject,
        teacher=entry.teacher,
        topic=reached.control_topic if is_control else reached.topic,
        school_class=entry.school_class,
        group=entry.group,
        room=entry.room,
        substitution=substitution,
        plan=plan_id(sample.year, entry.grade, entry.subject) if is_planned else None,
        plan_topic=reached.number if is_planned else None,
        author=substitution.teacher if substitution else entry.teacher,
        entered_at=entered_after(ends_at, lesson_id, failure, seed=sample.seed),
    )


def _at(sample: SampleSchool, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(sample.school.zone))
