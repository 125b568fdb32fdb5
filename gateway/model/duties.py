"""What people of the school are appointed to and have to do: appointments, orders, verifications, control."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from gateway.model.fields import Bounds, Count, DocumentName, Name, OptionalDocument, OptionalProse, Prose, Year
from gateway.model.ids import ClassId, GroupId, GuardianId, PupilId, RecordId, StaffId, SubjectId


class Duty(StrEnum):
    """Roles of the regulations, one name each; the names that schools use are in the glossary (R-ROLE-01, C-16)."""

    DIRECTOR = "director"
    DEPUTY = "deputy"
    ADMINISTRATOR = "administrator"
    DISPATCHER = "dispatcher"
    CLASS_TEACHER = "class_teacher"
    SUBJECT_TEACHER = "subject_teacher"
    EDUCATOR = "educator"
    ARCHIVIST = "archivist"
    SIGNATORY = "signatory"
    MUNICIPAL_COORDINATOR = "municipal_coordinator"
    SUPPORT = "support"
    PARENT = "parent"
    PUPIL = "pupil"


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """Somebody's appointment to a duty by the director's order (R-ROLE-25), first and last day included.

    Without class, group and subject it is for the whole school; with them for these only (R-ROLE-19, R-ROLE-24).
    ``ordered_at`` starts the clock of R-ROLE-13.
    """

    id: RecordId
    staff: StaffId
    duty: Duty
    document: DocumentName
    ordered_at: datetime
    valid_from: date
    valid_to: date | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None
    subject: SubjectId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOrder:
    """The director's instruction to make an account (R-ROLE-13, R-ROST-16) for exactly one person of the school."""

    id: RecordId
    ordered_by: StaffId
    ordered_at: datetime
    duty: Duty
    staff: StaffId | None = None
    guardian: GuardianId | None = None
    pupil: PupilId | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialIssue:
    """Credentials handed out (R-ROLE-14): to staff by the administrator, to families by the class teacher."""

    id: RecordId
    issued_by: StaffId
    issued_at: datetime
    staff: StaffId | None = None
    guardian: GuardianId | None = None
    pupil: PupilId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffAttestation:
    """A member of staff's qualification (аттестация, R-ROST-04)."""

    id: RecordId
    staff: StaffId
    category: Name
    decided_on: date
    valid_to: date | None = None
    document: OptionalDocument = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffChange:
    """News of a member of staff that had to be entered within 2 working days (R-ROST-04)."""

    id: RecordId
    staff: StaffId
    received_at: datetime
    document: DocumentName
    entered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileVerification:
    """A class teacher's monthly look at the data of pupils and parents of a class (R-ROST-12)."""

    id: RecordId
    school_class: ClassId
    year: Year
    month: Annotated[int, Bounds(1, 12)]
    verified_by: StaffId
    verified_at: datetime
    changes: Count


class PersonKind(StrEnum):
    """Whose profile it is."""

    PUPIL = "pupil"
    GUARDIAN = "guardian"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileIssue:
    """An inaccuracy found in a profile, to be mended within 3 working days (R-ROST-13)."""

    id: RecordId
    person_kind: PersonKind
    person: RecordId
    found_at: datetime
    fixed_at: datetime | None = None
    found_by: StaffId | None = None


class ControlKind(StrEnum):
    """Whose control of the journal it is (C-32)."""

    DEPUTY = "deputy"
    DIRECTOR = "director"


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlCheck:
    """A control of the journal that was held, with what it found (the clocks of section 4)."""

    id: RecordId
    kind: ControlKind
    held_at: datetime
    held_by: StaffId
    notes: OptionalProse = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSubmission:
    """What a deputy or the director gave to whoever enters it (R-ROST-15), with its document."""

    id: RecordId
    supplied_by: StaffId
    subject_matter: Name
    document: DocumentName
    approved_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportTicket:
    """A question put to the platform's technical support (R-ROLE-28)."""

    id: RecordId
    opened_by: StaffId
    opened_at: datetime
    text: Prose
    external_number: OptionalDocument = ""
    closed_at: datetime | None = None
