"""``gateway gradebook …``: what other systems wrote into the gradebook, and what a person decides about it."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.oneroster_submission import Decider, Submission, SubmissionState

_ROLE = "operator"
_CHANNEL = "cli"


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(gradebook)


@click.group()
def gradebook() -> None:
    """Grades written back by other systems: they wait until a person takes them into the journal."""


@command(gradebook, "list")
@click.option("--state", type=click.Choice([one.value for one in SubmissionState]), help="Only those in this state.")
@school_option
def listing(session: Session, voice: Voice, state: str | None, school_id: str | None) -> None:
    """List what other systems wrote, the latest first."""
    school = session.gateway.school(school_id)
    found = session.gateway.submissions(school.id).list(state=None if state is None else SubmissionState(state))
    voice.table(
        ("id", "client", "kind", "sourced_id", "action", "received_at", "state", "decided_by", "rules"),
        [_row(one) for one in found],
    )


@command(gradebook, "approve")
@click.argument("submissions", metavar="ID...", nargs=-1, required=True)
@click.option("--mark", default="", help="The mark, where none follows from the result: 4, зач, passed.")
@click.option("--lesson", default="", metavar="ID", help="The lesson of a line item, where its day has several.")
@school_option
def approve(
    session: Session, voice: Voice, submissions: tuple[str, ...], mark: str, lesson: str, school_id: str | None
) -> None:
    """Write submissions into the journal, line items before their results; a rule may refuse them."""
    school = session.gateway.school(school_id)
    flow = session.gateway.submissions(school.id)
    if len(submissions) == 1:
        decided = flow.approve(submissions[0], by=_decider(), mark=mark, lesson=lesson)
        voice.answer({"ok": True, "id": decided.id, "state": decided.state.value, "record": decided.record})
        return
    if mark or lesson:
        raise click.UsageError("--mark and --lesson are for one submission.")
    written, refused = flow.approve_all(submissions, by=_decider())
    voice.answer({"ok": True, "approved": written, "refused": refused})


@command(gradebook, "reject")
@click.argument("submissions", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; the other system reads it.")
@school_option
def reject(session: Session, voice: Voice, submissions: tuple[str, ...], reason: str, school_id: str | None) -> None:
    """Turn submissions away, all or none."""
    if not reason.strip():
        raise click.UsageError("--reason is empty: the other system reads it.")
    school = session.gateway.school(school_id)
    rejected = session.gateway.submissions(school.id).reject_all(submissions, by=_decider(), reason=reason.strip())
    voice.answer({"ok": True, "rejected": rejected})


def _decider() -> Decider:
    return Decider(actor=getpass.getuser(), role=_ROLE, channel=_CHANNEL)


def _row(one: Submission) -> tuple[object, ...]:
    return (
        one.id,
        one.client,
        one.kind.value,
        one.sourced_id,
        one.action.value,
        one.received_at,
        one.state.value,
        one.decided_by,
        ", ".join(dict.fromkeys(fault.rule or fault.code for fault in one.faults)),
    )
