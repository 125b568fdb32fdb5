"""What our OneRoster objects are made from: a school, its people, its classes and who teaches what to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.model.ids import ClassId, GroupId, GuardianId, StaffId, SubjectId
from gateway.model.people import Enrollment, Guardian, Guardianship, Pupil, Staff
from gateway.model.school import AcademicYear, Period, School, SchoolClass, StudyGroup, Subject
from gateway.model.timetable import TeachingLoad, TimetableSlot


@dataclass(frozen=True, kw_only=True, slots=True)
class TaughtLessons:
    """That a teacher gave lessons of a subject to a class or a group, and on which days the first and the last."""

    subject: SubjectId
    teacher: StaffId
    first: date
    last: date
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolFacts:
    """One school as we hold it; archived people and classes are not among them.

    ``other_role`` names the member of staff who a guardian is, where both are here and known to be one person.
    """

    school: School
    years: Sequence[AcademicYear] = ()
    periods: Sequence[Period] = ()
    subjects: Sequence[Subject] = ()
    classes: Sequence[SchoolClass] = ()
    groups: Sequence[StudyGroup] = ()
    loads: Sequence[TeachingLoad] = ()
    slots: Sequence[TimetableSlot] = ()
    lessons: Sequence[TaughtLessons] = ()
    pupils: Sequence[Pupil] = field(default=(), repr=False)
    guardians: Sequence[Guardian] = field(default=(), repr=False)
    guardianships: Sequence[Guardianship] = field(default=(), repr=False)
    staff: Sequence[Staff] = field(default=(), repr=False)
    enrollments: Sequence[Enrollment] = field(default=(), repr=False)
    other_role: Mapping[GuardianId, StaffId] = field(default_factory=dict)
