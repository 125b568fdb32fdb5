"""``gateway roster …``: see what a sync would change, apply it, look back."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(roster)


@click.group()
def roster() -> None:
    """Rosters from the regional registry."""


@command(roster, "sync")
@school_option
def sync(session: Session, voice: Voice, school_id: str | None) -> None:
    """Pull, plan and apply what needs no person; removals beyond the thresholds are held."""
    school = session.gateway.school(school_id)
    voice.answer({"ok": True, **session.gateway.roster(school.id).run().summary()})


@command(roster, "plan")
@school_option
def plan(session: Session, voice: Voice, school_id: str | None) -> None:
    """Pull and plan, and apply nothing."""
    school = session.gateway.school(school_id)
    heads = session.gateway.roster(school.id).plan()
    voice.table(
        ("id", "state", "made_at", "counts", "rejected"),
        [(head.id, head.state, head.made_at, head.counts, head.rejected) for head in heads],
    )


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
    head = session.gateway.roster_decisions(school.id).approve(plan_id, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True, "plan": head.id, "state": head.state})


@command(roster, "apply")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def apply(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Carry out a proposed or approved plan: exactly what was shown, or nothing."""
    school = session.gateway.school(school_id)
    head = session.gateway.roster_decisions(school.id).apply(plan_id, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True, "plan": head.id, "state": head.state})


@command(roster, "history")
@school_option
def history(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the newest plans."""
    school = session.gateway.school(school_id)
    heads = session.gateway.roster_decisions(school.id).history()
    voice.table(
        ("id", "state", "made_at", "decided_at", "decided_by", "counts", "rejected"),
        [(h.id, h.state, h.made_at, h.decided_at, h.decided_by, h.counts, h.rejected) for h in heads],
    )
