"""Rules over what school and family tell each other (R-PAR-01, R-PAR-11, R-PAR-12, R-AUD-04, R-AUD-06, R-JRNL-22)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.family import Acknowledgement, IndividualTask
from gateway.model.ids import GuardianId, PupilId
from gateway.model.oversight import ErrorReport
from gateway.model.people import Consent
from gateway.model.rules.corrections import record_kind_faults
from gateway.model.rules.links import attendance_faults
from gateway.model.rules.view import JournalView


def consent_faults(consent: Consent, view: JournalView) -> Iterator[Fault]:
    """Hold a consent against R-PAR-01 and R-PAR-12: decided by a guardian of this pupil."""
    yield from _guardianship_faults(consent.guardian, consent.pupil, view)


def acknowledgement_faults(seen: Acknowledgement, view: JournalView) -> Iterator[Fault]:
    """Hold an acknowledgement against R-PAR-01 and R-AUD-06: by a guardian of this pupil, of a record there can be."""
    yield from record_kind_faults(seen.record_kind, rule="R-AUD-06")
    yield from _guardianship_faults(seen.guardian, seen.pupil, view)


def error_report_faults(report: ErrorReport, _view: JournalView) -> Iterator[Fault]:
    """Hold an error report against R-AUD-04: of a record there can be; whoever reported it is told the outcome."""
    yield from record_kind_faults(report.record_kind, rule="R-AUD-04")
    if report.resolved_at is not None and not report.outcome:
        yield Fault(
            code="journal.report_without_outcome",
            text=Text(
                ru="Сообщение об ошибке закрыто без ответа: сообщившему нужен итог.",
                en="The error report is closed without an answer: whoever reported it is told the outcome.",
            ),
            field="outcome",
            rule="R-AUD-04",
            who=Party.DEPUTY,
        )


def task_faults(task: IndividualTask, view: JournalView) -> Iterator[Fault]:
    """Hold an individual task against R-JRNL-22: of a lesson that the pupil has, not due before it is given."""
    lesson = view.lesson(task.lesson) if task.lesson is not None else None
    if lesson is not None and task.pupil in view.reference.pupils:
        yield from attendance_faults(task.pupil, lesson, view)
    if task.due is not None and task.due < view.day_of(task.given_at):
        yield Fault(
            code="journal.task_due_early",
            text=Text(
                ru="Срок задания раньше дня, когда оно дано.", en="The task is due before the day on which it is given."
            ),
            field="due",
            rule="R-JRNL-22",
            who=Party.SUBJECT_TEACHER,
        )


def _guardianship_faults(guardian: GuardianId, pupil: PupilId, view: JournalView) -> Iterator[Fault]:
    """R-PAR-01: told only where both are known: that somebody is not is told by the link itself."""
    if (
        guardian in view.reference.guardians
        and pupil in view.reference.pupils
        and (guardian, pupil) not in view.reference.guardianships
    ):
        yield Fault(
            code="journal.unknown_guardianship",
            text=Text(
                ru=f"Законный представитель {guardian} не связан с учеником {pupil}.",
                en=f"Guardian {guardian} is not linked with pupil {pupil}.",
            ),
            field="guardian",
            rule="R-PAR-01",
            who=Party.COORDINATOR,
        )
