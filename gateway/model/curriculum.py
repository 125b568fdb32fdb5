"""What is to be taught: curricula, individual plans, thematic plans, control works, forms of attestation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.model.fields import Count, DocumentName, Grade, Hours, Name, OptionalDocument, OptionalName, Points, Year
from gateway.model.ids import (
    ClassId,
    ControlWorkId,
    CurriculumId,
    GroupId,
    PupilId,
    RecordId,
    StaffId,
    SubjectId,
    ThematicPlanId,
)


class Profile(StrEnum):
    """Profiles of a curriculum (профиль, R-ACAD-06)."""

    NONE = "none"
    NATURAL_SCIENCE = "natural_science"
    HUMANITIES = "humanities"
    SOCIO_ECONOMIC = "socio_economic"
    TECHNOLOGICAL = "technological"
    UNIVERSAL = "universal"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSubject:
    """Hours of one subject."""

    subject: SubjectId
    hours_a_week: Hours
    hours_a_year: Hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Curriculum:
    """A curriculum (учебный план, R-ACAD-05) for the grades given, of a profile if it has one.

    ``profile_name`` names a profile of kind ``other``.
    """

    id: CurriculumId
    year: Year
    name: Name
    first_grade: Grade
    last_grade: Grade
    subjects: tuple[PlannedSubject, ...]
    profile: Profile = Profile.NONE
    profile_name: OptionalName = ""
    approved_on: date | None = None
    document: OptionalDocument = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndividualPlan:
    """A pupil's individual study plan (ИУП, R-ACAD-07). Its lessons are those of groups of kind ``individual``."""

    id: RecordId
    pupil: PupilId
    year: Year
    valid_from: date
    document: DocumentName
    subjects: tuple[PlannedSubject, ...]
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanTopic:
    """A topic of a thematic plan, in its order."""

    number: Count
    title: Name
    hours: Hours = 1
    planned_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThematicPlan:
    """A calendar-thematic plan (КТП, R-ACAD-14) of a subject in a grade, or in one class or group of it."""

    id: ThematicPlanId
    year: Year
    subject: SubjectId
    grade: Grade
    name: Name
    topics: tuple[PlanTopic, ...]
    school_class: ClassId | None = None
    group: GroupId | None = None


class ControlLevel(StrEnum):
    """Who sets a control work: the school, the region, the country (R-MARK-05)."""

    SCHOOL = "school"
    REGIONAL = "regional"
    FEDERAL = "federal"


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlWork:
    """A control work in the consolidated schedule (R-ACAD-17), of exactly one class or group.

    ``monitoring``: it belongs to the internal quality monitoring (ВШК). ``results_announced_on`` starts the clock of
    works from outside (R-MARK-05); ``highest_points`` bounds its marks if it has points of its own (R-MARK-09).
    """

    id: ControlWorkId
    subject: SubjectId
    day: date
    form: Name
    monitoring: bool = True
    level: ControlLevel = ControlLevel.SCHOOL
    school_class: ClassId | None = None
    group: GroupId | None = None
    results_announced_on: date | None = None
    highest_points: Points | None = None
    author: StaffId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AttestationPlan:
    """Form and number of attestations of a subject in a grade, by the local act (R-ATT-05)."""

    id: RecordId
    year: Year
    subject: SubjectId
    grade: Grade
    form: Name
    times_a_period: Count
    document: DocumentName
