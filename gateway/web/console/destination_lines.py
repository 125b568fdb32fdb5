"""Destinations as lines that a person reads: what keeps each from being served, what waits there, how old it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.ports.queue_destinations import DestinationDesk, DestinationReport
from outbox import BreakerState, Depth, DestinationStanding, Freshness, Pause, State


class Condition(StrEnum):
    """How a destination stands; of several the first one here weighs most."""

    STOPPED = "stopped"
    PAUSED = "paused"
    SILENT = "silent"
    PROBED = "probed"
    OFF_HOURS = "off_hours"
    DRAINED = "drained"
    FULL = "full"
    WORKS = "works"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A condition of a destination.

    Attributes:
        since: since when it holds, where that is known.
        until: when it ends by itself, where that is to be foreseen.
        by: who has decided it, empty where nobody has; with the ``reason`` given.
    """

    condition: Condition
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationLine:
    """A destination as a school sees it: counts and ages are those of its own messages.

    Attributes:
        standings: what holds of it, the weightiest first; never empty.
        waiting: messages that are not over, by state.
        oldest: the oldest undelivered message of the kind that is latest, ``None`` where none waits.
        delivered: messages delivered since the morning.
    """

    name: str
    standings: Sequence[Standing]
    waiting: Mapping[State, int]
    oldest: Freshness | None
    delivered: int

    @property
    def condition(self) -> Condition:
        """What weighs most."""
        return self.standings[0].condition

    @property
    def total(self) -> int:
        """How many messages are not over."""
        return sum(self.waiting.values())

    def holds(self, condition: Condition) -> bool:
        """Tell whether a condition is one of those that hold."""
        return any(standing.condition == condition for standing in self.standings)


def destination_lines(
    reports: Iterable[DestinationReport], depths: Iterable[Depth], pauses: Iterable[Pause]
) -> Sequence[DestinationLine]:
    """Return a line a destination, in the order of the reports.

    Args:
        reports: how the destinations stand, with the freshness of the school's own messages.
        depths: counts of the school's own messages, with what was finished since the morning.
        pauses: what is stopped; only the stop of everything matters here.
    """
    stop = next((pause for pause in pauses if pause.destination is None), None)
    counted: dict[str, list[Depth]] = defaultdict(list)
    for depth in depths:
        counted[depth.destination].append(depth)
    return [_line(report, counted[report.name], stop) for report in reports]


def pauses_of(desk: DestinationDesk, destination: str) -> Sequence[Pause]:
    """Return what keeps one destination from being sent to by somebody's decision."""
    return [pause for pause in desk.pauses() if pause.destination in {None, destination}]


def standings_of(report: DestinationReport, stop: Pause | None) -> Sequence[Standing]:
    """Return what holds of a destination, the weightiest first."""
    found = [] if stop is None else [_decided(Condition.STOPPED, stop.at, stop.by, stop.reason)]
    standing = report.standing
    if standing is not None and standing.paused_at is not None:
        found.append(_decided(Condition.PAUSED, standing.paused_at, standing.paused_by, standing.paused_reason))
    found += _breaker(standing)
    if not report.window_open:
        found.append(Standing(condition=Condition.OFF_HOURS, until=report.next_opening))
    if standing is not None and standing.drained_at is not None:
        found.append(_decided(Condition.DRAINED, standing.drained_at, standing.drained_by, standing.drained_reason))
    if standing is not None and standing.full_at is not None:
        found.append(Standing(condition=Condition.FULL, since=standing.full_at))
    return found or [Standing(condition=Condition.WORKS)]


def _line(report: DestinationReport, depths: Sequence[Depth], stop: Pause | None) -> DestinationLine:
    return DestinationLine(
        name=report.name,
        standings=standings_of(report, stop),
        waiting={state: sum(one.count for one in depths if one.state is state and not one.over) for state in WAITING},
        oldest=_latest(report.freshness),
        delivered=sum(one.count for one in depths if one.over and one.state is State.DONE),
    )


WAITING = (State.READY, State.LEASED, State.WAITING, State.SENT, State.HELD, State.DEAD)
"""States in which something is still to be expected of a message, in the order of the picture."""


def _latest(found: Iterable[Freshness]) -> Freshness | None:
    """Return the kind of message that is latest: one that breaks what was agreed before one that does not."""
    waiting = [one for one in found if one.oldest is not None]
    return max(waiting, key=lambda one: (one.broken, one.age), default=None)


def _breaker(standing: DestinationStanding | None) -> list[Standing]:
    if standing is None or standing.breaker is BreakerState.CLOSED:
        return []
    condition = Condition.SILENT if standing.breaker is BreakerState.OPEN else Condition.PROBED
    # A breaker that probes in vain goes to and fro; the time since which the destination is away stays.
    since = standing.away_since or standing.breaker_since
    return [Standing(condition=condition, since=since, until=standing.breaker_until)]


def _decided(condition: Condition, at: datetime, by: str | None, reason: str | None) -> Standing:
    return Standing(condition=condition, since=at, by=by or "", reason=reason or "")
