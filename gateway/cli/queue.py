"""``gateway queue …``: look at the outbound queue and decide about it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TypeVar

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.delivery import events, packages, steps
from gateway.errors import GatewayError, Party, Text
from outbox import MessageId, NotAllowedError, State, UnknownMessageError

T = TypeVar("T")

DESTINATIONS = (steps.DESTINATION, packages.DESTINATION, events.DESTINATION)
"""To whom this gateway's queue sends."""


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(queue)


@click.group()
def queue() -> None:
    """The outbound queue."""


@command(queue, "list")
@click.option("--destination", default=None)
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in State]))
@click.option("--text", default=None, help="Part of an id or a correlation.")
@click.option("--limit", default=50, show_default=True)
def list_messages(
    session: Session, voice: Voice, destination: str | None, states: tuple[str, ...], text: str | None, limit: int
) -> None:
    """List messages, newest first."""
    page = session.gateway.desk.find(
        destination=destination, states=[State(state) for state in states], text=text, limit=limit
    )
    voice.table(
        ("id", "destination", "kind", "state", "created_at", "attempts", "error"),
        [
            (
                e.id,
                e.destination,
                e.kind,
                e.state,
                e.created_at,
                e.attempts,
                e.last_error.code if e.last_error else None,
            )
            for e in page.entries
        ],
    )


@command(queue, "show")
@click.argument("message")
def show(session: Session, voice: Voice, message: str) -> None:
    """Show a message with every attempt and every decision about it."""
    history = _about(message, session.gateway.desk.show)
    entry = history.entry
    content = {
        "id": entry.id,
        "destination": entry.destination,
        "kind": entry.kind,
        "state": entry.state,
        "created_at": entry.created_at,
        "ordering_key": entry.ordering_key,
        "retry_at": entry.retry_at,
        "receipt": entry.receipt,
        "error": entry.last_error.code if entry.last_error else None,
        "reason": entry.last_error.reason if entry.last_error else None,
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
        "decisions": [
            {"at": decision.at, "by": decision.by, "verb": decision.verb, "reason": decision.reason}
            for decision in history.decisions
        ],
    }
    voice.answer(content, lambda: _lines(content))


@command(queue, "decide")
@click.argument("verb", type=click.Choice(["retry", "hold", "release", "skip"]))
@click.argument("message")
@click.option("--reason", required=True, help="Why; is kept with your name.")
def decide(session: Session, voice: Voice, verb: str, message: str, reason: str) -> None:
    """Retry, hold, release or give up one message."""
    desk = session.gateway.desk
    verbs = {"retry": desk.retry, "hold": desk.hold, "release": desk.release, "skip": desk.skip}
    _about(message, lambda wanted: verbs[verb](wanted, by=getpass.getuser(), reason=reason))
    voice.answer({"ok": True})


@command(queue, "pause")
@click.argument("destination", type=click.Choice(DESTINATIONS))
@click.option("--reason", required=True, help="Why; is kept with your name.")
def pause(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Send nothing more to a destination."""
    session.gateway.desk.pause(destination, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True})


@command(queue, "resume")
@click.argument("destination", type=click.Choice(DESTINATIONS))
@click.option("--reason", required=True, help="Why; is kept with your name.")
def resume(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Send to a destination again."""
    session.gateway.desk.resume(destination, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True})


@command(queue, "stop")
@click.option("--reason", required=True, help="Why; is kept with your name.")
def stop(session: Session, voice: Voice, reason: str) -> None:
    """Send nothing more to anybody until 'queue start'."""
    session.gateway.desk.stop(by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True})


@command(queue, "start")
@click.option("--reason", required=True, help="Why; is kept with your name.")
def start(session: Session, voice: Voice, reason: str) -> None:
    """End the global stop."""
    session.gateway.desk.start(by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True})


@command(queue, "depth")
def depth(session: Session, voice: Voice) -> None:
    """Count the messages of every destination and state."""
    voice.table(
        ("destination", "state", "count", "oldest"),
        [(one.destination, one.state, one.count, one.oldest) for one in session.gateway.desk.depths()],
    )


def _about(message: str, act: Callable[[MessageId], T]) -> T:
    try:
        return act(MessageId(message))
    except UnknownMessageError as error:
        raise GatewayError(
            "queue.unknown_message",
            Text(ru=f"Сообщения «{message}» в очереди нет.", en=f"There is no message '{message}' in the queue."),
        ) from error
    except NotAllowedError as error:
        raise GatewayError(
            "queue.not_allowed",
            Text(ru=f"Сейчас это невозможно: сообщение в состоянии «{error.state}».", en=f"Not possible now: {error}."),
            who=Party.COORDINATOR,
        ) from error


def _lines(content: dict[str, object]) -> list[str]:
    lines = [f"{name}: {value}" for name, value in content.items() if value and not isinstance(value, list)]
    for name in ("attempts", "decisions"):
        rows = content[name]
        if isinstance(rows, list):
            lines += [
                f"{name}:",
                *(f"  {', '.join(f'{k} {v}' for k, v in row.items() if v is not None)}" for row in rows),
            ]
    return lines
