"""The circuit breaker of a destination: when to leave it alone, and when to ask carefully whether it is back. Pure.

Failures are counted as a rate over a sliding window, not in a row: one lucky answer in a hundred must not hide an
outage, one unlucky one must not make it. What is counted is the destination not answering properly (``Retry``, a lost
lease is nobody's fault and not counted); a refusal is an answer.

A breaker opens for a while, then lets a few messages through as probes. Most of them delivered: it closes. Most of
them failed: it opens again, for twice as long. A probe that is never heard of (its worker died) does not count and is
made up for by another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from outbox.clocks import SKEW, is_over


class BreakerState(StrEnum):
    """Closed lets everything through, open nothing, half-open a few probes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerRule:
    """When a breaker opens and how it closes.

    Attributes:
        window: Over which time failures are counted: what is older is forgotten, what is younger than half of it is
            remembered.
        failure_rate: Opens when at least this share of the attempts in the window failed; above 0, at most 1.
        least_attempts: ... and there were at least so many.
        open_for: How long it stays open the first time; doubles with each probe that fails ...
        longest: ... up to this.
        probes: How many messages are sent half-open; if more than half of them succeed, it closes.

    Raises:
        ValueError: A rule by which it could never open, or never close again.
    """

    window: timedelta = timedelta(minutes=1)
    failure_rate: float = 0.7
    least_attempts: int = 10
    open_for: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)
    probes: int = 1

    def __post_init__(self) -> None:
        """Refuse a rule by which a breaker could never open, or never close again."""
        if self.window <= timedelta(0):
            raise ValueError("a breaker's window must be longer than nothing")
        if not 0 < self.failure_rate <= 1:
            raise ValueError("failure_rate is a share of the attempts: above 0, at most 1")
        if self.least_attempts < 1 or self.probes < 1:
            raise ValueError("least_attempts and probes must be at least 1")
        if not timedelta(0) < self.open_for <= self.longest:
            raise ValueError("a breaker needs 0 < open_for <= longest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How attempts at one destination ended.

    Attributes:
        ok: How many were answered properly: delivered, sent or refused.
        failed: How many were not (``Retry``).
        since: When the first of them began, if that is known. What began before the breaker changed its state for
            the last time says nothing about now and is not counted, nor is what is tallied together with it.
    """

    ok: int = 0
    failed: int = 0
    since: datetime | None = None

    def __add__(self, other: Tally) -> Tally:
        """Put two tallies of one destination together."""
        begun = [since for since in (self.since, other.since) if since is not None]
        return Tally(ok=self.ok + other.ok, failed=self.failed + other.failed, since=min(begun, default=None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """Where a breaker stands.

    Attributes:
        state: Whether it lets messages through.
        since: Since when it is in this state; None if it never changed.
        until: Open, until when; half-open, until when its probes are waited for.
        trips: How many times in a row it has opened without closing.
        probes: How many probes may be on their way or have been answered since it is half-open.
        window_since: When the current half of the window began.
        ok: Proper answers in the current half of the window; half-open, those of probes.
        failed: Failures, likewise.
        before_ok: Proper answers in the half before it.
        before_failed: Failures, likewise.
    """

    state: BreakerState = BreakerState.CLOSED
    since: datetime | None = None
    until: datetime | None = None
    trips: int = 0
    probes: int = 0
    window_since: datetime | None = None
    ok: int = 0
    failed: int = 0
    before_ok: int = 0
    before_failed: int = 0


def permitted(rule: BreakerRule, breaker: Breaker, *, patience: timedelta, now: datetime) -> int | None:
    """Say how many messages a breaker lets through now.

    Args:
        rule: The destination's rule.
        breaker: Where its breaker stands.
        patience: How long a probe is waited for before another one takes its place; the destination's lease.
        now: The present.

    Returns:
        A number of probes, 0 for none, None for any number. Open for ``rule.longest``, it permits at least one probe
        again; half-open, at the latest after ``patience``. A clock that jumps adds ``SKEW`` at most.
    """
    if breaker.state is BreakerState.CLOSED:
        return None
    if breaker.state is BreakerState.OPEN:
        over = breaker.until is None or is_over(breaker.until, now, at_most=rule.longest)
        return rule.probes if over else 0
    over = breaker.until is None or is_over(breaker.until, now, at_most=patience)
    if over:
        # At least one: as many as a rule now wants may have answered before, under a rule that wanted more, and only
        # a further answer can open or close it.
        return max(1, rule.probes - breaker.ok - breaker.failed)
    return max(0, rule.probes - breaker.probes)


def probed(breaker: Breaker, sent: int, *, patience: timedelta, now: datetime) -> Breaker:
    """Return the breaker after so many messages were let through by ``permitted`` at the same moment."""
    if breaker.state is BreakerState.CLOSED or sent == 0:
        return breaker
    if breaker.state is BreakerState.OPEN:
        return Breaker(state=BreakerState.HALF_OPEN, since=now, until=now + patience, trips=breaker.trips, probes=sent)
    if breaker.until is None or is_over(breaker.until, now, at_most=patience):
        # Probes that have not answered by now are given up: the new ones take their places.
        return replace(breaker, until=now + patience, probes=breaker.ok + breaker.failed + sent)
    return replace(breaker, probes=breaker.probes + sent)


def counted(rule: BreakerRule, breaker: Breaker, tally: Tally, *, now: datetime) -> Breaker:
    """Return the breaker after these attempts have ended.

    Open, it waits for probes whatever comes in. A tally that began before the present state is left out, unless the
    state is from the future: then a clock has jumped, and the order of the two is not known.
    """
    if tally.since is not None and breaker.since is not None and tally.since < breaker.since <= now:
        return breaker
    if breaker.state is BreakerState.CLOSED:
        return _counted_closed(rule, breaker, tally, now)
    if breaker.state is BreakerState.HALF_OPEN:
        return _counted_probes(rule, breaker, tally, now)
    return breaker


def _counted_closed(rule: BreakerRule, breaker: Breaker, tally: Tally, now: datetime) -> Breaker:
    rolled = _rolled(rule, breaker, now)
    after = replace(rolled, ok=rolled.ok + tally.ok, failed=rolled.failed + tally.failed)
    failed = after.failed + after.before_failed
    attempts = failed + after.ok + after.before_ok
    if failed and attempts >= rule.least_attempts and failed >= rule.failure_rate * attempts:
        return _opened(rule, after, now)
    return after


def _counted_probes(rule: BreakerRule, breaker: Breaker, tally: Tally, now: datetime) -> Breaker:
    ok, failed = breaker.ok + tally.ok, breaker.failed + tally.failed
    if 2 * ok > rule.probes:
        return Breaker(state=BreakerState.CLOSED, since=now)
    if 2 * failed >= rule.probes:
        return _opened(rule, breaker, now)
    return replace(breaker, ok=ok, failed=failed)


def _rolled(rule: BreakerRule, breaker: Breaker, now: datetime) -> Breaker:
    """Move the window on: the current half becomes the one before, what lies before that is forgotten."""
    half, begun = rule.window / 2, breaker.window_since
    if begun is None or now - begun >= 2 * half or begun - now > SKEW:
        return replace(breaker, window_since=now, ok=0, failed=0, before_ok=0, before_failed=0)
    if now - begun < half:
        return breaker
    return replace(
        breaker,
        window_since=begun + half,
        ok=0,
        failed=0,
        before_ok=breaker.ok,
        before_failed=breaker.failed,
    )


def _opened(rule: BreakerRule, breaker: Breaker, now: datetime) -> Breaker:
    trips = breaker.trips + 1
    return Breaker(state=BreakerState.OPEN, since=now, until=now + _span(rule, trips), trips=trips)


def _span(rule: BreakerRule, trips: int) -> timedelta:
    """Return how long a breaker stays open that opens for the so-manieth time in a row."""
    span = rule.open_for
    for _ in range(trips - 1):
        if span > rule.longest / 2:
            return rule.longest
        span *= 2
    return span
