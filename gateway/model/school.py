"""The school and the frame of its year: periods, vacations, classes, subjects, study groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, SchoolId, StaffId, SubjectId

FIRST_GRADE = 1
LAST_GRADE = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    """A school. ``registry_id`` is its id in the regional registry; ``zone`` its IANA time zone."""

    id: SchoolId
    name: str
    registry_id: str
    zone: str = "Europe/Moscow"


class PeriodKind(StrEnum):
    """Kinds of study period (учебный период, R-ACAD-01)."""

    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A study period, first and last day included, for the grades ``first_grade`` to ``last_grade``.

    ``year`` is the calendar year in which the school year begins.
    """

    id: PeriodId
    year: int
    kind: PeriodKind
    number: int
    start: date
    end: date
    first_grade: int = FIRST_GRADE
    last_grade: int = LAST_GRADE


@dataclass(frozen=True, kw_only=True, slots=True)
class Vacation:
    """A vacation (каникулы, R-ACAD-02), first and last day included, for the grades given."""

    id: str
    year: int
    name: str
    start: date
    end: date
    first_grade: int = FIRST_GRADE
    last_grade: int = LAST_GRADE


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
    name: str
    component: Component = Component.FEDERAL


class GroupKind(StrEnum):
    """Kinds of study group (R-ACAD-10)."""

    SUBGROUP = "subgroup"
    PROFILE = "profile"
    ELECTIVE = "elective"
    INDIVIDUAL = "individual"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyGroup:
    """Pupils taught together in one subject (учебная группа, R-ACAD-09).

    A group of kind ``individual`` has one member: a pupil on an individual study plan (ИУП, R-ACAD-07).
    """

    id: GroupId
    name: str
    kind: GroupKind
    subject: SubjectId
    members: tuple[PupilId, ...]
