"""Deadlines at the console: every duty with its clock, the overdue ones first, and how teachers fill the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from flask import Response, render_template, request

from gateway.control.deadlines import DEFAULT_DAYS
from gateway.errors import Party
from gateway.model.access import ConsoleUser
from gateway.model.clocks import Clock
from gateway.model.deadlines import DutyState, Obligation
from gateway.model.journal_records import RecordKind
from gateway.model.lesson_duties import DailyFill
from gateway.model.policy import Policy
from gateway.ports.console import ConsoleUnit
from gateway.web.console.audit_trail import note_views
from gateway.web.console.csv_download import csv_download
from gateway.web.console.duty_lines import DutyLine, duty_lines
from gateway.web.console.duty_names import CLOCKS, DUTY_STATES, FILLS, UNITS
from gateway.web.console.form_fields import asked_day
from gateway.web.console.listing import MOST_READ, Listing, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import shares
from gateway.web.console.presentation import Presentation, said, span_text
from gateway.web.console.rights import record_reach
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import language, user

_SPANS = (7, DEFAULT_DAYS, 31)
"""How many days back somebody may look."""

_MOST_DAYS = timedelta(days=31)
_WEEK = timedelta(days=6)

_DUTIES = (
    "clock",
    "state",
    "due_at",
    "late_minutes",
    "party",
    "person",
    "staff",
    "kind",
    "key",
    "record",
    "started_at",
    "done_at",
    "rule",
    "counted_in",
    "settings",
    "outage",
)
_FILL = ("day", "teacher", "staff", "expected", "entered", "late")

_DRAWN = (
    DutyState.OVERDUE,
    DutyState.DONE_LATE,
    DutyState.DUE_SOON,
    DutyState.OPEN,
    DutyState.SUSPENDED,
    DutyState.EARLY,
    DutyState.DONE,
)
"""The parts of a bar: trouble first."""


class FillState(StrEnum):
    """How a teacher has filled the journal on the days shown."""

    FULL = "full"
    LATE = "late"
    GAPS = "gaps"


@dataclass(frozen=True, kw_only=True, slots=True)
class FillLine:
    """A teacher with a count for every day; days without lessons are not there."""

    staff: str
    teacher: str = field(repr=False)
    days: Mapping[date, DailyFill]

    @property
    def expected(self) -> int:
        """Lessons that should be in the journal."""
        return sum(one.expected for one in self.days.values())

    @property
    def entered(self) -> int:
        """Lessons that are."""
        return sum(one.entered for one in self.days.values())

    @property
    def late(self) -> int:
        """Those of them that came late."""
        return sum(one.late for one in self.days.values())

    @property
    def state(self) -> FillState:
        """How the days stand together."""
        if self.entered < self.expected:
            return FillState.GAPS
        return FillState.LATE if self.late else FillState.FULL


class DeadlinePages:
    """Views over the duties of the person's school (R-CAL-20, R-JRNL-26)."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def deadlines(self) -> Response | str:
        """List the duties, overdue ones first: filtered, searched, or as CSV; and draw them by clock."""
        person, now = user(), self._services.clock()
        asked = request.args.get("days", DEFAULT_DAYS, type=int)
        days = asked if asked in _SPANS else DEFAULT_DAYS
        duties = self._services.deadlines(person.school).list(days=days)
        with self._services.units(person.school)() as unit:
            page = _page(_chosen(duties, now), partial(_lines, unit, person, now))
            pupils = [line.pupil for line in page.items if line.pupil is not None]
            note_views(unit.views, person, pupils, RecordKind.PAPER_SLIPS.value, at=now, new_id=self._services.new_id)
            people = unit.console.names({duty.staff for duty in duties if duty.staff})
        if is_csv():
            return csv_download("deadlines.csv", _DUTIES, [self._row(line) for line in page.items])
        counts = Counter(duty.state(now) for duty in duties)
        return render_template(
            "console/deadlines.html",
            listing=page,
            is_empty=not duties,
            chart_rows=shares(_by_clock(duties, now)),
            figures={state: counts[state] for state in DUTY_STATES if counts[state]},
            clocks=CLOCKS,
            clocks_there={duty.clock for duty in duties},
            duty_states=DUTY_STATES,
            units=UNITS,
            people=dict(sorted(people.items(), key=_named)),
            parties={party.value: party.text for party in Party},
            parties_there={duty.party for duty in duties},
            spans=_SPANS,
            days=days,
            span=lambda minutes: span_text(minutes, language()),
        )

    def daily_fill(self) -> Response | str:
        """Show for every teacher and day how many lessons should be in the journal, are, and came late."""
        school = user().school
        today = self._services.clock().astimezone(self._presentation.zone()).date()
        last = min(asked_day("last", today), today)
        first = max(min(asked_day("first", last - _WEEK), last), last - _MOST_DAYS)
        fills = self._services.deadlines(school).daily_fill(first, last)
        with self._services.units(school)() as unit:
            known = unit.console.names({one.teacher for one in fills})
        lines = _fill_lines(fills, known)
        state = chosen("state", FillState)
        found = [line for line in lines if is_wanted(state, line.state) and is_found(line.teacher, line.staff)]
        if is_csv():
            rows = [_fill_row(line, one) for line in found for one in line.days.values()]
            return csv_download("daily-fill.csv", _FILL, rows)
        return render_template(
            "console/daily_fill.html",
            listing=listing(found),
            is_empty=not lines,
            shown_days=sorted({one.day for one in fills}),
            first=first,
            last=last,
            fills=FILLS,
            chart_rows=shares(_by_teacher_state(lines)),
        )

    def _row(self, line: DutyLine) -> tuple[object, ...]:
        duty, deadline = line.duty, line.duty.deadline
        stamp = self._presentation.stamp
        return (
            duty.clock.value,
            line.state.value,
            stamp(deadline.due_at),
            duty.late_minutes(self._services.clock()),
            duty.party.value,
            line.person,
            duty.staff or "",
            duty.kind.value,
            " ".join(duty.key),
            line.record,
            stamp(deadline.started_at),
            stamp(duty.done_at),
            ", ".join(deadline.rows),
            deadline.unit.value,
            ", ".join(f"{name}={value}" for name, value in deadline.settings.items()),
            deadline.outage or "",
        )


def _chosen(duties: Sequence[Obligation], now: datetime) -> Sequence[Obligation]:
    """Return the duties that the filters let through."""
    clock, state, party = chosen("clock", Clock), chosen("state", DutyState), chosen("party", Party)
    staff = request.args.get("staff") or None
    return [
        duty
        for duty in duties
        if is_wanted(clock, duty.clock)
        and is_wanted(party, duty.party)
        and is_wanted(staff, duty.staff)
        and (state is None or duty.state(now) is state)
    ]


def _page(
    duties: Sequence[Obligation], lines: Callable[[Sequence[Obligation]], Sequence[DutyLine]]
) -> Listing[DutyLine]:
    """Return the lines of the page asked for, or all of them for a file.

    A school has thousands of duties in two weeks: what their records are called is looked up only for those that are
    shown, or searched.
    """
    if request.args.get("q", "").strip():
        found = [line for line in lines(duties) if is_found(*_texts(line))]
        page = listing(found)
        return replace(page, items=found[:MOST_READ]) if is_csv() else page
    shown = listing(duties)
    items = lines(duties[:MOST_READ] if is_csv() else shown.items)
    return Listing(items=items, total=shown.total, page=shown.page, pages=shown.pages, first=shown.first)


def _lines(unit: ConsoleUnit, person: ConsoleUser, now: datetime, duties: Sequence[Obligation]) -> Sequence[DutyLine]:
    return duty_lines(unit, duties, now, lambda kind: record_reach(person.role, kind, Policy()) is not None)


def _texts(line: DutyLine) -> tuple[str, ...]:
    return line.person, line.record, said(CLOCKS[line.duty.clock]), *line.duty.key


def _by_clock(duties: Sequence[Obligation], now: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return how the duties of every clock stand, the clock with most overdue first."""
    counts: dict[Clock, Counter[DutyState]] = {}
    for duty in duties:
        counts.setdefault(duty.clock, Counter())[duty.state(now)] += 1
    worst = sorted(counts, key=lambda clock: (-counts[clock][DutyState.OVERDUE], list(Clock).index(clock)))
    return {said(CLOCKS[clock]): {state.value: counts[clock][state] for state in _DRAWN} for clock in worst}


def _fill_lines(fills: Sequence[DailyFill], known: Mapping[str, str]) -> Sequence[FillLine]:
    """Return the teachers with their days, those with most gaps first."""
    by_teacher: dict[str, dict[date, DailyFill]] = {}
    for one in fills:
        by_teacher.setdefault(one.teacher, {})[one.day] = one
    lines = [FillLine(staff=staff, teacher=known.get(staff, staff), days=days) for staff, days in by_teacher.items()]
    return sorted(lines, key=lambda line: (line.entered - line.expected, -line.late, line.teacher))


def _by_teacher_state(lines: Sequence[FillLine]) -> Mapping[str, Mapping[str, int]]:
    late = sum(line.late for line in lines)
    entered, expected = sum(line.entered for line in lines), sum(line.expected for line in lines)
    counts = {"overdue": expected - entered, "done_late": late, "done": entered - late}
    return {said(CLOCKS[Clock.LESSON_PAGE]): counts} if lines else {}


def _fill_row(line: FillLine, one: DailyFill) -> tuple[object, ...]:
    return (one.day.isoformat(), line.teacher, line.staff, one.expected, one.entered, one.late)


def _named(item: tuple[str, str]) -> tuple[str, str]:
    return item[1], item[0]
