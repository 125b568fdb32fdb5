"""``gateway queue …``: messages of the outbound queue, and decisions about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import click

from gateway.cli import queue_answers, queue_destinations, queue_keeping, queue_lanes, queue_letters, queue_titles
from gateway.cli.context import Session, command
from gateway.cli.moments import MOMENT
from gateway.cli.output import FAILED, Voice
from gateway.cli.queue_help import QueueGroup
from gateway.cli.queue_letters import Choice, each_piece, letters_options
from gateway.cli.queue_words import because, destination_option, limit_option, reason_option, told
from gateway.delivery.outcomes import words_of
from gateway.errors import GatewayError
from outbox import History, MessageId, State


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(queue)
    for part in (queue_lanes, queue_destinations, queue_letters, queue_keeping, queue_answers):
        part.add_to(queue)


@click.group(cls=QueueGroup)
def queue() -> None:
    """The outbound queue."""


@command(queue, "list")
@destination_option
@click.option("--kind", default=None, help="What the messages are: 'mark.added', a step.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help="Only messages in this state.",
)
@click.option("--school", "owner", default=None, help="Only messages of this school.")
@click.option("--about", "subject", default=None, metavar="PUPIL", help="Only messages about this pupil's id.")
@click.option("--code", default=None, help="Only with this code of the last error.")
@click.option("--since", type=MOMENT, default=None, help="Only those put in at this moment or later.")
@click.option("--until", type=MOMENT, default=None, help="Only those put in before this moment.")
@click.option("--text", default=None, help="Part of an id or a correlation.")
@click.option("--waiting", is_flag=True, help="Only what is not over: dead then means waiting for a person.")
@limit_option
def list_messages(
    session: Session,
    voice: Voice,
    states: tuple[str, ...],
    code: str | None,
    since: datetime | None,
    until: datetime | None,
    waiting: bool,  # noqa: FBT001  click passes a flag
    **filters: Any,
) -> None:
    """List messages, newest first."""
    page = session.gateway.desk.find(
        states=[State(state) for state in states],
        error_code=code,
        created_from=since,
        created_before=until,
        unfinished=waiting,
        **filters,
    )
    queue_titles.table(
        voice,
        ("id", "destination", "kind", "state", "created_at", "attempts", "error"),
        [
            (
                entry.id,
                entry.destination,
                entry.kind,
                entry.state,
                entry.created_at,
                entry.attempts,
                entry.last_error.code if entry.last_error else None,
            )
            for entry in page.entries
        ],
    )


@command(queue, "show")
@click.argument("message")
def show(session: Session, voice: Voice, message: str) -> None:
    """Show a message with every attempt, every answer and every decision about it."""
    with told():
        history = session.gateway.desk.show(MessageId(message))
    content = _content(history, voice)
    queue_titles.answer(voice, content if voice.as_json else {name: value for name, value in content.items() if value})


def _content(history: History, voice: Voice) -> dict[str, object]:
    entry = history.entry
    return {
        "id": entry.id,
        "destination": entry.destination,
        "kind": entry.kind,
        "state": entry.state,
        "created_at": entry.created_at,
        "ordering_key": entry.ordering_key,
        "expires_at": entry.expires_at,
        "retry_at": entry.retry_at,
        "size": entry.size,
        "sha256": entry.digest,
        "content_gone_at": entry.payload_gone_at,
        "receipt": entry.receipt,
        "answer_due_at": entry.answer_due_at,
        "acceptance": entry.acceptance,
        "error": entry.last_error.code if entry.last_error else None,
        "reason": words_of(entry.last_error).in_language(voice.language) if entry.last_error else None,
        "attempts": [
            {
                "number": attempt.number,
                "started_at": attempt.started_at,
                "finished_at": attempt.finished_at,
                "outcome": attempt.outcome,
                "status": attempt.status,
                "error": attempt.error.code if attempt.error else None,
            }
            for attempt in history.attempts
        ],
        "answers": [
            {"at": answer.at, "receipt": answer.receipt, "verdict": answer.verdict, "acceptance": answer.acceptance}
            for answer in history.answers
        ],
        "decisions": [
            {"at": decision.at, "by": decision.by, "verb": decision.verb, "reason": decision.reason}
            for decision in history.decisions
        ],
    }


@command(queue, "retry")
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@letters_options
@reason_option
def retry(session: Session, voice: Voice, messages: tuple[str, ...], choice: Choice, reason: str) -> None:
    """Send messages again at once, with a fresh budget: those named, or all stopped ones that the options choose."""
    desk = session.gateway.desk
    if choice.is_made(voice, messages):
        each_piece(voice, partial(desk.retry_all, choice.letters, **because(reason)))
    else:
        _each(voice, messages, partial(desk.retry, **because(reason)))


@command(queue, "skip")
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@letters_options
@reason_option
def skip(session: Session, voice: Voice, messages: tuple[str, ...], choice: Choice, reason: str) -> None:
    """Give messages up for good, so that those behind them move: those named, or all stopped ones chosen."""
    desk = session.gateway.desk
    if choice.is_made(voice, messages):
        each_piece(voice, partial(desk.skip_all, choice.letters, **because(reason)))
    else:
        _each(voice, messages, partial(desk.skip, **because(reason)))


@command(queue, "hold")
@click.argument("messages", nargs=-1, required=True, metavar="MESSAGE...")
@reason_option
def hold(session: Session, voice: Voice, messages: tuple[str, ...], reason: str) -> None:
    """Keep messages, and those behind them, from being sent."""
    _each(voice, messages, partial(session.gateway.desk.hold, **because(reason)))


@command(queue, "release")
@click.argument("messages", nargs=-1, required=True, metavar="MESSAGE...")
@reason_option
def release(session: Session, voice: Voice, messages: tuple[str, ...], reason: str) -> None:
    """Let held messages go again."""
    _each(voice, messages, partial(session.gateway.desk.release, **because(reason)))


@command(queue, "depth")
def depth(session: Session, voice: Voice) -> None:
    """Count the messages of every destination and state that are not over."""
    queue_titles.table(
        voice,
        ("destination", "state", "count", "oldest"),
        [(one.destination, one.state, one.count, one.oldest) for one in session.gateway.desk.depths()],
    )


def _each(voice: Voice, messages: Sequence[str], decide: Callable[[MessageId], None]) -> None:
    """Decide about one message after the other; one that cannot be does not keep the others from it."""
    done = []
    for message in messages:
        try:
            with told():
                decide(MessageId(message))
        except GatewayError as error:
            voice.failure(error)
        else:
            done.append(message)
    if done:
        queue_titles.answer(voice, {"ok": len(done) == len(messages), "done": len(done)})
    if len(done) < len(messages):
        raise SystemExit(FAILED)
