"""``gateway roster …``: see what a sync would change, decide about it, take it back."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import Any

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.cli.progress import counted
from gateway.cli.roster_digest import add_digest
from gateway.cli.roster_export import add_export
from gateway.cli.roster_files import add_files
from gateway.cli.roster_locks import add_locks
from gateway.cli.roster_people import add_people
from gateway.cli.roster_probe import add_probe
from gateway.cli.roster_result import tell_result
from gateway.cli.roster_trail import add_trail
from gateway.model.roster_plan import PlanHead, PlanState


def add_to(main: click.Group) -> None:
    """Add the commands."""
    add_digest(roster)
    add_trail(roster)
    add_locks(roster)
    add_probe(roster)
    add_people(roster)
    add_files(roster)
    add_export(roster)
    main.add_command(roster)


def source_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--source``."""
    return click.option(
        "--source", default=None, metavar="NAME", help="Source of the roster; without it the first one of the settings."
    )(function)


@click.group()
def roster() -> None:
    """Rosters: syncs, plans, what was turned away, what was taken back."""


@command(roster, "sync")
@source_option
@click.option("--whole", is_flag=True, help="Read everything, even where what has changed would do.")
@school_option
def sync(session: Session, voice: Voice, source: str | None, school_id: str | None, *, whole: bool) -> None:
    """Pull, plan and apply what needs no person; what goes beyond the limits is held."""
    school = session.gateway.school(school_id)
    name = source or session.gateway.roster_sources(school.id)[0]
    with counted() as progress:
        result = session.gateway.roster(school.id, name, progress=progress).run(everything=whole)
    tell_result(voice, session.gateway, school.id, result)


@command(roster, "plan")
@source_option
@school_option
def plan(session: Session, voice: Voice, source: str | None, school_id: str | None) -> None:
    """Pull and plan, and apply nothing."""
    school = session.gateway.school(school_id)
    name = source or session.gateway.roster_sources(school.id)[0]
    _table(voice, session.gateway.roster(school.id, name).plan())


@command(roster, "plans")
@click.option("--state", type=click.Choice([one.value for one in PlanState]), help="Only plans in this state.")
@school_option
def plans(session: Session, voice: Voice, state: str | None, school_id: str | None) -> None:
    """List the newest plans, and who decided about them."""
    school = session.gateway.school(school_id)
    wanted = None if state is None else {PlanState(state)}
    _table(voice, session.gateway.roster_decisions(school.id).plans(states=wanted))


@command(roster, "show")
@click.argument("plan_id", metavar="PLAN")
@school_option
def show(session: Session, voice: Voice, plan_id: str, school_id: str | None) -> None:
    """Show a plan record by record, and every record that was rejected with its reason."""
    school = session.gateway.school(school_id)
    stored = session.gateway.roster_decisions(school.id).show(plan_id)
    voice.table(
        ("action", "kind", "record", "fields"),
        [
            (change.action, change.kind, "/".join(change.key), ", ".join(sorted(change.rows[0].new)))
            for change in stored.plan.changes
        ],
    )
    remarks = (*(reason.text for reason in stored.plan.hold), *stored.plan.doubts)
    for text in (*remarks, *(one.text for one in stored.plan.warnings)):
        click.echo(text.in_language(voice.language), err=True)
    for rejected in stored.plan.rejected:
        for fault in rejected.faults:
            click.echo(f"{rejected.kind} {voice.fault_line(fault)}", err=True)


@command(roster, "approve")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def approve(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Agree to a held plan, so that it may be applied."""
    school = session.gateway.school(school_id)
    _told(voice, session.gateway.roster_decisions(school.id).approve(plan_id, by=getpass.getuser(), reason=reason))


@command(roster, "reject")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def reject(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Say no to a plan that waits; the same changes are not asked about again while it is fresh."""
    school = session.gateway.school(school_id)
    _told(voice, session.gateway.roster_decisions(school.id).reject(plan_id, by=getpass.getuser(), reason=reason))


@command(roster, "apply")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def apply(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Carry out a proposed or approved plan: exactly what was shown, or nothing."""
    school = session.gateway.school(school_id)
    _told(voice, session.gateway.roster_decisions(school.id).apply(plan_id, by=getpass.getuser(), reason=reason))


@command(roster, "expire")
@school_option
def expire(session: Session, voice: Voice, school_id: str | None) -> None:
    """Close the plans that have waited too long for a person; every sync of the worker does it, too."""
    school = session.gateway.school(school_id)
    closed = session.gateway.expire_plans(school.id)
    voice.answer({"ok": True, "expired": [head.id for head in closed]})


@command(roster, "revert")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", default="", help="Why; is kept with your name. Needed unless --dry-run.")
@click.option("--dry-run", is_flag=True, help="Tell what would be taken back, and do nothing.")
@school_option
def revert(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None, *, dry_run: bool) -> None:
    """Take an applied plan back: exactly the old values, or nothing."""
    reverting = session.gateway.roster_reverting(session.gateway.school(school_id).id)
    if dry_run:
        voice.answer({"ok": True, "done": False, **reverting.preview(plan_id).summary()})
        return
    if not reason:
        raise click.UsageError("--reason is needed")
    done = reverting.run(plan_id, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True, "done": True, **done.summary()})


def _told(voice: Voice, head: PlanHead) -> None:
    voice.answer({"ok": True, "plan": head.id, "state": head.state})


def _table(voice: Voice, heads: Sequence[PlanHead]) -> None:
    voice.table(
        ("id", "source", "state", "made_at", "decided_at", "decided_by", "reason", "counts", "rejected"),
        [
            (
                head.id,
                head.source,
                head.state,
                head.made_at,
                head.decided_at,
                head.decided_by,
                head.decisions[-1].reason if head.decisions else "",
                head.counts,
                head.rejected,
            )
            for head in heads
        ],
    )
