"""``gateway report …``: what has to be done until when, and whether the school year is set up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice, csv_text
from gateway.cli.report_roster import add_roster_reports
from gateway.errors import Party
from gateway.model.clocks import Clock
from gateway.model.deadlines import Obligation
from gateway.model.ids import StaffId

_COLUMNS = (
    "clock",
    "state",
    "due_at",
    "late_minutes",
    "party",
    "staff",
    "kind",
    "record",
    "started_at",
    "done_at",
    "rule",
    "counted_in",
    "settings",
    "outage",
)

_SHOWN = 8
"""So many columns fit on a screen."""


def add_to(main: click.Group) -> None:
    """Add the commands."""
    add_roster_reports(report)
    main.add_command(report)


@click.group()
def report() -> None:
    """Reports of the control."""


@command(report, "deadlines")
@click.option("--overdue", "overdue_only", is_flag=True, help="Only what is not done and late.")
@click.option("--party", type=click.Choice([party.value for party in Party]), default=None, help="Only theirs.")
@click.option("--staff", default=None, help="Only this member of staff's.")
@click.option("--clock", type=click.Choice([clock.value for clock in Clock]), default=None, help="Only this clock.")
@click.option("--days", default=14, show_default=True, help="Look through the lessons of so many days.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV.")
@school_option
def deadlines(
    session: Session,
    voice: Voice,
    overdue_only: bool,  # noqa: FBT001  click passes a flag
    party: str | None,
    staff: str | None,
    clock: str | None,
    days: int,
    as_csv: bool,  # noqa: FBT001  click passes a flag
    school_id: str | None,
) -> None:
    """List what has to be done, by whom and until when; the most urgent first."""
    school = session.gateway.school(school_id)
    responsible = StaffId(staff) if staff else Party(party) if party else None
    found = session.gateway.deadlines(school.id).list(
        responsible=responsible, clock=Clock(clock) if clock else None, overdue_only=overdue_only, days=days
    )
    rows = [_row(one, session) for one in found]
    if as_csv:
        _tell_csv(_COLUMNS, rows)
    elif voice.as_json:
        voice.table(_COLUMNS, rows)
    else:
        voice.table(_COLUMNS[:_SHOWN], [row[:_SHOWN] for row in rows])


@command(report, "daily-fill")
@click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("last", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV.")
@school_option
def fill(
    session: Session,
    voice: Voice,
    first: date,
    last: date,
    as_csv: bool,  # noqa: FBT001  click passes a flag
    school_id: str | None,
) -> None:
    """Tell for every teacher and day how many lessons should be in the journal, are, and came late."""
    school = session.gateway.school(school_id)
    found = session.gateway.deadlines(school.id).daily_fill(_day(first), _day(last))
    columns = ("day", "teacher", "expected", "entered", "late")
    rows = [(one.day, one.teacher, one.expected, one.entered, one.late) for one in found]
    if as_csv:
        _tell_csv(columns, rows)
    else:
        voice.table(columns, rows)


@command(report, "readiness")
@click.option("--year", type=int, default=None, help="Calendar year in which the school year begins.")
@school_option
def year_readiness(session: Session, voice: Voice, year: int | None, school_id: str | None) -> None:
    """Tell how far the school year is set up: every section, who answers for it, what is missing."""
    school = session.gateway.school(school_id)
    found = session.gateway.deadlines(school.id).readiness(year)
    sections = [
        {
            "section": line.section,
            "name": line.name.in_language(voice.language),
            "responsible": line.responsible,
            "done": line.progress.done,
            "total": line.progress.total,
            "complete": line.progress.is_complete,
            "due_on": line.due_on,
            "overdue_days": line.overdue_days,
        }
        for line in found.sections
    ]
    content = {
        "year": found.year,
        "complete": found.is_complete,
        "control_at": found.control_at,
        "due_at": found.due_at,
        "sections": sections,
    }
    if voice.as_json:
        voice.answer(content)
        return
    voice.table(tuple(sections[0]), [tuple(section.values()) for section in sections])


@command(report, "setup-checks")
@click.option("--year", type=int, default=None, help="Calendar year in which the school year begins.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV.")
@school_option
def setup_checks(
    session: Session,
    voice: Voice,
    year: int | None,
    as_csv: bool,  # noqa: FBT001  click passes a flag
    school_id: str | None,
) -> None:
    """Tell what of the set-up does not fit together: rooms, teachers, hours, groups, control works."""
    school = session.gateway.school(school_id)
    found = session.gateway.deadlines(school.id).setup_findings(year)
    columns = ("code", "rule", "record", "who", "what")
    rows = [(one.code, one.rule, one.record, one.who, one.text.in_language(voice.language)) for one in found]
    if as_csv:
        _tell_csv(columns, rows)
    else:
        voice.table(columns, rows)


def _row(one: Obligation, session: Session) -> Sequence[object]:
    now, deadline = session.gateway.clock(), one.deadline
    return (
        one.clock,
        one.state(now),
        deadline.due_at,
        one.late_minutes(now),
        one.party,
        one.staff,
        one.kind,
        " ".join(one.key),
        deadline.started_at,
        one.done_at,
        ", ".join(deadline.rows),
        deadline.unit,
        ", ".join(f"{name}={value}" for name, value in deadline.settings.items()),
        deadline.outage,
    )


def _day(given: date) -> date:
    """Return the day that click has made a moment of."""
    return date(given.year, given.month, given.day)


def _tell_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(csv_text(columns, rows), nl=False)
