"""What a record's id stands for does not change: a new version changes what is said, never of what (R-AUD-02).

Otherwise a mark could be carried to another pupil, or a lesson to another class, under the history of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Text
from gateway.model.journal_records import RecordKind


def identity_faults(kind: RecordKind, record: Any, before: Any) -> Iterator[Fault]:
    """Yield a fault if the record, under the id of one that is stored, is of something else."""
    fixed = FIXED.get(kind)
    if fixed is None or attrgetter(*fixed)(record) == attrgetter(*fixed)(before):
        return
    if kind is RecordKind.MARKS:
        yield Fault(
            code="journal.mark_id_reused",
            text=Text(
                ru="Под этим идентификатором в журнале записана отметка другого ученика или за другой урок.",
                en="The journal has a mark of another pupil or lesson under this id.",
            ),
            field="id",
            rule="R-AUD-02",
        )
    elif kind is RecordKind.LESSONS:
        yield Fault(
            code="journal.lesson_id_reused",
            text=Text(
                ru="Под этим идентификатором в журнале записан урок другого класса или другой группы.",
                en="The journal has a lesson of another class or group under this id.",
            ),
            field="id",
            rule="R-AUD-02",
        )
    else:
        yield Fault(
            code="journal.id_reused",
            text=Text(
                ru="Под этим идентификатором записано другое: тот, о ком или о чём запись, не меняется.",
                en="The journal has something else under this id: of whom or what a record is does not change.",
            ),
            field="id",
            rule="R-AUD-02",
        )


FIXED: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        RecordKind.YEARS: ("year",),
        RecordKind.PERIODS: ("year", "kind"),
        RecordKind.CURRICULA: ("year",),
        RecordKind.INDIVIDUAL_PLANS: ("pupil", "year"),
        RecordKind.THEMATIC_PLANS: ("year", "subject"),
        RecordKind.APPOINTMENTS: ("staff", "duty"),
        RecordKind.LOADS: ("year", "teacher"),
        RecordKind.STAFF_ATTESTATIONS: ("staff",),
        RecordKind.STAFF_CHANGES: ("staff",),
        RecordKind.ACCOUNT_ORDERS: ("staff", "guardian", "pupil"),
        RecordKind.CREDENTIAL_ISSUES: ("staff", "guardian", "pupil"),
        RecordKind.MOVEMENT_ORDERS: ("pupil", "kind"),
        RecordKind.SUBSTITUTIONS: ("school_class", "group"),
        RecordKind.TRANSFERS: ("school_class", "group"),
        RecordKind.MEDICAL_CERTIFICATES: ("pupil",),
        RecordKind.HEALTH_SHEETS: ("pupil",),
        RecordKind.STUDY_CERTIFICATES: ("pupil",),
        RecordKind.CORRECTIONS: ("record_kind", "record", "requested_by"),
        RecordKind.INCIDENTS: ("account", "learned_at"),
        RecordKind.LESSONS: ("school_class", "group"),
        RecordKind.ABSENCE_NOTES: ("lesson", "pupil", "author"),
        RecordKind.MAKE_UPS: ("lesson", "pupil"),
        RecordKind.MARKS: ("lesson", "pupil"),
        RecordKind.DEFERRALS: ("pupil", "subject", "period"),
        RecordKind.PERIOD_MARKS: ("pupil", "subject", "period", "stage", "appeal"),
        RecordKind.MESSAGES: ("author", "pupil", "school_class", "group"),
        RecordKind.RECOMMENDATIONS: ("author", "pupil", "school_class"),
        RecordKind.TASKS: ("author", "pupil"),
        RecordKind.PORTFOLIO: ("pupil",),
        RecordKind.ACKNOWLEDGEMENTS: ("guardian", "pupil", "record_kind", "record"),
        RecordKind.ERROR_REPORTS: ("guardian", "pupil", "staff", "record_kind", "record"),
        RecordKind.PAPER_SLIPS: ("pupil",),
        RecordKind.PROFILE_VERIFICATIONS: ("school_class", "year", "month"),
        RecordKind.PROFILE_ISSUES: ("person_kind", "person"),
        RecordKind.CONTROL_CHECKS: ("kind", "held_by"),
    }
)
"""For each kind the fields that a new version keeps."""
