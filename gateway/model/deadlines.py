"""What somebody has to do in time, from when until when, and what became of it: pure (R-CAL-20).

The journal's own work is in `lesson_duties` and `period_duties`; here are what all share and the duties of the office:
accounts, profiles, staff, movement, incidents, errors, controls, verifications, paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from gateway.errors import Party
from gateway.model.clocks import RULES, Clock, Deadline, Trigger, deadline
from gateway.model.duties import (
    AccountOrder,
    ControlCheck,
    ControlKind,
    ProfileIssue,
    ProfileVerification,
    StaffChange,
)
from gateway.model.family import PaperSlip
from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.incident import notified_at
from gateway.model.journal_records import KIND_OF, RecordKey, RecordKind, key_of
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import AccessIncident, Correction, ErrorReport, Outage
from gateway.model.policy import Policy
from gateway.model.working_days import SchoolCalendar

SOON = timedelta(days=1)
"""How long before its end a duty counts as due soon (C-25: warn one day earlier)."""


class DutyState(StrEnum):
    """Where a duty stands."""

    EARLY = "early"
    """It may not be done yet (the last week of a period, R-ATT-02)."""
    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    """An outage lasts."""
    DONE = "done"
    DONE_LATE = "done_late"


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """A duty: what is to be done at which record, by whom, until when, and when it was done.

    ``kind`` and ``key`` name the record that started it. ``staff`` is the person, where one is known.
    """

    deadline: Deadline
    kind: RecordKind
    key: RecordKey
    party: Party
    staff: StaffId | None = None
    done_at: datetime | None = None

    @property
    def clock(self) -> Clock:
        """The clock that runs."""
        return self.deadline.clock

    def state(self, now: datetime) -> DutyState:
        """Return where the duty stands at a moment."""
        if self.done_at is not None:
            return DutyState.DONE_LATE if self.deadline.lateness(self.done_at) else DutyState.DONE
        if self.deadline.suspended:
            return DutyState.SUSPENDED
        if now > self.deadline.due_at:
            return DutyState.OVERDUE
        if self.deadline.opens_at is not None and now < self.deadline.opens_at:
            return DutyState.EARLY
        return DutyState.DUE_SOON if now > self.deadline.due_at - SOON else DutyState.OPEN

    def late_minutes(self, now: datetime) -> int:
        """Return how many whole minutes late it was done, or is by now (R-MARK-01: late is flagged, not rejected)."""
        if self.done_at is None and self.deadline.suspended:
            return 0
        return int(self.deadline.lateness(self.done_at or now) / timedelta(minutes=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """What every deadline of a school is counted by."""

    calendar: SchoolCalendar
    policy: Policy = field(default_factory=Policy)
    outages: tuple[Outage, ...] = ()

    def until(self, clock: Clock, trigger: Trigger, calendar: SchoolCalendar | None = None) -> Deadline:
        """Return a clock's deadline, by the school's calendar or that of a class or group."""
        return deadline(clock, trigger, calendar or self.calendar, self.policy, self.outages)

    def duty(
        self,
        clock: Clock,
        at: datetime,
        record: object,
        *,
        done_at: datetime | None,
        staff: StaffId | None = None,
    ) -> Obligation:
        """Return a duty of the office that a record started."""
        return Obligation(
            deadline=self.until(clock, Trigger(at=at)),
            kind=KIND_OF[type(record)],
            key=key_of(record),
            party=RULES[clock].party,
            staff=staff,
            done_at=done_at,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeFacts:
    """The records that start and end the duties of the office.

    Attributes:
        since: from which day on duties that recur are counted when nothing was done yet: the year's first day.
        class_teachers: the classes of the year, each with its teacher.
        on_paper: pupils whose family is informed on paper, since when (R-PAR-12: they have refused the electronic way).
    """

    since: date
    corrections: Sequence[Correction] = ()
    error_reports: Sequence[ErrorReport] = ()
    account_orders: Sequence[AccountOrder] = ()
    profile_issues: Sequence[ProfileIssue] = ()
    staff_changes: Sequence[StaffChange] = ()
    movement_orders: Sequence[MovementOrder] = ()
    incidents: Sequence[AccessIncident] = ()
    control_checks: Sequence[ControlCheck] = ()
    profile_verifications: Sequence[ProfileVerification] = ()
    paper_slips: Sequence[PaperSlip] = ()
    class_teachers: Mapping[ClassId, StaffId | None] = field(default_factory=dict)
    on_paper: Mapping[PupilId, date] = field(default_factory=dict)


def office_duties(facts: OfficeFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the duties of the office, done and not done."""
    yield from _one_by_one(facts, counting)
    yield from _controls(facts, counting)
    yield from _verifications(facts, counting)
    yield from _slips(facts, counting)


def _one_by_one(facts: OfficeFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield duties that one record starts and ends (R-AUD-04, R-ROLE-13, R-ROST-04, -05, -13, R-SEC-04)."""
    for report in facts.error_reports:
        yield counting.duty(Clock.ERROR_CORRECTION, report.reported_at, report, done_at=report.resolved_at)
    for correction in facts.corrections:
        yield counting.duty(Clock.ERROR_CORRECTION, correction.requested_at, correction, done_at=correction.decided_at)
    for order in facts.account_orders:
        yield counting.duty(Clock.ACCOUNT_CREATION, order.ordered_at, order, done_at=order.done_at)
    for issue in facts.profile_issues:
        yield counting.duty(Clock.PROFILE_FIX, issue.found_at, issue, done_at=issue.fixed_at)
    for change in facts.staff_changes:
        yield counting.duty(Clock.STAFF_CHANGE, change.received_at, change, done_at=change.entered_at)
    for move in facts.movement_orders:
        yield counting.duty(Clock.MOVEMENT_ENTRY, move.informed_at, move, done_at=move.entered_at)
    for incident in facts.incidents:
        yield counting.duty(Clock.INCIDENT_NOTICE, incident.learned_at, incident, done_at=notified_at(incident))


def _controls(facts: OfficeFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the monthly controls: each ends the clock of the one before and starts its own (C-32)."""
    start = counting.calendar.start_of(facts.since)
    for kind, clock in ((ControlKind.DEPUTY, Clock.DEPUTY_CONTROL), (ControlKind.DIRECTOR, Clock.DIRECTOR_CONTROL)):
        held = sorted(one.held_at for one in facts.control_checks if one.kind is kind and one.held_at > start)
        yield from _recurring(clock, RecordKind.CONTROL_CHECKS, (kind.value,), (start, *held), counting)


def _verifications(facts: OfficeFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield every class teacher's monthly look at the profiles of the class (R-ROST-12)."""
    start = counting.calendar.start_of(facts.since)
    for school_class, teacher in facts.class_teachers.items():
        done = sorted(
            one.verified_at
            for one in facts.profile_verifications
            if one.school_class == school_class and one.verified_at > start
        )
        yield from _recurring(
            Clock.PROFILE_VERIFICATION,
            RecordKind.PROFILE_VERIFICATIONS,
            (school_class,),
            (start, *done),
            counting,
            staff=teacher,
        )


def _slips(facts: OfficeFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the weekly paper for families who are informed on paper (C-23, R-CAL-08)."""
    by_pupil = sorted(facts.paper_slips, key=lambda slip: (slip.pupil, slip.handed_on))
    handed = {pupil: [one.handed_on for one in slips] for pupil, slips in groupby(by_pupil, key=lambda one: one.pupil)}
    for pupil, since in facts.on_paper.items():
        first = max(since, facts.since)
        days = (first, *(day for day in handed.get(pupil, ()) if day > first))
        moments = tuple(counting.calendar.start_of(day) for day in days)
        yield from _recurring(Clock.PAPER_SLIPS, RecordKind.PAPER_SLIPS, (pupil,), moments, counting)


def _recurring(
    clock: Clock,
    kind: RecordKind,
    key: RecordKey,
    moments: Sequence[datetime],
    counting: Counting,
    *,
    staff: StaffId | None = None,
) -> Iterator[Obligation]:
    """Yield a duty for every moment, ended by the next one; the last of them is still to be done."""
    for started_at, done_at in (*pairwise(moments), (moments[-1], None)):
        yield Obligation(
            deadline=counting.until(clock, Trigger(at=started_at)),
            kind=kind,
            key=key,
            party=RULES[clock].party,
            staff=staff,
            done_at=done_at,
        )


def selected(
    duties: Iterable[Obligation],
    now: datetime,
    *,
    responsible: Party | StaffId | None = None,
    clock: Clock | None = None,
    overdue_only: bool = False,
) -> list[Obligation]:
    """Return the duties asked for, the most urgent first; what has not started yet is none."""
    return sorted(
        (
            one
            for one in duties
            if one.deadline.started_at <= now or one.deadline.opens_at is not None
            if responsible is None or responsible in {one.party, one.staff}
            if clock is None or one.clock is clock
            if not overdue_only or one.state(now) is DutyState.OVERDUE
        ),
        key=lambda one: (one.done_at is not None, one.deadline.due_at, one.clock, one.kind, one.key),
    )
