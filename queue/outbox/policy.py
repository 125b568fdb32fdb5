"""How often, how fast and how long a message is tried: a value and one pure function over it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_combine, wait_exponential


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The retry policy of a destination.

    Attributes:
        initial_delay: Wait after the first failed attempt; doubles with each further one.
        max_delay: The doubling stops here.
        jitter: Up to this share of the delay is added at random, so that a thousand messages which failed together
            do not come back together. 0 to 1.
        max_attempts: The message dies when this many attempts have failed or were lost.
        max_age: The message dies when its next attempt would begin later than this after its first one. Time spent
            waiting behind others, paused or before its due time does not count; freshness is the business of
            ``expires_at``.
        lease: How long a claimed message belongs to its worker without a sign of life. Workers send one every third
            of it.
    """

    initial_delay: timedelta = timedelta(seconds=10)
    max_delay: timedelta = timedelta(hours=1)
    jitter: float = 0.2
    max_attempts: int = 50
    max_age: timedelta = timedelta(days=3)
    lease: timedelta = timedelta(minutes=1)

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


Policies = Mapping[str, Policy]
"""The policy of every destination that a worker serves."""


def next_attempt(
    policy: Policy,
    *,
    attempt: int,
    retry_after: timedelta | None,
    since: datetime,
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
        since: When the first counted attempt began.
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
    if now - since + wait > policy.max_age:
        return None
    return now + wait


def _spent(attempt: int) -> RetryCallState:
    """Describe "this many attempts were made" in tenacity's words."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return state
