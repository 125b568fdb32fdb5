"""``gateway queue destinations|policies|pause|…``: how destinations stand, and decisions about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.cli.queue_words import because, destination_argument, reason_option
from gateway.ports.queue_destinations import DestinationReport
from outbox import BreakerState


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    for verb in (destinations, policies, pause, resume, drain, reopen, stop, start):
        command(queue, verb.__name__)(verb)


def destinations(session: Session, voice: Voice) -> None:
    """Say of every destination whether it is sent to, and how old what waits for it is."""
    columns = (
        *("destination", "paused_at", "paused_by", "reason", "drained_at", "full_at", "breaker", "breaker_until"),
        *("away_since", "window_open", "next_opening", "oldest", "late"),
    )
    voice.table(columns, [_row(one) for one in session.gateway.desk.destinations()])


def _row(report: DestinationReport) -> Sequence[object]:
    standing = report.standing
    oldest = min((one.oldest for one in report.freshness if one.oldest), default=None)
    return (
        report.name,
        standing and standing.paused_at,
        standing and standing.paused_by,
        standing and (standing.paused_reason or standing.drained_reason),
        standing and standing.drained_at,
        standing and standing.full_at,
        standing.breaker if standing else BreakerState.CLOSED,
        standing and standing.breaker_until,
        standing and standing.away_since,
        report.window_open,
        report.next_opening,
        oldest,
        any(one.broken for one in report.freshness),
    )


def policies(session: Session, voice: Voice) -> None:
    """Print what holds for every destination: as TOML that the settings understand."""
    found = {name: policy.to_mapping() for name, policy in session.gateway.desk.policies.items()}
    voice.answer(found, lambda: list(_toml(found)))


def _toml(sections: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, policy in sections.items():
        yield f"[destinations.{name}]"
        yield from (f"{entry} = {_toml_value(value)}" for entry, value in policy.items())
        yield ""


def _toml_value(value: Any) -> str:
    """Return a value of TOML 1.0; texts, numbers and truth values are written there as in JSON."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(name)} = {_toml_value(inner)}' for name, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False)


@destination_argument
@reason_option
def pause(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Send nothing more to a destination."""
    session.gateway.desk.pause(destination, **because(reason))
    voice.answer({"ok": True})


@destination_argument
@reason_option
def resume(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Send to a destination again."""
    session.gateway.desk.resume(destination, **because(reason))
    voice.answer({"ok": True})


@destination_argument
@reason_option
def drain(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Take nothing more in for a destination and deliver the rest. What would bring something is refused meanwhile.

    For 'portal' that is every batch of the journal with marks that a family hears of: pause it instead if the portal
    is only away for a time.
    """
    session.gateway.desk.drain(destination, **because(reason))
    voice.answer({"ok": True})


@destination_argument
@reason_option
def reopen(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Take messages in again for a drained destination."""
    session.gateway.desk.reopen(destination, **because(reason))
    voice.answer({"ok": True})


@reason_option
def stop(session: Session, voice: Voice, reason: str) -> None:
    """Send nothing more to anybody until 'queue start'."""
    session.gateway.desk.stop(**because(reason))
    voice.answer({"ok": True})


@reason_option
def start(session: Session, voice: Voice, reason: str) -> None:
    """End the global stop."""
    session.gateway.desk.start(**because(reason))
    voice.answer({"ok": True})
