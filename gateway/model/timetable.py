"""When and where lessons are: rooms, bells, regimes, teaching load, timetable, and the moves of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated

from gateway.model.fields import Bounds, Count, DocumentName, Hours, LessonNumber, Name, Reason, Weekday, Year
from gateway.model.ids import (
    BellScheduleId,
    ClassId,
    GroupId,
    RecordId,
    RoomId,
    StaffId,
    SubjectId,
    SubstitutionId,
    TransferId,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room (кабинет, R-ACAD-08) and how many people it holds."""

    id: RoomId
    name: Name
    capacity: Count


@dataclass(frozen=True, kw_only=True, slots=True)
class Bell:
    """Beginning and end of the lesson with a number, by the school's time."""

    number: LessonNumber
    start: time
    end: time


@dataclass(frozen=True, kw_only=True, slots=True)
class BellSchedule:
    """A bell schedule (расписание звонков) of one shift."""

    id: BellScheduleId
    name: Name
    lessons: tuple[Bell, ...]
    shift: Annotated[int, Bounds(1, 3)] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """Working regime (режим работы, R-ACAD-12) of exactly one class or group."""

    id: RecordId
    days_a_week: Annotated[int, Bounds(5, 6)]
    bells: BellScheduleId
    valid_from: date
    valid_to: date | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TeachingLoad:
    """Who teaches what to exactly one class or group (учебная нагрузка, R-ACAD-13): a teacher's rights come from it."""

    id: RecordId
    year: Year
    teacher: StaffId
    subject: SubjectId
    hours_a_week: Hours
    valid_from: date
    valid_to: date | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None
    author: StaffId | None = None


class ServiceKind(StrEnum):
    """Kinds of educational service (R-ACAD-15)."""

    CORE = "core"
    EXTRACURRICULAR = "extracurricular"
    ADDITIONAL = "additional"


@dataclass(frozen=True, kw_only=True, slots=True)
class TimetableSlot:
    """A lesson of every week (расписание, R-ACAD-16) of exactly one class or group."""

    id: RecordId
    weekday: Weekday
    number: LessonNumber
    subject: SubjectId
    teacher: StaffId
    valid_from: date
    valid_to: date | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None
    room: RoomId | None = None
    service: ServiceKind = ServiceKind.CORE
    author: StaffId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SubstitutionOrder:
    """The order by which another teacher gives a lesson (замена, R-JRNL-12), of exactly one class or group."""

    id: SubstitutionId
    day: date
    number: LessonNumber
    subject: SubjectId
    planned: StaffId
    actual: StaffId
    reason: Reason
    document: DocumentName
    registered_by: StaffId
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonTransfer:
    """A lesson moved to another time (перенос урока, R-JRNL-13), of exactly one class or group."""

    id: TransferId
    subject: SubjectId
    from_day: date
    from_number: LessonNumber
    to_day: date
    to_number: LessonNumber
    reason: Reason
    registered_by: StaffId
    school_class: ClassId | None = None
    group: GroupId | None = None
