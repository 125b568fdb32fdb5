"""The school and the frame of its year: years, periods, vacations, classes, subjects, study groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from gateway.model.fields import Bounds, DocumentName, Grade, Length, Name, OptionalDocument, Year
from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, RecordId, SchoolId, StaffId, SubjectId, YearId

FIRST_GRADE = 1
LAST_GRADE = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    """A school. ``registry_id`` is its id in the regional registry; ``zone`` its IANA time zone."""

    id: SchoolId
    name: str
    registry_id: str
    zone: str = "Europe/Moscow"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicySetting:
    """How the school decides one question that the regulations leave open (requirements, section 5).

    ``id`` is the setting's name and ``value`` one that it may have: see `policy`. The document is the local act.
    """

    id: RecordId
    value: Name
    decided_on: date
    document: DocumentName


class YearState(StrEnum):
    """Life of a school year (C-20): no state is ever left backwards."""

    PLANNING = "planning"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class AcademicYear:
    """A school year (учебный год, R-ACAD-21, R-ACAD-22), first and last day included."""

    id: YearId
    year: Year
    start: date
    end: date
    state: YearState = YearState.PLANNING


class PeriodKind(StrEnum):
    """Kinds of study period (учебный период, R-ACAD-01, R-ACAD-20)."""

    QUARTER = "quarter"
    TRIMESTER = "trimester"
    HALF_YEAR = "half_year"
    MODULE = "module"
    YEAR = "year"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A study period, first and last day included, for the grades ``first_grade`` to ``last_grade``.

    ``year`` is the calendar year in which the school year begins.
    """

    id: PeriodId
    year: Year
    kind: PeriodKind
    number: Annotated[int, Bounds(1, 9)]
    start: date
    end: date
    first_grade: Grade = FIRST_GRADE
    last_grade: Grade = LAST_GRADE


@dataclass(frozen=True, kw_only=True, slots=True)
class Vacation:
    """A vacation (каникулы, R-ACAD-02), first and last day included, for the grades given."""

    id: RecordId
    year: Year
    name: Annotated[str, Length(100, 1)]
    start: date
    end: date
    first_grade: Grade = FIRST_GRADE
    last_grade: Grade = LAST_GRADE


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecialDay:
    """A day that is no working day although its weekday is one (праздник, карантин), or the other way round.

    ``working`` of ``True`` makes a working day of a day off (перенос рабочего дня). One a day.
    """

    id: RecordId
    day: date
    name: Name
    working: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolClass:
    """A class (класс) of one school year with its class teacher (R-ROST-02)."""

    id: ClassId
    source_id: str
    year: int
    grade: int
    letter: str
    class_teacher: StaffId | None = None
    archived: bool = False

    @property
    def name(self) -> str:
        """Name as people write it: ``5А``."""
        return f"{self.grade}{self.letter}"


class Component(StrEnum):
    """Where a subject comes from (R-ACAD-03, R-ACAD-04)."""

    FEDERAL = "federal"
    SCHOOL = "school"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A school subject (предмет)."""

    id: SubjectId
    name: Name
    component: Component = Component.FEDERAL
    federal_code: OptionalDocument = ""


class GroupKind(StrEnum):
    """Kinds of study group (R-ACAD-10) and of study stream (R-ACAD-11)."""

    SUBGROUP = "subgroup"
    PROFILE = "profile"
    ELECTIVE = "elective"
    INDIVIDUAL = "individual"
    COMBINED_CLASS = "combined_class"
    OPTIONAL = "optional"
    CLUB = "club"
    PROJECT = "project"
    OTHER = "other"
    SUBJECT_STREAM = "subject_stream"
    STREAM_GROUP = "stream_group"
    STREAM_MODULE = "stream_module"

    @property
    def is_stream(self) -> bool:
        """Tell whether it is a stream (учебный поток)."""
        return self in _STREAMS


_STREAMS = frozenset({GroupKind.SUBJECT_STREAM, GroupKind.STREAM_GROUP, GroupKind.STREAM_MODULE})


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedMember:
    """A pupil's time in a study group; ``valid_to`` is the last day, ``None`` = still there."""

    pupil: PupilId
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether the pupil was in the group on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyGroup:
    """Pupils taught together in one subject (учебная группа, поток, R-ACAD-09, R-ACAD-11).

    ``members`` are in it all the time, ``dated`` for some of it (R-ROST-08). A group of kind ``individual`` has one
    pupil: one on an individual study plan (ИУП, R-ACAD-07).
    """

    id: GroupId
    name: Name
    kind: GroupKind
    subject: SubjectId
    members: tuple[PupilId, ...]
    dated: tuple[DatedMember, ...] = ()

    def has(self, pupil: PupilId, day: date) -> bool:
        """Tell whether the pupil was in the group on the day."""
        return pupil in self.members or any(one.pupil == pupil and one.covers(day) for one in self.dated)

    @property
    def pupils(self) -> frozenset[PupilId]:
        """Everybody who is or was in the group."""
        return frozenset(self.members) | {one.pupil for one in self.dated}
