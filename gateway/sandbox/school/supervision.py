"""What keeps the journal honest, in sensible proportion: notes, corrections, checks, paper, incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from gateway.model.attendance import Absence, AbsenceKind, AbsenceNote
from gateway.model.duties import ControlCheck, ControlKind, ProfileVerification, SupportTicket
from gateway.model.family import PaperSlip
from gateway.model.ids import CorrectionId, PupilId, RecordId
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import AccessIncident, Correction, Decision
from gateway.model.people import ConsentDecision
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.letters import class_teachers_of
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.sample import SampleSchool

_NOTED = 0.3
_CORRECTED = 0.004
_NOTES = {
    AbsenceKind.ILLNESS: "Родители сообщили о болезни по телефону",
    AbsenceKind.EXCUSED: "Заявление родителей на день отсутствия",
    AbsenceKind.UNKNOWN: "Причина выясняется, связалась с родителями",
    AbsenceKind.UNEXCUSED: "Проведена беседа, родители извещены",
}
_FRIDAY = 4
_INCIDENT_DAY = (10, 14)
"""Month and day on, or after, which the access of one of the staff has been breached."""


def absence_notes(sample: SampleSchool, absences: Sequence[Absence]) -> Iterator[AbsenceNote]:
    """Yield what class teachers added to the first absence of a day (C-33)."""
    teacher_of = class_teachers_of(sample)
    noted: set[PupilId] = set()
    for each in absences:
        text = _NOTES.get(each.kind)
        if text is None or each.pupil in noted or each.entered_at is None:
            continue
        noted.add(each.pupil)
        if fraction("noted", sample.seed, each.lesson, each.pupil) < _NOTED:
            yield AbsenceNote(
                id=RecordId(f"AN-{each.entered_at:%Y%m%d}-{each.pupil}"),
                lesson=each.lesson,
                pupil=each.pupil,
                author=teacher_of[each.pupil],
                noted_at=moment(sample, each.entered_at.date(), 19, 35),
                text=text,
            )


def corrections(sample: SampleSchool, held: Sequence[HeldLesson]) -> Iterator[Correction]:
    """Yield requests to correct an entry at a lesson of the day, decided or not (R-AUD-03)."""
    for each in held:
        lesson = each.lesson
        if fraction("corrected", sample.seed, lesson.id) >= _CORRECTED:
            continue
        decisions = tuple(Decision)
        decision = decisions[int(fraction("decision", sample.seed, lesson.id) * len(decisions))]
        is_decided = decision is not Decision.REQUESTED
        asked_at = moment(sample, lesson.day, 19, 35)
        yield Correction(
            id=CorrectionId(f"CR-{lesson.id}"),
            record_kind=RecordKind.LESSONS.value,
            record=lesson.id,
            reason="Ошибка в теме урока",
            requested_by=lesson.teacher,
            requested_at=asked_at,
            decision=decision,
            decided_by=leaders(sample).director if is_decided else None,
            decided_at=asked_at + timedelta(minutes=15) if is_decided else None,
            open_until=asked_at + timedelta(days=1) if decision is Decision.APPROVED else None,
        )


def control_checks(sample: SampleSchool, day: date, previous: date | None) -> Iterator[ControlCheck]:
    """Yield the monthly checks by the director and a deputy, on the month's first school day (C-32)."""
    if not _is_first_of_month(day, previous):
        return
    for kind, holder in (
        (ControlKind.DEPUTY, leaders(sample).deputy),
        (ControlKind.DIRECTOR, leaders(sample).director),
    ):
        yield ControlCheck(
            id=RecordId(f"CC-{day:%Y%m}-{kind.value}"),
            kind=kind,
            held_at=moment(sample, day, 15, 30),
            held_by=holder,
            notes="Записи за прошлый месяц просмотрены, замечания переданы учителям.",
        )


def profile_verifications(sample: SampleSchool, day: date, previous: date | None) -> Iterator[ProfileVerification]:
    """Yield the class teachers' monthly look at the data of their pupils (R-ROST-12)."""
    if not _is_first_of_month(day, previous):
        return
    for each in sample.classes:
        if each.class_teacher is not None:
            yield ProfileVerification(
                id=RecordId(f"PV-{day:%Y%m}-{each.name}"),
                school_class=each.id,
                year=sample.year,
                month=day.month,
                verified_by=each.class_teacher,
                verified_at=moment(sample, day, 15, 45),
                changes=int(fraction("verified", sample.seed, each.id, day) * 4),
            )


def paper_slips(sample: SampleSchool, day: date) -> Iterator[PaperSlip]:
    """Yield the print-outs that families who refused electronic delivery get every Friday (C-23)."""
    if day.weekday() != _FRIDAY:
        return
    teacher_of = class_teachers_of(sample)
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    enrolled = {each.pupil for each in sample.enrollments if each.covers(day)}
    refused = {each.pupil for each in sample.consents if each.decision is ConsentDecision.REFUSAL}
    for pupil in sorted(refused & enrolled):
        yield PaperSlip(
            id=RecordId(f"PS-{day:%Y%m%d}-{source_ids[pupil]}"),
            pupil=pupil,
            handed_on=day,
            handed_by=teacher_of[pupil],
            document="Выписка из журнала за неделю",
        )


def support_tickets(sample: SampleSchool, day: date, previous: date | None) -> Iterator[SupportTicket]:
    """Yield the administrator's question to technical support, one a month (R-ROLE-28)."""
    if _is_first_of_month(day, previous):
        yield SupportTicket(
            id=RecordId(f"ST-{day:%Y%m}"),
            opened_by=leaders(sample).administrator,
            opened_at=moment(sample, day, 11, 15),
            text="Медленно открывается страница класса.",
            external_number=f"SD-{day:%Y%m%d}",
            closed_at=moment(sample, day, 17, 30),
        )


def incidents(sample: SampleSchool, day: date, previous: date | None) -> Iterator[AccessIncident]:
    """Yield the year's one breach of somebody's access: the dispatcher's, who has new credentials an hour later."""
    planned = date(sample.year, *_INCIDENT_DAY)
    if previous is None or not previous < planned <= day:
        return
    learned = moment(sample, day, 12, 10)
    told = learned + timedelta(minutes=10)
    yield AccessIncident(
        id=RecordId(f"IN-{day:%Y%m%d}"),
        account=leaders(sample).dispatcher,
        learned_at=learned,
        reported_at=learned + timedelta(minutes=5),
        director_notified_at=told,
        administrator_notified_at=told,
        support_notified_at=told + timedelta(minutes=5),
        credentials_reissued_at=learned + timedelta(hours=1),
    )


def _is_first_of_month(day: date, previous: date | None) -> bool:
    return previous is not None and previous.month != day.month
