"""The retry policy and the verdict: pure rules, checked over their whole range."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox import Policy, next_attempt

SINCE = datetime(2026, 9, 1, tzinfo=UTC)

spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
shares = st.floats(min_value=0, max_value=1, exclude_max=True)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    initial = draw(spans)
    return Policy(
        initial_delay=initial,
        max_delay=initial + draw(spans),
        jitter=draw(st.floats(min_value=0, max_value=1)),
        max_attempts=draw(st.integers(min_value=1, max_value=10_000)),
        max_age=draw(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=4000))),
    )


@given(policies(), st.integers(1, 20_000), st.none() | spans, spans, shares)
def test_the_next_attempt_keeps_every_bound(
    policy: Policy, attempt: int, retry_after: timedelta | None, age: timedelta, share: float
) -> None:
    now = SINCE + age
    following = next_attempt(
        policy, attempt=attempt, retry_after=retry_after, since=SINCE, now=now, random=lambda: share
    )
    if following is None:
        return
    assert attempt < policy.max_attempts
    assert now + (retry_after or timedelta(0)) <= following <= SINCE + policy.max_age
    longest = policy.max_delay * (1 + policy.jitter) + timedelta(microseconds=1)
    assert following - now <= max(longest, retry_after or timedelta(0))


@given(policies(), st.integers(1, 9_999), shares)
def test_delays_never_shrink_and_stop_growing_at_the_cap(policy: Policy, attempt: int, share: float) -> None:
    endless = Policy(
        initial_delay=policy.initial_delay,
        max_delay=policy.max_delay,
        jitter=policy.jitter,
        max_attempts=10**9,
        max_age=timedelta(days=100_000),
    )
    first, second = (
        next_attempt(endless, attempt=n, retry_after=None, since=SINCE, now=SINCE, random=lambda: share)
        for n in (attempt, attempt + 1)
    )
    assert first is not None
    assert second is not None
    assert SINCE + policy.initial_delay <= first <= second


@given(policies(), spans, shares)
def test_what_the_destination_asks_beyond_the_age_ends_the_message(
    policy: Policy, beyond: timedelta, share: float
) -> None:
    asked = policy.max_age + beyond + timedelta(microseconds=1)
    assert next_attempt(policy, attempt=1, retry_after=asked, since=SINCE, now=SINCE, random=lambda: share) is None


def test_delays_double_from_the_first_to_the_cap() -> None:
    policy = Policy(initial_delay=timedelta(seconds=10), max_delay=timedelta(seconds=60), jitter=0)
    delays = [
        next_attempt(policy, attempt=n, retry_after=None, since=SINCE, now=SINCE, random=lambda: 0.9)
        for n in range(1, 6)
    ]
    assert delays == [SINCE + timedelta(seconds=wait) for wait in (10, 20, 40, 60, 60)]


def test_an_absurd_retry_after_does_not_overflow() -> None:
    asked = timedelta.max
    assert next_attempt(Policy(), attempt=1, retry_after=asked, since=SINCE, now=SINCE, random=lambda: 0) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"initial_delay": timedelta(seconds=-1)},
        {"initial_delay": timedelta(hours=2), "max_delay": timedelta(hours=1)},
        {"jitter": 1.5},
        {"max_attempts": 0},
        {"max_age": timedelta(0)},
        {"lease": timedelta(0)},
    ],
)
def test_a_policy_that_could_deliver_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"policy|jitter|max_"):
        Policy(**wrong)
