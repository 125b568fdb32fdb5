"""How a destination is treated, as data, and when a failed message is tried again: values and one pure function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_combine, wait_exponential

from outbox.breaker import BreakerRule
from outbox.limits import Rate
from outbox.plain import from_plain, to_plain
from outbox.windows import Windows


class DeadHead(StrEnum):
    """What happens to a lane whose head is dead."""

    BLOCK = "block"
    """It holds its followers until a person decides: for what must not be overtaken."""

    SKIP = "skip"
    """The lane moves on: for what is worth nothing without being in time."""

    BLOCK_DESTINATION = "block_destination"
    """The destination is paused: for what shows that its contract is broken."""


class Silence(StrEnum):
    """What happens to a sent message whose business answer does not come in time."""

    DEAD = "dead"
    RETRY = "retry"


@dataclass(frozen=True, kw_only=True, slots=True)
class KindPolicy:
    """What is special about one kind of message at a destination.

    Attributes:
        dead_head: What a refused or used-up message does to its lane.
        expired: What a message does to its lane that was not sent in its time.
        answer_within: How long a ``Sent`` without a time of its own waits for the business answer.
        await_answer: Whether the lane stands still until the business answer is there.
        silence: What an answer that does not come means.
    """

    dead_head: DeadHead = DeadHead.BLOCK
    expired: DeadHead = DeadHead.SKIP
    answer_within: timedelta = timedelta(days=1)
    await_answer: bool = False
    silence: Silence = Silence.DEAD

    def __post_init__(self) -> None:
        """Refuse an answer that would be overdue at once."""
        if self.answer_within <= timedelta(0):
            raise ValueError("answer_within must be longer than nothing")


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How one destination is treated.

    Attributes:
        initial_delay: Wait after the first failed attempt; doubles with each further one.
        max_delay: The doubling stops here.
        jitter: Up to this share of the delay is added at random, so that a thousand messages which failed together
            do not come back together. 0 to 1.
        max_attempts: The message dies when this many attempts have failed or were lost.
        max_age: The message dies when its next attempt would begin later than this after its first one. Time before
            the first attempt does not count, nor does time in which the destination was paused or its breaker open;
            freshness is the business of ``expires_at``.
        lease: How long a claimed message belongs to its worker without a sign of life. Workers send one every third
            of it.
        run: At most so many messages of one lane are claimed at once. They are still delivered one after another.
        breaker: When to leave the destination alone for a while; None for never.
        concurrency: At most so many lanes at once, over all workers on all hosts; None for no limit.
        rate: At most so many messages in a time, likewise.
        windows: When the destination may be spoken to; None for always.
        freshness: The oldest unfinished message should be younger than this; what is older is reported.
        backlog: ``enqueue`` refuses further messages once so many are unfinished; None for no limit. Counted from time
            to time, not with every message.
        kinds: What is special about some kinds of message.
        other_kinds: How every other kind is treated.
    """

    initial_delay: timedelta = timedelta(seconds=10)
    max_delay: timedelta = timedelta(hours=1)
    jitter: float = 0.2
    max_attempts: int = 50
    max_age: timedelta = timedelta(days=3)
    lease: timedelta = timedelta(minutes=1)
    run: int = 10
    breaker: BreakerRule | None = field(default_factory=BreakerRule)
    concurrency: int | None = None
    rate: Rate | None = None
    windows: Windows | None = None
    freshness: timedelta | None = None
    backlog: int | None = None
    kinds: Mapping[str, KindPolicy] = field(default_factory=dict)
    other_kinds: KindPolicy = field(default_factory=KindPolicy)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, at: str = "policy") -> "Policy":
        """Make a policy from plain data, such as a part of a TOML or JSON file.

        Entries are named like the fields, those that hold a time with ``_seconds`` behind (``lease_seconds = 60``,
        ``breaker = {window_seconds = 60}``, ``rate = {messages = 10, per_seconds = 1}``). ``false`` stands for None
        (``breaker = false``). Windows and quiet hours::

            [windows]
            zone = "Europe/Moscow"
            open = [{days = [0, 1, 2, 3, 4], opens = "08:00", closes = "20:00"}]
            quiet = [{days = [0, 1, 2, 3, 4], opens = "12:00", closes = "12:30"}]
            closed_days = ["2026-11-04"]

        Args:
            mapping: What it does not hold keeps its default.
            at: Where it stands, for the messages of errors.

        Raises:
            ValueError: A name that no policy has, a value of a wrong sort, or a policy that could deliver nothing;
                the message names the entry.
        """
        return from_plain(cls, mapping, at=at)

    def to_mapping(self) -> dict[str, Any]:
        """Return the policy as plain data with every field; ``from_mapping`` makes an equal policy of it."""
        return to_plain(self)

    def kind(self, name: str) -> KindPolicy:
        """Return what holds for a kind of message."""
        return self.kinds.get(name, self.other_kinds)

    def __post_init__(self) -> None:
        """Refuse a policy by which nothing could ever be delivered."""
        if self.initial_delay < timedelta(0) or self.max_delay < self.initial_delay:
            raise ValueError("a policy needs 0 <= initial_delay <= max_delay")
        if not 0 <= self.jitter <= 1:
            raise ValueError("jitter is a share of the delay: 0 to 1")
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be at least 1")
        if self.max_age <= timedelta(0) or self.lease <= timedelta(0):
            raise ValueError("max_age and lease must be longer than nothing")
        if self.run < 1:
            raise ValueError("run must be at least 1")
        if (self.concurrency is not None and self.concurrency < 1) or (self.backlog is not None and self.backlog < 1):
            raise ValueError("concurrency and backlog must be at least 1 where they are given")


Policies = Mapping[str, Policy]
"""The policy of every destination that a worker serves."""


def next_attempt(
    policy: Policy,
    *,
    attempt: int,
    retry_after: timedelta | None,
    age: timedelta,
    now: datetime,
    random: Callable[[], float],
) -> datetime | None:
    """Say when to try again after a failed attempt, or that there is no further attempt.

    The delay never exceeds ``max_delay * (1 + jitter)`` unless the destination asked for more, and is never shorter
    than the destination asked for. Where what it asked for lies beyond ``max_age``, the message is out of time now.

    Args:
        policy: The destination's policy.
        attempt: How many attempts have counted so far, this one included; from 1.
        retry_after: How long the destination asked to be left alone, if it did.
        age: How long ago the first counted attempt began, without the time in which the destination was away.
        now: When this attempt ended.
        random: Gives a number in [0, 1).

    Returns:
        The earliest time of the next attempt, or None where number or age are used up.
    """
    spent = _spent(attempt)
    if stop_after_attempt(policy.max_attempts)(spent):
        return None
    backoff = wait_exponential(
        multiplier=policy.initial_delay.total_seconds(), max=policy.max_delay.total_seconds(), exp_base=2
    )
    # tenacity's own jitter draws from the process-wide generator, which no test could hold still;
    # it takes any callable as a strategy, so ours draws from the generator that was handed in.
    jittered = wait_combine(backoff, lambda state: backoff(state) * policy.jitter * random())
    wait = max(timedelta(seconds=jittered(spent)), retry_after or timedelta(0))
    if age + wait > policy.max_age:
        return None
    return now + wait


def _spent(attempt: int) -> RetryCallState:
    """Describe "this many attempts were made" in tenacity's words."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return state
