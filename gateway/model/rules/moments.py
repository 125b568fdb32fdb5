"""In which order the days and moments of a record are, and which of them cannot lie ahead.

Facts are entered after they happened, never in advance (R-JRNL-06); plans may lie ahead (C-30), and so may the day
from which an order is in force. A day is compared with today at the school, a moment with now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import label_of
from gateway.model.rules.view import JournalView


def order_faults(kind: RecordKind, record: Any) -> Iterator[Fault]:
    """Yield a fault for every last day before its first, and every moment before the one that it follows."""
    for first, last, rule, who in ORDERED.get(kind, ()):
        start, end = getattr(record, first), getattr(record, last)
        if start is None or end is None or start <= end:
            continue
        if isinstance(start, datetime):
            yield Fault(
                code="journal.moments_reversed",
                text=Text(
                    ru=f"Момент {label_of(last)} раньше момента {label_of(first)}.",
                    en=f"{label_of(last)} is before {label_of(first)}.",
                ),
                field=label_of(last),
                rule=rule,
                who=who,
            )
        else:
            yield Fault(
                code="journal.days_reversed",
                text=Text(ru="Последний день раньше первого.", en="The last day is before the first."),
                field=label_of(last),
                rule=rule,
                who=who,
            )


def past_faults(kind: RecordKind, record: Any, view: JournalView) -> Iterator[Fault]:
    """Yield a fault for every day or moment that has not come yet although the record tells of it."""
    for name, rule, who in PAST.get(kind, ()):
        value = getattr(record, name)
        if value is None or (value <= view.now if isinstance(value, datetime) else value <= view.today()):
            continue
        if kind is RecordKind.CONSENTS:
            yield Fault(
                code="journal.consent_in_future",
                text=Text(ru="Решение датировано будущим днём.", en="The decision is dated in the future."),
                field=label_of(name),
                rule=rule,
                who=who,
            )
        else:
            yield Fault(
                code="journal.in_future",
                text=Text(
                    ru="Это время ещё не наступило: заранее такие записи не делаются.",
                    en="This time has not come yet: such entries are not made in advance.",
                ),
                field=label_of(name),
                rule=rule,
                who=who,
            )


_Pair = tuple[str, str, str, Party]
_One = tuple[str, str, Party]

ORDERED: Mapping[RecordKind, tuple[_Pair, ...]] = MappingProxyType(
    {
        RecordKind.YEARS: (("start", "end", "R-ACAD-20", Party.DEPUTY),),
        RecordKind.PERIODS: (("start", "end", "R-ACAD-01", Party.DEPUTY),),
        RecordKind.VACATIONS: (("start", "end", "R-ACAD-02", Party.DEPUTY),),
        RecordKind.OUTAGES: (("started_at", "ended_at", "R-JRNL-18", Party.COORDINATOR),),
        RecordKind.REGIMES: (("valid_from", "valid_to", "R-ACAD-12", Party.DEPUTY),),
        RecordKind.INDIVIDUAL_PLANS: (("valid_from", "valid_to", "R-ACAD-07", Party.DEPUTY),),
        RecordKind.APPOINTMENTS: (("valid_from", "valid_to", "R-ROLE-25", Party.DIRECTOR),),
        RecordKind.LOADS: (("valid_from", "valid_to", "R-ACAD-13", Party.DEPUTY),),
        RecordKind.SLOTS: (("valid_from", "valid_to", "R-ACAD-16", Party.DEPUTY),),
        RecordKind.CONTROL_WORKS: (("day", "results_announced_on", "R-MARK-05", Party.DEPUTY),),
        RecordKind.STAFF_ATTESTATIONS: (("decided_on", "valid_to", "R-ROST-04", Party.DEPUTY),),
        RecordKind.STAFF_CHANGES: (("received_at", "entered_at", "R-ROST-04", Party.DEPUTY),),
        RecordKind.ACCOUNT_ORDERS: (("ordered_at", "done_at", "R-ROLE-13", Party.COORDINATOR),),
        RecordKind.MOVEMENT_ORDERS: (("informed_at", "entered_at", "R-ROST-05", Party.DEPUTY),),
        RecordKind.MEDICAL_CERTIFICATES: (("valid_from", "valid_to", "R-ROST-18", Party.CLASS_TEACHER),),
        RecordKind.STUDY_CERTIFICATES: (("valid_from", "valid_to", "R-MARK-16", Party.CLASS_TEACHER),),
        RecordKind.CORRECTIONS: (
            ("requested_at", "decided_at", "R-AUD-03", Party.DEPUTY),
            ("decided_at", "open_until", "R-AUD-03", Party.DEPUTY),
        ),
        RecordKind.INCIDENTS: (
            ("learned_at", "reported_at", "R-SEC-04", Party.COORDINATOR),
            ("reported_at", "director_notified_at", "R-SEC-04", Party.COORDINATOR),
            ("reported_at", "administrator_notified_at", "R-SEC-04", Party.COORDINATOR),
            ("reported_at", "support_notified_at", "R-SEC-04", Party.COORDINATOR),
            ("reported_at", "credentials_reissued_at", "R-SEC-05", Party.COORDINATOR),
        ),
        RecordKind.ERROR_REPORTS: (("reported_at", "resolved_at", "R-AUD-04", Party.DEPUTY),),
        RecordKind.PROFILE_ISSUES: (("found_at", "fixed_at", "R-ROST-13", Party.COORDINATOR),),
        RecordKind.SUPPORT_TICKETS: (("opened_at", "closed_at", "R-ROLE-28", Party.COORDINATOR),),
    }
)
"""For each kind: field, the field that is never before it, the clause and who mends it."""

_ENTERED: tuple[_One, ...] = (("entered_at", "R-JRNL-06", Party.SUBJECT_TEACHER),)

PAST: Mapping[RecordKind, tuple[_One, ...]] = MappingProxyType(
    {
        RecordKind.POLICIES: (("decided_on", "R-ACAD-23", Party.DIRECTOR),),
        RecordKind.OUTAGES: (
            ("started_at", "R-JRNL-18", Party.COORDINATOR),
            ("ended_at", "R-JRNL-18", Party.COORDINATOR),
        ),
        RecordKind.APPOINTMENTS: (("ordered_at", "R-ROLE-25", Party.DIRECTOR),),
        RecordKind.STAFF_ATTESTATIONS: (("decided_on", "R-ROST-04", Party.DEPUTY),),
        RecordKind.STAFF_CHANGES: (
            ("received_at", "R-ROST-04", Party.DEPUTY),
            ("entered_at", "R-ROST-04", Party.DEPUTY),
        ),
        RecordKind.ACCOUNT_ORDERS: (
            ("ordered_at", "R-ROLE-13", Party.DIRECTOR),
            ("done_at", "R-ROLE-13", Party.COORDINATOR),
        ),
        RecordKind.CREDENTIAL_ISSUES: (("issued_at", "R-ROLE-14", Party.COORDINATOR),),
        RecordKind.SUBMISSIONS: (("approved_on", "R-ROST-15", Party.DEPUTY),),
        RecordKind.MOVEMENT_ORDERS: (
            ("informed_at", "R-ROST-05", Party.DEPUTY),
            ("entered_at", "R-ROST-05", Party.DEPUTY),
        ),
        RecordKind.CONSENTS: (("decided_on", "R-PAR-12", Party.CLASS_TEACHER),),
        RecordKind.HEALTH_SHEETS: (("filled_on", "R-ROST-18", Party.CLASS_TEACHER),),
        RecordKind.CORRECTIONS: (
            ("requested_at", "R-AUD-03", Party.SUBJECT_TEACHER),
            ("decided_at", "R-AUD-03", Party.DEPUTY),
        ),
        RecordKind.INCIDENTS: tuple(
            (name, "R-SEC-04", Party.COORDINATOR)
            for name in (
                "learned_at",
                "reported_at",
                "director_notified_at",
                "administrator_notified_at",
                "support_notified_at",
                "credentials_reissued_at",
                "void_from",
            )
        ),
        RecordKind.LESSONS: _ENTERED,
        RecordKind.ABSENCES: _ENTERED,
        RecordKind.ABSENCE_NOTES: (("noted_at", "R-JRNL-06", Party.CLASS_TEACHER),),
        RecordKind.MAKE_UPS: (("held_on", "R-JRNL-09", Party.SUBJECT_TEACHER),),
        RecordKind.MARKS: _ENTERED,
        RecordKind.HOMEWORK: _ENTERED,
        RecordKind.PERIOD_MARKS: (*_ENTERED, ("announced_on", "R-ATT-03", Party.SUBJECT_TEACHER)),
        RecordKind.MESSAGES: (("sent_at", "R-JRNL-15", Party.SUBJECT_TEACHER),),
        RecordKind.RECOMMENDATIONS: (("given_at", "R-JRNL-14", Party.SUBJECT_TEACHER),),
        RecordKind.TASKS: (("given_at", "R-JRNL-22", Party.SUBJECT_TEACHER),),
        RecordKind.PORTFOLIO: (("day", "R-ROST-17", Party.CLASS_TEACHER),),
        RecordKind.ACKNOWLEDGEMENTS: (("seen_at", "R-AUD-06", Party.SENDER),),
        RecordKind.ERROR_REPORTS: (
            ("reported_at", "R-AUD-04", Party.SENDER),
            ("resolved_at", "R-AUD-04", Party.DEPUTY),
        ),
        RecordKind.PAPER_SLIPS: (("handed_on", "R-PAR-09", Party.CLASS_TEACHER),),
        RecordKind.PROFILE_VERIFICATIONS: (("verified_at", "R-ROST-12", Party.CLASS_TEACHER),),
        RecordKind.PROFILE_ISSUES: (
            ("found_at", "R-ROST-13", Party.COORDINATOR),
            ("fixed_at", "R-ROST-13", Party.COORDINATOR),
        ),
        RecordKind.CONTROL_CHECKS: (("held_at", "R-JRNL-25", Party.DEPUTY),),
        RecordKind.SUPPORT_TICKETS: (
            ("opened_at", "R-ROLE-28", Party.COORDINATOR),
            ("closed_at", "R-ROLE-28", Party.COORDINATOR),
        ),
    }
)
"""For each kind: the fields that tell of something that has happened, the clause and who mends it."""
