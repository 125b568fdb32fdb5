"""``gateway year …``: how a school year stands, and closing it."""

from __future__ import annotations

import getpass

import click

from gateway.cli import year_rollover
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.control.acting import By
from gateway.control.years import YearReport, Years

_DUTIES = ("task", "state", "due_at", "party", "staff", "school_class", "rule", "setting", "value", "done_at")


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(year)
    year_rollover.add_to(year)


@click.group()
def year() -> None:
    """School years (R-ACAD-21, R-ACAD-22)."""


@command(year, "show")
@click.option("--year", "number", type=int, default=None, help="Calendar year in which the school year begins.")
@school_option
def show(session: Session, voice: Voice, number: int | None, school_id: str | None) -> None:
    """Tell by which days what has to be done in a school year, and what keeps it from being closed."""
    found = _years(session, school_id).report(number)
    rows = _duties(found, session)
    if voice.as_json:
        findings = [
            {
                "code": one.code,
                "record": one.record,
                "rule": one.rule,
                "who": one.who.value,
                "text": {"ru": one.text.ru, "en": one.text.en},
            }
            for one in found.findings
        ]
        voice.answer(
            {
                "year": found.year.year,
                "state": found.year.state,
                "duties": [dict(zip(_DUTIES, row, strict=True)) for row in rows],
                "findings": findings,
            }
        )
        return
    voice.answer({"year": found.year.year, "state": found.year.state})
    voice.table(_DUTIES, rows)
    for fault in found.findings:
        click.echo(voice.fault_line(fault))


@command(year, "close")
@click.argument("number", metavar="YEAR", type=int)
@click.option("--document", required=True, help="The order by which it is closed; is kept in the audit.")
@school_option
def close(session: Session, voice: Voice, number: int, document: str, school_id: str | None) -> None:
    """Close a school year for good, or tell everything that is missing and who has to act."""
    by = By(actor=getpass.getuser(), role="operator")
    closed = _years(session, school_id).close(number, by=by, document=document)
    voice.answer({"ok": True, "year": closed.year, "state": closed.state})


def _years(session: Session, school_id: str | None) -> Years:
    return session.gateway.years(session.gateway.school(school_id).id)


def _duties(found: YearReport, session: Session) -> list[tuple[object, ...]]:
    now = session.gateway.clock()
    return [
        (
            one.task,
            one.state(now),
            one.due_at,
            one.party,
            one.staff,
            one.school_class,
            one.rule,
            one.setting,
            one.value,
            one.done_at,
        )
        for one in found.duties
    ]
