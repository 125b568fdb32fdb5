"""``gateway queue lanes``, ``gateway queue lane …``: which lanes stand still, and decisions about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.moments import LENGTH
from gateway.cli.output import Voice
from gateway.cli.queue_words import ROWS, because, destination_argument, destination_option, reason_option, told
from outbox import LaneKey, LaneState, LaneView, MessageId


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    command(queue, "lanes")(lanes)
    queue.add_command(lane)


@destination_option
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in LaneState]))
@click.option("--blocked-for", type=LENGTH, default=None, metavar="HOURS", help="Only those blocked for longer.")
@click.option("--text", default=None, help="Part of a key.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
def lanes(
    session: Session,
    voice: Voice,
    destination: str | None,
    states: tuple[str, ...],
    blocked_for: float | None,
    text: str | None,
    limit: int,
) -> None:
    """List lanes, newest first: messages of one key leave one after the other, and the first decides for all."""
    page = session.gateway.desk.lanes(
        destination=destination,
        states=[LaneState(state) for state in states],
        blocked_longer_than=None if blocked_for is None else timedelta(hours=blocked_for),
        text=text,
        limit=limit,
    )
    voice.table(
        ("destination", "key", "state", "reason", "stopped_at", "head", "kind", "age", "waiting"),
        [
            (
                view.key.destination,
                view.key.key,
                view.state,
                view.reason,
                view.stopped_at,
                view.head,
                view.head_kind,
                _whole_seconds(view.head_age),
                view.waiting,
            )
            for view in page.lanes
        ],
    )


@click.group()
def lane() -> None:
    """One lane of the queue, by its destination and its key as 'queue lanes' shows it."""


def _lane_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    return destination_argument(click.argument("key")(function))


@command(lane, "show")
@_lane_arguments
def show(session: Session, voice: Voice, destination: str, key: str) -> None:
    """Show a lane: its state, why it stands still, its first message, and what was decided about it."""
    wanted = LaneKey(destination, key)
    with told():
        view = session.gateway.desk.show_lane(wanted)
    decisions = [
        {"at": one.at, "by": one.by, "verb": one.verb, "reason": one.reason}
        for one in session.gateway.desk.lane_decisions(wanted)
    ]
    voice.answer({**_content(view), "decisions": decisions}, lambda: [*_lines(view), *map(str, decisions)])


@command(lane, "pause")
@_lane_arguments
@reason_option
def pause(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send nothing more from a lane."""
    with told():
        session.gateway.desk.pause_lane(LaneKey(destination, key), **because(reason))
    voice.answer({"ok": True})


@command(lane, "resume")
@_lane_arguments
@reason_option
def resume(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send from a lane again; a stopped message at its head goes on holding it."""
    with told():
        session.gateway.desk.resume_lane(LaneKey(destination, key), **because(reason))
    voice.answer({"ok": True})


@command(lane, "skip-head")
@_lane_arguments
@reason_option
def skip_head(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Give the first message of a lane up for good, so that the next one moves."""
    with told():
        message = session.gateway.desk.skip_head(LaneKey(destination, key), **because(reason))
    voice.answer({"ok": True, "message": message})


@command(lane, "retry-head")
@_lane_arguments
@reason_option
def retry_head(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send the first message of a lane again at once."""
    with told():
        message = session.gateway.desk.retry_head(LaneKey(destination, key), **because(reason))
    voice.answer({"ok": True, "message": message})


@command(lane, "drop-until")
@_lane_arguments
@click.argument("message")
@reason_option
def drop_until(session: Session, voice: Voice, destination: str, key: str, message: str, reason: str) -> None:
    """Give up everything in a lane that is before a message, so that it is the next to go."""
    wanted = LaneKey(destination, key)
    with told():
        dropped = session.gateway.desk.drop_until(wanted, MessageId(message), **because(reason))
    voice.answer({"ok": True, "dropped": dropped})


def _content(view: LaneView) -> dict[str, object]:
    return {
        "destination": view.key.destination,
        "key": view.key.key,
        "state": view.state,
        "reason": view.reason,
        "stopped_at": view.stopped_at,
        "head": view.head,
        "kind": view.head_kind,
        "age": _whole_seconds(view.head_age),
        "waiting": view.waiting,
        "lease_owner": view.lease_owner,
        "lease_until": view.lease_until,
        "paused_at": view.paused_at,
        "paused_by": view.paused_by,
        "paused_reason": view.paused_reason,
    }


def _lines(view: LaneView) -> list[str]:
    return [f"{name}: {value}" for name, value in _content(view).items() if value is not None]


def _whole_seconds(age: timedelta | None) -> timedelta | None:
    return None if age is None else timedelta(seconds=int(age.total_seconds()))
