"""What a worker does from time to time beside delivering: reclaim, overdue answers, backlogs, schedules, breakers.

Any number of workers may do all of this at once; each duty is a short transaction of its own.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import Engine

from outbox.answers import lapse
from outbox.breaker import BreakerState, Tally
from outbox.destinations import Transition, mark_full, report
from outbox.observer import Observer
from outbox.policy import Policies
from outbox.rhythm import Every
from outbox.schedule import Schedule, fire, next_ticks
from outbox.sealing import Sealing
from outbox.settling import reclaim

_log = logging.getLogger("outbox.worker")

_RECLAIM, _REPORT, _LAPSE, _MARK_FULL, _SCHEDULES = 0.5, 1.0, 5.0, 30.0, 30.0
"""Seconds between two rounds of each duty at most; schedules are fired at their ticks besides."""


Schedules = Sequence[Schedule] | Callable[[], Sequence[Schedule]]
"""Schedules, or what returns them as they are now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the parts of a worker have in common.

    Attributes:
        engine: The database.
        name: The worker's name.
        policies: Of the destinations that it serves.
        clock: Gives the present as an aware time.
        random: Gives a number in [0, 1), for the jitter.
        sealing: Seals and opens payloads.
        observer: Hears of everything that is written down.
    """

    engine: Engine
    name: str
    policies: Policies
    clock: Callable[[], datetime]
    random: Callable[[], float]
    sealing: Sealing
    observer: Observer


class Upkeep:
    """Does what is due.

    Args:
        around: What it shares with its worker.
        schedules: To be fired; where they may change, what returns them, asked at every round.
    """

    def __init__(self, around: Surroundings, schedules: Schedules) -> None:
        self._around = around
        self._schedules = schedules
        self._reclaim, self._lapse, self._mark_full = Every(_RECLAIM), Every(_LAPSE), Every(_MARK_FULL)
        self._report = Every(_REPORT)
        self._tick_at = monotonic()
        self._tallies: dict[str, Tally] = {}
        self._unsettled: set[str] = set()

    def next(self) -> float:
        """Return when something may be due next, by ``time.monotonic``."""
        soonest = min(self._reclaim.next, self._lapse.next, self._mark_full.next)
        if self._tallies:
            soonest = min(soonest, self._report.next)
        return min(soonest, self._tick_at) if self._schedules else soonest

    def tally(self, tallies: Mapping[str, Tally]) -> None:
        """Remember how attempts ended, for the breakers."""
        for name, tally in tallies.items():
            self._tallies[name] = self._tallies.get(name, Tally()) + tally

    def clock_jumped(self, shortest_lease: float) -> None:
        """Leave everybody on this machine the time to extend their leases by the new clock."""
        self._reclaim.put_off(shortest_lease)
        self._tick_at = monotonic()

    def do(self, now: datetime) -> bool:
        """Do what is due, and say whether any of it may have given the worker something to do.

        Args:
            now: The present by a clock that is known not to have jumped since the leases in flight were extended.
        """
        self.report()
        found = False
        if self._reclaim.due():
            found |= self._take_back(now)
            self._reclaim.done()
        if self._lapse.due():
            found |= self._lapse_answers(now)
            self._lapse.done()
        if self._mark_full.due():
            self._look_at_backlogs(now)
            self._mark_full.done()
        if self._schedules and monotonic() >= self._tick_at:
            found |= self._fire(now)
        return found

    def report(self, *, at_once: bool = False) -> list[str]:
        """Tell the breakers how attempts ended: about once a second, at once where that may move one.

        Returns:
            The destinations that are to be left alone from now on.
        """
        if not self._tallies:
            return []
        moving = any(tally.failed or name in self._unsettled for name, tally in self._tallies.items())
        if not (at_once or moving or self._report.due()):
            return []
        around = self._around
        with around.engine.begin() as connection:
            moved = report(connection, self._tallies, policies=around.policies, now=around.clock())
        self._tallies.clear()
        self._report.done()
        self.moved(moved)
        return [transition.destination for transition in moved if transition.new is BreakerState.OPEN]

    def moved(self, transitions: Sequence[Transition]) -> None:
        """Say which breakers have changed."""
        for transition in transitions:
            _log.warning(
                "breaker moved",
                extra={"destination": transition.destination, "old": str(transition.old), "new": str(transition.new)},
            )
            if transition.new is BreakerState.CLOSED:
                self._unsettled.discard(transition.destination)
            else:
                self._unsettled.add(transition.destination)
        if transitions:
            self._around.observer.moved({transition.destination: transition.new for transition in transitions})

    def _take_back(self, now: datetime) -> bool:
        around = self._around
        if not around.policies:
            return False
        with around.engine.begin() as connection:
            lost = reclaim(connection, policies=around.policies, now=now, random=around.random)
        for entry in lost:
            _log.warning(
                "lease ran out",
                extra={"message_id": entry.id, "destination": entry.destination, "owner": entry.lease_owner},
            )
            around.observer.lost(entry.destination)
        return bool(lost)

    def _lapse_answers(self, now: datetime) -> bool:
        around = self._around
        with around.engine.begin() as connection:
            overdue = lapse(connection, policies=around.policies, now=now, random=around.random)
        for entry in overdue:
            _log.warning("no answer in time", extra={"message_id": entry.id, "destination": entry.destination})
        return bool(overdue)

    def _look_at_backlogs(self, now: datetime) -> None:
        around = self._around
        if not around.policies:
            return
        # Where no policy has a backlog, too: one that was full when its limit was taken away must take in again.
        with around.engine.begin() as connection:
            changed = mark_full(connection, around.policies, now=now)
        for name, full in changed.items():
            _log.warning("destination full" if full else "destination takes in again", extra={"destination": name})

    def _fire(self, now: datetime) -> bool:
        around = self._around
        schedules = self._schedules() if callable(self._schedules) else self._schedules
        with around.engine.begin() as connection:
            fired = fire(connection, schedules, now=now, sealing=around.sealing)
        # After a long absence there may be more to make up for than one call does.
        self._tick_at = monotonic() + (0.0 if fired else self._next_tick(schedules, now))
        return bool(fired)

    def _next_tick(self, schedules: Sequence[Schedule], now: datetime) -> float:
        """Return in how many seconds the next schedule ticks."""
        ticks = [tick for schedule in schedules for tick in next_ticks(schedule, now, 1)]
        return min([_SCHEDULES, *((tick - now).total_seconds() for tick in ticks)])
