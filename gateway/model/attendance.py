"""Absences: their kinds, the codes of each source, what excuses them, what makes up for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from gateway.model.fields import DocumentName, Label, OptionalSentence, Points, Prose, SealedProse, Sentence, Sha256
from gateway.model.grading import MarkSign
from gateway.model.ids import (
    CorrectionId,
    LessonId,
    MakeUpId,
    MedicalCertificateId,
    PupilId,
    RecordId,
    StaffId,
    StudyCertificateId,
    SubjectId,
)


class AbsenceKind(StrEnum):
    """The five canonical kinds of absence, and exemption from the lesson (domain.md 1.1; R-JRNL-08)."""

    UNKNOWN = "unknown"
    EXCUSED = "excused"
    ILLNESS = "illness"
    UNEXCUSED = "unexcused"
    LATE = "late"
    EXEMPT = "exempt"


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceCode:
    """What a source's own code for an absence means (справочник кодов)."""

    id: RecordId
    source: Label
    code: Label
    kind: AbsenceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class MedicalCertificate:
    """A medical certificate (R-ROST-18): excuses absences in its days and may exempt from subjects."""

    id: MedicalCertificateId
    pupil: PupilId
    valid_from: date
    valid_to: date
    exempt_from: tuple[SubjectId, ...] = ()
    notes: SealedProse = field(default="", repr=False)

    RESTRICTED: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthSheet:
    """A pupil's health sheet (лист здоровья, R-ROST-18), restricted (R-SEC-10)."""

    id: RecordId
    pupil: PupilId
    filled_on: date
    content: SealedProse = field(repr=False)

    RESTRICTED: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, slots=True)
class CertifiedResult:
    """One result in a certificate of study: a number or a sign."""

    subject: SubjectId
    value: Points | None = None
    sign: MarkSign | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyCertificate:
    """A medical organisation's certificate of study with results (справка об обучении, R-MARK-16)."""

    id: StudyCertificateId
    pupil: PupilId
    organisation: Prose
    document: DocumentName
    valid_from: date
    valid_to: date
    results: tuple[CertifiedResult, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A pupil's absence from, or lateness to, one lesson (R-JRNL-07); one a pupil and lesson."""

    lesson: LessonId
    pupil: PupilId
    kind: AbsenceKind
    comment: OptionalSentence = field(default="", repr=False)
    voided: bool = False
    certificate: MedicalCertificateId | None = None
    author: StaffId | None = None
    entered_at: datetime | None = None
    correction: CorrectionId | None = None

    KEY: ClassVar[tuple[str, ...]] = ("lesson", "pupil")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceNote:
    """What a class teacher adds to an absence without changing it: a reason, a document (C-33)."""

    id: RecordId
    lesson: LessonId
    pupil: PupilId
    author: StaffId
    noted_at: datetime
    text: Sentence = field(repr=False)
    document: OptionalSentence = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MakeUp:
    """The protocol of a make-up test for a missed lesson (R-JRNL-09, R-ATT-07); the absence stays as it is."""

    id: MakeUpId
    lesson: LessonId
    pupil: PupilId
    protocol: DocumentName
    held_on: date
    commission: tuple[StaffId, ...]
    file_sha256: Sha256 = ""
