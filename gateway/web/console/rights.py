"""What a role may do at the console: nobody may what is not written here (``requirements``, permissions matrix).

A page is opened by a right, a right by a cell of `gateway.model.permissions`. The journal's pages alone show what is
somebody's own: each kind of record to whoever may read it, of the whole school or of the own class (`record_reach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.model.access import Role
from gateway.model.journal_records import RecordKind
from gateway.model.permissions import Access, Operation, Reach, allowed, duties_of, operation_of, reading_operation_of
from gateway.model.policy import Policy
from gateway.model.record_shape import RosterKind, shape_of_kind


class Right(StrEnum):
    """Something that not everybody at the console may do."""

    SEE_WORK = "see_work"
    SEE_EXPORTS = "see_exports"
    SEE_ARCHIVE = "see_archive"
    SEE_PEOPLE = "see_people"
    DECIDE = "decide"
    TAKE_ARCHIVE = "take_archive"
    SEE_RECORDS = "see_records"
    SEE_AUDIT = "see_audit"
    SEE_ACCOUNTS = "see_accounts"
    MANAGE_ACCOUNTS = "manage_accounts"
    SEE_CORRECTIONS = "see_corrections"
    APPROVE_CORRECTIONS = "approve_corrections"
    SEE_INCIDENTS = "see_incidents"
    REPORT_INCIDENTS = "report_incidents"
    SETTLE_INCIDENTS = "settle_incidents"
    WIDEN_INCIDENTS = "widen_incidents"
    TURN_YEAR = "turn_year"
    BRING_ROSTER = "bring_roster"
    MERGE_PEOPLE = "merge_people"
    SEE_MOVEMENT = "see_movement"


_CELLS: Mapping[Right, tuple[Operation, Access]] = {
    Right.SEE_WORK: (Operation.REPORTS, Access.READ),
    Right.SEE_EXPORTS: (Operation.AUTHORITY_CONTACT, Access.READ),
    Right.SEE_ARCHIVE: (Operation.ARCHIVE_COPIES, Access.READ),
    Right.SEE_PEOPLE: (Operation.VIEW_JOURNAL, Access.READ),
    Right.DECIDE: (Operation.SYSTEM_PARAMETERS, Access.WRITE),
    Right.TAKE_ARCHIVE: (Operation.SIGN_ARCHIVE, Access.READ),
    Right.SEE_AUDIT: (Operation.CONTROL_CHECKS, Access.READ),
    Right.SEE_ACCOUNTS: (Operation.ACCOUNTS, Access.READ),
    Right.MANAGE_ACCOUNTS: (Operation.ACCOUNTS, Access.WRITE),
    Right.SEE_CORRECTIONS: (Operation.CORRECTIONS, Access.READ),
    Right.APPROVE_CORRECTIONS: (Operation.CORRECTIONS, Access.APPROVE),
    Right.TURN_YEAR: (Operation.MOVEMENT_BOOK, Access.WRITE),
    Right.SEE_INCIDENTS: (Operation.COMPROMISES, Access.READ),
    Right.REPORT_INCIDENTS: (Operation.COMPROMISES, Access.WRITE),
    Right.BRING_ROSTER: (Operation.CLASS_LISTS, Access.WRITE),
    Right.MERGE_PEOPLE: (Operation.CLASS_LISTS, Access.WRITE),
    Right.SEE_MOVEMENT: (Operation.MOVEMENT_BOOK, Access.READ),
    # The matrix has no cell for what follows a report. A settlement puts records back, which is a correction of many at
    # once; the director alone widens what is void (C-18), as the director alone approves control.
    Right.SETTLE_INCIDENTS: (Operation.CORRECTIONS, Access.APPROVE),
    Right.WIDEN_INCIDENTS: (Operation.CONTROL_CHECKS, Access.APPROVE),
}

PAGES: Mapping[str, Right | None] = MappingProxyType(
    {
        "overview": None,
        "sign_in": None,
        "sign_out": None,
        "change_password": None,
        "language": None,
        "static": None,
        "runs": Right.SEE_WORK,
        "queue": Right.SEE_WORK,
        "message": Right.SEE_WORK,
        "decide": Right.DECIDE,
        "destinations": Right.SEE_WORK,
        "decide_destination": Right.DECIDE,
        "decide_everything": Right.DECIDE,
        "lanes": Right.SEE_WORK,
        "lane": Right.SEE_WORK,
        "decide_lane": Right.DECIDE,
        "causes": Right.SEE_WORK,
        "cause": Right.SEE_WORK,
        "decide_cause": Right.DECIDE,
        "plans": Right.SEE_WORK,
        "plan": Right.SEE_PEOPLE,
        "decide_plan": Right.DECIDE,
        "match_cases": Right.SEE_PEOPLE,
        "match_case": Right.SEE_PEOPLE,
        "decide_match": Right.DECIDE,
        "decide_matches": Right.DECIDE,
        "year_end": Right.SEE_PEOPLE,
        "decide_year_end": Right.TURN_YEAR,
        "settle_year_end": Right.TURN_YEAR,
        "same_person": Right.SEE_PEOPLE,
        "decide_same_person": Right.DECIDE,
        "merges": Right.SEE_PEOPLE,
        "merge": Right.SEE_PEOPLE,
        "new_merge": Right.MERGE_PEOPLE,
        "undo_merge": Right.MERGE_PEOPLE,
        "movement_report": Right.SEE_WORK,
        "movement_book": Right.SEE_MOVEMENT,
        "roster_today": Right.SEE_WORK,
        "roster_upload": Right.BRING_ROSTER,
        "waiting_upload": Right.BRING_ROSTER,
        "upload_columns": Right.BRING_ROSTER,
        "decide_upload": Right.BRING_ROSTER,
        "roster_missing": Right.SEE_PEOPLE,
        "roster_locks": Right.SEE_PEOPLE,
        "decide_roster_lock": Right.DECIDE,
        "roster_runs": Right.SEE_WORK,
        "roster_run": Right.SEE_WORK,
        "quarantine": Right.SEE_WORK,
        "quarantined_record": Right.SEE_PEOPLE,
        "roster_record": Right.SEE_PEOPLE,
        "batches": Right.SEE_WORK,
        "batch": Right.SEE_PEOPLE,
        "comparisons": Right.SEE_WORK,
        "comparison": Right.SEE_PEOPLE,
        "exports": Right.SEE_EXPORTS,
        "package": Right.SEE_EXPORTS,
        "archive": Right.SEE_ARCHIVE,
        "archive_entry": Right.SEE_ARCHIVE,
        "archive_file": Right.TAKE_ARCHIVE,
        "archive_signature": Right.TAKE_ARCHIVE,
        "journal": Right.SEE_RECORDS,
        "records": Right.SEE_RECORDS,
        "record": Right.SEE_RECORDS,
        "audit": Right.SEE_AUDIT,
        "audit_check": Right.SEE_AUDIT,
        "audit_entry": Right.SEE_AUDIT,
        "looks": Right.SEE_AUDIT,
        "people": Right.SEE_ACCOUNTS,
        "new_person": Right.MANAGE_ACCOUNTS,
        "person": Right.SEE_ACCOUNTS,
        "decide_person": Right.MANAGE_ACCOUNTS,
        "programs": Right.SEE_ACCOUNTS,
        "new_program": Right.MANAGE_ACCOUNTS,
        "program": Right.SEE_ACCOUNTS,
        "decide_program": Right.MANAGE_ACCOUNTS,
        "deadlines": Right.SEE_WORK,
        "daily_fill": Right.SEE_WORK,
        "readiness": Right.SEE_WORK,
        "grade_submissions": Right.SEE_CORRECTIONS,
        "decide_grade_submission": Right.APPROVE_CORRECTIONS,
        "corrections": Right.SEE_CORRECTIONS,
        "correction": Right.SEE_CORRECTIONS,
        "request_correction": Right.SEE_CORRECTIONS,
        "decide_correction": Right.APPROVE_CORRECTIONS,
        "incidents": Right.SEE_INCIDENTS,
        "report_incident": Right.REPORT_INCIDENTS,
        "incident": Right.SEE_INCIDENTS,
        "note_incident": Right.SEE_WORK,
        "settlement": Right.SETTLE_INCIDENTS,
        "decide_effect": Right.SETTLE_INCIDENTS,
        "outages": Right.SEE_WORK,
        "begin_outage": Right.DECIDE,
        "end_outage": Right.DECIDE,
        "policy": Right.SEE_WORK,
        "policy_setting": Right.SEE_WORK,
        "decide_policy": Right.DECIDE,
    }
)
"""What opens each page; ``None``: whoever has signed in. A page that is not here nobody opens."""


_ON_JOURNAL_PAGES: Mapping[Operation, tuple[Operation, ...]] = {
    Operation.PERIOD_MARKS: (Operation.VIEW_JOURNAL,),
    Operation.SUBSTITUTIONS: (Operation.VIEW_JOURNAL,),
}
"""What stands on the journal's pages and is written by a row of its own: whoever views the journal sees it too."""

_OF_A_CLASS = frozenset(
    kind
    for kind in RecordKind
    if any(
        one.links_to in {RosterKind.PUPILS, RosterKind.CLASSES} and not one.many for one in shape_of_kind(kind).fields
    )
)


def may(role: Role, right: Right) -> bool:
    """Tell whether a role has a right: for the whole school, by what the matrix gives without a setting."""
    if right is Right.SEE_RECORDS:
        return any(record_reach(role, kind, Policy()) for kind in RecordKind)
    operation, access = _CELLS[right]
    return allowed(duties_of(role), operation, access, policy=Policy())


def record_reach(role: Role, kind: RecordKind, policy: Policy) -> Reach | None:
    """Return how far a role reads records of a kind: of the whole school, of the own class, or not at all (R-ROLE-15).

    Of the own class only what tells itself which pupil or class it is about.
    """
    operations, duties = {reading_operation_of(kind), *_ON_JOURNAL_PAGES.get(operation_of(kind), ())}, duties_of(role)
    if any(allowed(duties, one, Access.READ, policy=policy) for one in operations):
        return Reach.WHOLE_SCHOOL
    own = any(allowed(duties, one, Access.READ, reached={Reach.OWN_CLASS}, policy=policy) for one in operations)
    return Reach.OWN_CLASS if own and kind in _OF_A_CLASS else None


def may_open(role: Role, page: str) -> bool:
    """Tell whether a role opens a page, named as the address knows it."""
    if page not in PAGES:
        return False
    right = PAGES[page]
    return right is None or may(role, right)
