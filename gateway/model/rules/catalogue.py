"""The rules of each kind of record, besides those that hold for all kinds (`batch`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault
from gateway.model.journal_records import RecordKind
from gateway.model.policy import setting_faults
from gateway.model.rules.absences import absence_faults, absence_note_faults, make_up_faults
from gateway.model.rules.calendar import period_faults, special_day_faults, vacation_faults
from gateway.model.rules.certificates import study_certificate_faults
from gateway.model.rules.corrections import correction_faults
from gateway.model.rules.curriculum import curriculum_faults, individual_plan_faults, thematic_plan_faults
from gateway.model.rules.duties import account_order_faults, appointment_faults, profile_verification_faults
from gateway.model.rules.families import acknowledgement_faults, consent_faults, error_report_faults, task_faults
from gateway.model.rules.final_marks import deferral_faults, period_mark_faults
from gateway.model.rules.groups import group_faults
from gateway.model.rules.homework import homework_faults
from gateway.model.rules.incidents import incident_faults
from gateway.model.rules.lessons import lesson_faults
from gateway.model.rules.marks import mark_faults
from gateway.model.rules.movement_orders import movement_order_faults
from gateway.model.rules.scales import scale_faults
from gateway.model.rules.timetable import bell_faults, substitution_order_faults, transfer_faults
from gateway.model.rules.view import JournalView
from gateway.model.rules.years import academic_year_faults
from gateway.model.school import PolicySetting

Rule = Callable[[Any, JournalView], Iterator[Fault]]


def _policy_faults(setting: PolicySetting, _view: JournalView) -> Iterator[Fault]:
    return setting_faults(setting)


RULES: Mapping[RecordKind, Rule] = MappingProxyType(
    {
        RecordKind.POLICIES: _policy_faults,
        RecordKind.YEARS: academic_year_faults,
        RecordKind.PERIODS: period_faults,
        RecordKind.VACATIONS: vacation_faults,
        RecordKind.SPECIAL_DAYS: special_day_faults,
        RecordKind.BELLS: bell_faults,
        RecordKind.SCALES: scale_faults,
        RecordKind.GROUPS: group_faults,
        RecordKind.CURRICULA: curriculum_faults,
        RecordKind.INDIVIDUAL_PLANS: individual_plan_faults,
        RecordKind.THEMATIC_PLANS: thematic_plan_faults,
        RecordKind.APPOINTMENTS: appointment_faults,
        RecordKind.ACCOUNT_ORDERS: account_order_faults,
        RecordKind.MOVEMENT_ORDERS: movement_order_faults,
        RecordKind.CONSENTS: consent_faults,
        RecordKind.SUBSTITUTIONS: substitution_order_faults,
        RecordKind.TRANSFERS: transfer_faults,
        RecordKind.STUDY_CERTIFICATES: study_certificate_faults,
        RecordKind.CORRECTIONS: correction_faults,
        RecordKind.INCIDENTS: incident_faults,
        RecordKind.LESSONS: lesson_faults,
        RecordKind.ABSENCES: absence_faults,
        RecordKind.ABSENCE_NOTES: absence_note_faults,
        RecordKind.MAKE_UPS: make_up_faults,
        RecordKind.MARKS: mark_faults,
        RecordKind.HOMEWORK: homework_faults,
        RecordKind.DEFERRALS: deferral_faults,
        RecordKind.PERIOD_MARKS: period_mark_faults,
        RecordKind.TASKS: task_faults,
        RecordKind.ACKNOWLEDGEMENTS: acknowledgement_faults,
        RecordKind.ERROR_REPORTS: error_report_faults,
        RecordKind.PROFILE_VERIFICATIONS: profile_verification_faults,
    }
)
"""The kinds that are not here are held only against the rules that hold for all."""
