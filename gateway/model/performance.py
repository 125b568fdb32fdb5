"""The report «успеваемость и посещаемость за период»: what it says.

The journal holds no period marks yet, so the report states *current* marks of the period and says so: how many of
each value, their mean and their weighted mean. It never presents them as the marks of the period. How it follows from
the journal is in `gateway.model.performance_facts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model.ids import SubjectId
from gateway.model.indicators import MarkSheet
from gateway.model.school import Period, Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """How many lessons of the period were held for a pupil, and how many of them were missed for what reason.

    ``late`` lessons are not missed: the pupil came.
    """

    lessons: int
    illness: int = 0
    excused: int = 0
    unexcused: int = 0
    unknown: int = 0
    late: int = 0

    @property
    def missed(self) -> int:
        """Lessons missed for any reason."""
        return self.illness + self.excused + self.unexcused + self.unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilSubject:
    """A pupil's current marks in one subject; there is at least one."""

    subject: SubjectId
    marks: MarkSheet


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilReport:
    """One pupil's row, named by the registry's id only (R-SEC-06)."""

    registry_id: str
    attendance: Attendance
    subjects: tuple[PupilSubject, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSubject:
    """A subject in one class.

    Attributes:
        lessons: slots of the timetable (day and lesson number) in which the class or a part of it was taught the
            subject; parallel lessons of two subgroups count once.
        marks: marks of the class's pupils in the subject; ``None`` in grade 1.
    """

    subject: SubjectId
    lessons: int
    marks: MarkSheet | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassReport:
    """One class: its subjects by id, its pupils by the registry's id."""

    registry_id: str
    grade: int
    letter: str
    subjects: tuple[ClassSubject, ...]
    pupils: tuple[PupilReport, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCounts:
    """How much a report holds: what a dress rehearsal compares with the last accepted report."""

    classes: int
    pupils: int
    lessons: int
    marks: int
    missed: int
    late: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceReport:
    """The report of one school and period; ``school`` is the school's id in the registry."""

    school: str
    period: Period
    subjects: tuple[Subject, ...]
    classes: tuple[ClassReport, ...]

    @property
    def counts(self) -> ReportCounts:
        """How much the report holds."""
        pupils = [pupil for school_class in self.classes for pupil in school_class.pupils]
        return ReportCounts(
            classes=len(self.classes),
            pupils=len(pupils),
            lessons=sum(subject.lessons for school_class in self.classes for subject in school_class.subjects),
            marks=sum(subject.marks.count for pupil in pupils for subject in pupil.subjects),
            missed=sum(pupil.attendance.missed for pupil in pupils),
            late=sum(pupil.attendance.late for pupil in pupils),
        )
