"""One pupil's lessons over some days with everything that was entered for that pupil: what a diary shows.

Both the diary (what a parent sees) and the comparison with a platform read the journal through this value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gateway.model.attendance import Absence
from gateway.model.ids import LessonId, PupilId, SubjectId
from gateway.model.journal import Homework, Mark


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekLesson:
    """One lesson of one pupil. ``teacher`` is who gave the lesson, as ``Family G. P.``; times are aware."""

    lesson: LessonId
    day: date
    number: int
    starts_at: datetime
    ends_at: datetime
    subject: SubjectId
    subject_name: str
    teacher: str
    topic: str
    room: str = ""
    substituted: bool = False
    marks: tuple[Mark, ...] = ()
    absence: Absence | None = None
    homework: Homework | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilWeek:
    """A pupil's lessons from ``first`` to ``last`` (both included), by day, number and lesson id."""

    pupil: PupilId
    first: date
    last: date
    lessons: tuple[WeekLesson, ...]
