"""Facts of the journal: lessons, marks, homework, period marks.

Of whom and when: ``author`` is who entered a fact at the journal system, ``entered_at`` when; ``correction`` is the
approved correction by which a locked fact is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from gateway.model.fields import (
    Count,
    DocumentName,
    Length,
    LessonNumber,
    OptionalName,
    OptionalSentence,
    Points,
    Reason,
    Sentence,
    Weight,
)
from gateway.model.grading import MarkSign, WorkKind, shown_mark
from gateway.model.ids import (
    ClassId,
    ControlWorkId,
    CorrectionId,
    GroupId,
    LessonId,
    MakeUpId,
    MarkId,
    PeriodId,
    PupilId,
    RecordId,
    StaffId,
    StudyCertificateId,
    SubjectId,
    SubstitutionId,
    ThematicPlanId,
    TransferId,
    WorkTypeId,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Substitution:
    """Another teacher gave the lesson (замена, R-JRNL-10); ``order`` is the deputy's, where there is one (C-12)."""

    teacher: StaffId
    reason: Reason
    order: SubstitutionId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A lesson that took place. Exactly one of ``school_class`` and ``group`` is set. Times are aware."""

    id: LessonId
    day: date
    number: LessonNumber
    starts_at: datetime
    ends_at: datetime
    subject: SubjectId
    teacher: StaffId
    topic: Sentence
    school_class: ClassId | None = None
    group: GroupId | None = None
    room: Annotated[str, Length(40)] = ""
    substitution: Substitution | None = None
    plan: ThematicPlanId | None = None
    plan_topic: Count | None = None
    transfer: TransferId | None = None
    author: StaffId | None = None
    entered_at: datetime | None = None
    correction: CorrectionId | None = None


class MarkOrigin(StrEnum):
    """Where a mark was given: at the school, or by a medical organisation that taught the pupil (R-MARK-16)."""

    SCHOOL = "school"
    MEDICAL = "medical"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A mark for a kind of work at a lesson: exactly one of ``value`` and ``sign``.

    ``voided`` marks stay on record (DESIGN part 4, rule 6). ``make_up`` is the protocol by which a mark is given for
    a lesson that the pupil missed (R-JRNL-09), ``certificate`` the paper of a mark whose origin is not the school.
    """

    id: MarkId
    lesson: LessonId
    pupil: PupilId
    value: Points | None = None
    sign: MarkSign | None = None
    work_kind: WorkKind
    weight: Weight = 1
    comment: OptionalSentence = field(default="", repr=False)
    voided: bool = False
    work_type: WorkTypeId | None = None
    control_work: ControlWorkId | None = None
    make_up: MakeUpId | None = None
    origin: MarkOrigin = MarkOrigin.SCHOOL
    certificate: StudyCertificateId | None = None
    author: StaffId | None = None
    entered_at: datetime | None = None
    correction: CorrectionId | None = None

    @property
    def given(self) -> int | MarkSign:
        """The number or the sign; a record with neither breaks a rule and is never kept."""
        if self.sign is not None:
            return self.sign
        if self.value is None:
            raise ValueError("a mark has a value or a sign")
        return self.value

    @property
    def shown(self) -> str:
        """What stands in the journal: ``5``, ``+``, ``зач``."""
        return shown_mark(self.given)


@dataclass(frozen=True, kw_only=True, slots=True)
class Homework:
    """Homework given at a lesson; ``text`` of ``None`` says explicitly that none was set (R-JRNL-03)."""

    lesson: LessonId
    text: Annotated[str, Length(4000, 1)] | None
    due: date | None = None
    manner: OptionalName = ""
    pages: OptionalName = ""
    tasks: OptionalName = ""
    author: StaffId | None = None
    entered_at: datetime | None = None
    correction: CorrectionId | None = None

    KEY: ClassVar[tuple[str, ...]] = ("lesson",)


class Stage(StrEnum):
    """What a final mark sums up: a study period, the year, an exam, the whole course (R-MARK-11, R-ATT-03)."""

    PERIOD = "period"
    YEAR = "year"
    EXAM = "exam"
    FINAL = "final"


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodMark:
    """A final mark: exactly one of ``value`` and ``sign`` (R-MARK-07).

    ``period`` is the study period, or the year, that it sums up. ``announced_on`` is when results of an exam, or of
    the appeal against it, were announced (R-ATT-03, R-ATT-04); ``appeal`` tells that it is the outcome of one.
    """

    id: RecordId
    pupil: PupilId
    subject: SubjectId
    period: PeriodId
    stage: Stage = Stage.PERIOD
    value: Points | None = None
    sign: MarkSign | None = None
    announced_on: date | None = None
    appeal: bool = False
    origin: MarkOrigin = MarkOrigin.SCHOOL
    certificate: StudyCertificateId | None = None
    comment: OptionalSentence = field(default="", repr=False)
    voided: bool = False
    author: StaffId | None = None
    entered_at: datetime | None = None
    correction: CorrectionId | None = None

    @property
    def given(self) -> int | MarkSign:
        """The number or the sign; a record with neither breaks a rule and is never kept."""
        if self.sign is not None:
            return self.sign
        if self.value is None:
            raise ValueError("a mark has a value or a sign")
        return self.value

    @property
    def shown(self) -> str:
        """What stands in the journal: ``5``, ``зач``, ``НА``."""
        return shown_mark(self.given)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferral:
    """A final mark put off because of a pupil's illness (отсрочка, R-MARK-12): deferred, not missing (R-ATT-10)."""

    id: RecordId
    pupil: PupilId
    subject: SubjectId
    period: PeriodId
    reason: Reason
    until: date
    document: DocumentName


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkChange:
    """A mark as it is now and as it was before; ``before`` is ``None`` for a new mark (R-PAR-06, DESIGN part 5)."""

    now: Mark
    before: Mark | None
    lesson: Lesson
    version: int
