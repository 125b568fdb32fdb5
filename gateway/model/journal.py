"""Facts of the journal: lessons, marks, absences, homework, and the batch in which they arrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.model.ids import ClassId, GroupId, LessonId, MarkId, PupilId, SchoolId, StaffId, SubjectId
from gateway.model.people import Consent
from gateway.model.school import Period, StudyGroup, Subject, Vacation


class WorkKind(StrEnum):
    """Kind of work a mark is given for (вид работы, R-JRNL-02)."""

    ORAL = "oral"
    WRITTEN = "written"
    CONTROL = "control"
    ESSAY = "essay"
    PRACTICAL = "practical"
    TEST = "test"
    HOMEWORK = "homework"


class AbsenceKind(StrEnum):
    """The canonical kinds of absence (domain.md 1.1; R-JRNL-08)."""

    UNKNOWN = "unknown"
    EXCUSED = "excused"
    ILLNESS = "illness"
    UNEXCUSED = "unexcused"
    LATE = "late"


@dataclass(frozen=True, kw_only=True, slots=True)
class Substitution:
    """Another teacher gave the lesson (замена, R-JRNL-10)."""

    teacher: StaffId
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A lesson that took place. Exactly one of ``school_class`` and ``group`` is set. Times are aware."""

    id: LessonId
    day: date
    number: int
    starts_at: datetime
    ends_at: datetime
    subject: SubjectId
    teacher: StaffId
    topic: str
    school_class: ClassId | None = None
    group: GroupId | None = None
    room: str = ""
    substitution: Substitution | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A mark for a kind of work at a lesson; ``voided`` marks stay on record (DESIGN part 4, rule 6)."""

    id: MarkId
    lesson: LessonId
    pupil: PupilId
    value: int
    work_kind: WorkKind
    weight: int = 1
    comment: str = field(default="", repr=False)
    voided: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A pupil's absence from, or lateness to, one lesson (R-JRNL-07); one a pupil and lesson."""

    lesson: LessonId
    pupil: PupilId
    kind: AbsenceKind
    comment: str = field(default="", repr=False)
    voided: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Homework:
    """Homework given at a lesson; ``text`` of ``None`` says explicitly that none was set (R-JRNL-03)."""

    lesson: LessonId
    text: str | None
    due: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What a journal system posts at once: set-up records and facts of one school."""

    school: SchoolId
    sent_at: datetime
    periods: tuple[Period, ...] = ()
    vacations: tuple[Vacation, ...] = ()
    subjects: tuple[Subject, ...] = ()
    groups: tuple[StudyGroup, ...] = ()
    consents: tuple[Consent, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    marks: tuple[Mark, ...] = ()
    absences: tuple[Absence, ...] = ()
    homework: tuple[Homework, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkChange:
    """A mark as it is now and as it was before; ``before`` is ``None`` for a new mark (R-PAR-06, DESIGN part 5)."""

    now: Mark
    before: Mark | None
    lesson: Lesson
    version: int
