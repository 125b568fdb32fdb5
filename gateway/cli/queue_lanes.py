"""``gateway queue lanes``, ``gateway queue lane …``: which lanes stand still, and decisions about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.moments import LENGTH
from gateway.cli.output import Voice
from gateway.cli.queue_help import QueueGroup
from gateway.cli.queue_titles import answer, table
from gateway.cli.queue_words import (
    Standing,
    because,
    changed,
    destination_argument,
    destination_option,
    limit_option,
    reason_option,
    told,
)
from gateway.errors import Text
from outbox import LaneKey, LaneState, LaneView, MessageId, UnknownLaneError, lane_key

_MARKS = ("k:", "m:")
"""What keys begin with as they are shown: of an ordering key, of a message without one."""


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    command(queue, "lanes")(lanes)
    queue.add_command(lane)


@destination_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in LaneState]),
    help="Only lanes in this state.",
)
@click.option("--blocked-for", type=LENGTH, default=None, metavar="HOURS", help="Only those blocked for longer.")
@click.option("--text", default=None, help="Part of a key.")
@limit_option
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
    table(
        voice,
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


@click.group(cls=QueueGroup)
def lane() -> None:
    """One lane of the queue, by its destination and the ordering key of its messages."""


def _lane_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    return destination_argument(click.argument("key")(function))


def _lane(session: Session, destination: str, key: str) -> LaneKey:
    """Return the lane of an ordering key, or of a key as 'queue lanes' shows it, where it has what kind it is."""
    of_ordering_key = lane_key(destination, key, MessageId(""))
    if not key.startswith(_MARKS):
        return of_ordering_key
    # As it is shown, before an ordering key that itself begins like that.
    return next(
        (one for one in (LaneKey(destination, key), of_ordering_key) if _is_there(session, one)),
        LaneKey(destination, key),
    )


def _is_there(session: Session, wanted: LaneKey) -> bool:
    try:
        session.gateway.desk.show_lane(wanted)
    except UnknownLaneError:
        return False
    return True


@command(lane, "show")
@_lane_arguments
def show(session: Session, voice: Voice, destination: str, key: str) -> None:
    """Show a lane: its state, why it stands still, its first message, and what was decided about it."""
    wanted = _lane(session, destination, key)
    with told():
        view = session.gateway.desk.show_lane(wanted)
    decisions = [
        {"at": one.at, "by": one.by, "verb": one.verb, "reason": one.reason}
        for one in session.gateway.desk.lane_decisions(wanted)
    ]
    content = {**_content(view), "decisions": decisions}
    answer(
        voice, content if voice.as_json else {name: value for name, value in content.items() if value not in (None, [])}
    )


@command(lane, "pause")
@_lane_arguments
@reason_option
def pause(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send nothing more from a lane."""
    wanted = _lane(session, destination, key)
    with told():
        before = session.gateway.desk.show_lane(wanted)
        session.gateway.desk.pause_lane(wanted, **because(reason))
    what = Text(ru=f"полоса «{wanted.key}» приостановлена", en=f"lane '{wanted.key}' is paused")
    standing = (
        None
        if before.paused_at is None
        else Standing(what=what, at=before.paused_at, by=before.paused_by or "", reason=before.paused_reason or "")
    )
    changed(voice, standing)


@command(lane, "resume")
@_lane_arguments
@reason_option
def resume(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send from a lane again; a stopped message at its head goes on holding it."""
    wanted = _lane(session, destination, key)
    with told():
        before = session.gateway.desk.show_lane(wanted)
        session.gateway.desk.resume_lane(wanted, **because(reason))
    what = Text(ru=f"полоса «{wanted.key}» не была приостановлена", en=f"lane '{wanted.key}' was not paused")
    changed(voice, None if before.paused_at is not None else Standing(what=what))


@command(lane, "skip-head")
@_lane_arguments
@reason_option
def skip_head(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Give the first message of a lane up for good, so that the next one moves."""
    with told():
        message = session.gateway.desk.skip_head(_lane(session, destination, key), **because(reason))
    answer(voice, {"ok": True, "message": message})


@command(lane, "retry-head")
@_lane_arguments
@reason_option
def retry_head(session: Session, voice: Voice, destination: str, key: str, reason: str) -> None:
    """Send the first message of a lane again at once."""
    with told():
        message = session.gateway.desk.retry_head(_lane(session, destination, key), **because(reason))
    answer(voice, {"ok": True, "message": message})


@command(lane, "drop-until")
@_lane_arguments
@click.argument("message")
@reason_option
def drop_until(session: Session, voice: Voice, destination: str, key: str, message: str, reason: str) -> None:
    """Give up everything in a lane that is before a message, so that it is the next to go."""
    wanted = _lane(session, destination, key)
    with told():
        dropped = session.gateway.desk.drop_until(wanted, MessageId(message), **because(reason))
    answer(voice, {"ok": True, "dropped": dropped})


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


def _whole_seconds(age: timedelta | None) -> timedelta | None:
    return None if age is None else timedelta(seconds=int(age.total_seconds()))
