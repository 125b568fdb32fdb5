"""A batch: what a journal system posts at once. Its fields are the catalogue of the journal's kinds of record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.model.attendance import (
    Absence,
    AbsenceCode,
    AbsenceNote,
    HealthSheet,
    MakeUp,
    MedicalCertificate,
    StudyCertificate,
)
from gateway.model.curriculum import AttestationPlan, ControlWork, Curriculum, IndividualPlan, ThematicPlan
from gateway.model.duties import (
    AccountOrder,
    Appointment,
    ControlCheck,
    CredentialIssue,
    DataSubmission,
    ProfileIssue,
    ProfileVerification,
    StaffAttestation,
    StaffChange,
    SupportTicket,
)
from gateway.model.family import (
    Acknowledgement,
    IndividualTask,
    Message,
    PaperSlip,
    PortfolioItem,
    Recommendation,
    SchoolEvent,
)
from gateway.model.grading import GradingScale, WorkType
from gateway.model.ids import SchoolId
from gateway.model.journal import Deferral, Homework, Lesson, Mark, PeriodMark
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import AccessIncident, Correction, ErrorReport, Outage
from gateway.model.people import Consent
from gateway.model.school import AcademicYear, Period, PolicySetting, SpecialDay, StudyGroup, Subject, Vacation
from gateway.model.timetable import (
    BellSchedule,
    LessonTransfer,
    Regime,
    Room,
    SubstitutionOrder,
    TeachingLoad,
    TimetableSlot,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What a journal system posts at once: set-up records, facts and papers of one school.

    The fields stand in an order in which no kind refers to a later one; in this order they are checked and written.
    """

    school: SchoolId
    sent_at: datetime
    policies: tuple[PolicySetting, ...] = ()
    years: tuple[AcademicYear, ...] = ()
    periods: tuple[Period, ...] = ()
    vacations: tuple[Vacation, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    outages: tuple[Outage, ...] = ()
    subjects: tuple[Subject, ...] = ()
    rooms: tuple[Room, ...] = ()
    bells: tuple[BellSchedule, ...] = ()
    scales: tuple[GradingScale, ...] = ()
    work_types: tuple[WorkType, ...] = ()
    absence_codes: tuple[AbsenceCode, ...] = ()
    groups: tuple[StudyGroup, ...] = ()
    regimes: tuple[Regime, ...] = ()
    curricula: tuple[Curriculum, ...] = ()
    individual_plans: tuple[IndividualPlan, ...] = ()
    thematic_plans: tuple[ThematicPlan, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    loads: tuple[TeachingLoad, ...] = ()
    slots: tuple[TimetableSlot, ...] = ()
    attestation_plans: tuple[AttestationPlan, ...] = ()
    control_works: tuple[ControlWork, ...] = ()
    staff_attestations: tuple[StaffAttestation, ...] = ()
    staff_changes: tuple[StaffChange, ...] = ()
    account_orders: tuple[AccountOrder, ...] = ()
    credential_issues: tuple[CredentialIssue, ...] = ()
    submissions: tuple[DataSubmission, ...] = ()
    movement_orders: tuple[MovementOrder, ...] = ()
    consents: tuple[Consent, ...] = ()
    substitutions: tuple[SubstitutionOrder, ...] = ()
    transfers: tuple[LessonTransfer, ...] = ()
    medical_certificates: tuple[MedicalCertificate, ...] = ()
    health_sheets: tuple[HealthSheet, ...] = ()
    study_certificates: tuple[StudyCertificate, ...] = ()
    corrections: tuple[Correction, ...] = ()
    incidents: tuple[AccessIncident, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    absences: tuple[Absence, ...] = ()
    absence_notes: tuple[AbsenceNote, ...] = ()
    make_ups: tuple[MakeUp, ...] = ()
    marks: tuple[Mark, ...] = ()
    homework: tuple[Homework, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    period_marks: tuple[PeriodMark, ...] = ()
    messages: tuple[Message, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    events: tuple[SchoolEvent, ...] = ()
    tasks: tuple[IndividualTask, ...] = ()
    portfolio: tuple[PortfolioItem, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    error_reports: tuple[ErrorReport, ...] = ()
    paper_slips: tuple[PaperSlip, ...] = ()
    profile_verifications: tuple[ProfileVerification, ...] = ()
    profile_issues: tuple[ProfileIssue, ...] = ()
    control_checks: tuple[ControlCheck, ...] = ()
    support_tickets: tuple[SupportTicket, ...] = ()
