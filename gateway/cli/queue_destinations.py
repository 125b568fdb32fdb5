"""``gateway queue destinations|policies|pause|…``: how destinations stand, and decisions about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.cli.queue_titles import table
from gateway.cli.queue_words import (
    Standing,
    because,
    changed,
    destination_argument,
    limit_option,
    reason_option,
)
from gateway.errors import GatewayError, Text
from gateway.ports.queue_destinations import DestinationDesk, DestinationReport
from gateway.web.console.destination_lines import standings_of
from outbox import BreakerState, Pause


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    for verb in (destinations, decisions, policies, pause, resume, drain, reopen, stop, start):
        command(queue, verb.__name__)(verb)


def destinations(session: Session, voice: Voice) -> None:
    """Say of every destination whether it is sent to, and how old what waits for it is."""
    columns = (
        *(
            "destination",
            "conditions",
            "all_stopped_at",
            "all_stopped_by",
            "all_stopped_reason",
            "paused_at",
            "paused_by",
        ),
        *("reason", "drained_at", "full_at", "breaker", "breaker_until", "away_since", "window_open", "next_opening"),
        *("oldest", "late"),
    )
    desk = session.gateway.desk
    stop = _stop(desk)
    table(voice, columns, [_row(one, stop) for one in desk.destinations()])


def _row(report: DestinationReport, stop: Pause | None) -> Sequence[object]:
    standing = report.standing
    oldest = min((one.oldest for one in report.freshness if one.oldest), default=None)
    return (
        report.name,
        tuple(one.condition for one in standings_of(report, stop)),
        stop and stop.at,
        stop and stop.by,
        stop and stop.reason,
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


@limit_option
def decisions(session: Session, voice: Voice, limit: int) -> None:
    """List what was decided about destinations and about everything, the newest first."""
    table(
        voice,
        ("at", "by", "verb", "destination", "reason"),
        [
            (one.at, one.by, one.verb, one.destination, one.reason)
            for one in session.gateway.desk.decisions(limit=limit)
        ],
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
    desk = session.gateway.desk
    before = _pause(desk, destination)
    desk.pause(destination, **because(reason))
    what = Text(ru=f"получатель «{destination}» уже приостановлен", en=f"'{destination}' is paused already")
    changed(voice, _paused(what, before))


@destination_argument
@reason_option
def resume(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Send to a destination again."""
    desk = session.gateway.desk
    before = _pause(desk, destination)
    desk.resume(destination, **because(reason))
    what = Text(ru=f"получатель «{destination}» не был приостановлен", en=f"'{destination}' was not paused")
    changed(voice, None if before else Standing(what=what))
    if stop := _stop(desk):
        voice.warning(_all_is_stopped(stop))


@destination_argument
@reason_option
def drain(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Take nothing more in for a destination and deliver the rest. What would bring something is refused meanwhile.

    For 'portal' that is every batch of the journal with marks that a family hears of: pause it instead if the portal
    is only away for a time.
    """
    desk = session.gateway.desk
    before = _drain(desk, destination)
    desk.drain(destination, **because(reason))
    changed(voice, before)


@destination_argument
@reason_option
def reopen(session: Session, voice: Voice, destination: str, reason: str) -> None:
    """Take messages in again for a drained destination."""
    desk = session.gateway.desk
    before = _drain(desk, destination)
    desk.reopen(destination, **because(reason))
    what = Text(ru=f"получатель «{destination}» принимал и так", en=f"'{destination}' was not drained")
    changed(voice, None if before else Standing(what=what))


@reason_option
def stop(session: Session, voice: Voice, reason: str) -> None:
    """Send nothing more to anybody until 'queue start'."""
    desk = session.gateway.desk
    before = _stop(desk)
    desk.stop(**because(reason))
    what = Text(ru="всё уже остановлено", en="everything is stopped already")
    changed(voice, _paused(what, before))


@reason_option
def start(session: Session, voice: Voice, reason: str) -> None:
    """End the global stop."""
    desk = session.gateway.desk
    before = _stop(desk)
    desk.start(**because(reason))
    what = Text(ru="отправка не была остановлена", en="sending was not stopped")
    changed(voice, None if before else Standing(what=what))


def _stop(desk: DestinationDesk) -> Pause | None:
    return _pause(desk, None)


def _pause(desk: DestinationDesk, destination: str | None) -> Pause | None:
    return next((one for one in desk.pauses() if one.destination == destination), None)


def _paused(what: Text, before: Pause | None) -> Standing | None:
    return None if before is None else Standing(what=what, at=before.at, by=before.by, reason=before.reason)


def _drain(desk: DestinationDesk, destination: str) -> Standing | None:
    for report in desk.destinations():
        found = report.standing
        if report.name == destination and found is not None and found.drained_at is not None:
            what = Text(
                ru=f"для «{destination}» уже ничего не принимается",
                en=f"nothing is taken in for '{destination}' already",
            )
            return Standing(
                what=what, at=found.drained_at, by=found.drained_by or "", reason=found.drained_reason or ""
            )
    return None


def _all_is_stopped(stop: Pause) -> GatewayError:
    return GatewayError(
        "queue.all_stopped",
        Text(
            ru=f"Остановлено всё ({stop.by}: {stop.reason}): ничего не уйдёт до «gateway queue start».",
            en=f"Everything is stopped ({stop.by}: {stop.reason}): nothing leaves until 'gateway queue start'.",
        ),
    )
