"""What school and family tell each other: messages, recommendations, events, tasks, portfolio, acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.model.fields import Label, Name, OptionalDocument, OptionalName, Prose, Sha256
from gateway.model.ids import ClassId, GroupId, GuardianId, LessonId, PupilId, RecordId, StaffId, SubjectId


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A teacher's message to families (R-JRNL-15): of one pupil, of a class or of a group."""

    id: RecordId
    author: StaffId
    sent_at: datetime
    text: Prose = field(repr=False)
    pupil: PupilId | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """A teacher's recommendation (рекомендация педагога, R-JRNL-14) for a pupil or a class."""

    id: RecordId
    author: StaffId
    given_at: datetime
    text: Prose = field(repr=False)
    subject: SubjectId | None = None
    pupil: PupilId | None = None
    school_class: ClassId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolEvent:
    """An event of a class, or of the whole school where no class is named (R-JRNL-23)."""

    id: RecordId
    day: date
    name: Name
    text: Prose
    school_class: ClassId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IndividualTask:
    """A task or material for one pupil (R-JRNL-22)."""

    id: RecordId
    pupil: PupilId
    author: StaffId
    given_at: datetime
    text: Prose = field(repr=False)
    subject: SubjectId | None = None
    lesson: LessonId | None = None
    link: OptionalName = ""
    due: date | None = None


class PortfolioKind(StrEnum):
    """Kinds of portfolio item."""

    OLYMPIAD = "olympiad"
    CONTEST = "contest"
    SPORT = "sport"
    PROJECT = "project"
    CREATIVE = "creative"
    SOCIAL = "social"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class PortfolioItem:
    """An item of a pupil's portfolio (R-ROST-17); of a file only its SHA-256 is kept."""

    id: RecordId
    pupil: PupilId
    kind: PortfolioKind
    day: date
    title: Name
    source: OptionalDocument = ""
    file_sha256: Sha256 = ""
    author: StaffId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """A parent has seen what the diary shows (R-AUD-06): the record named, on the day given."""

    id: RecordId
    guardian: GuardianId
    pupil: PupilId
    record_kind: Label
    record: Name
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperSlip:
    """A print-out handed to a family without electronic access (C-23)."""

    id: RecordId
    pupil: PupilId
    handed_on: date
    handed_by: StaffId
    document: OptionalDocument = ""
