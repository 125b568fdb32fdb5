"""The rate limit as a pure rule: never faster, always going on, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.clocks import SKEW
from outbox.limits import Rate, after, allowance, next_allowance

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

rates = st.builds(
    Rate,
    messages=st.integers(1, 2000),
    per=st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)),
    burst=st.integers(1, 50),
)


def too_many(rate: Rate, sent: list[tuple[datetime, int]], *, slack: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the spans in which more went than the rate and the burst allow."""
    found = []
    for first in range(len(sent)):
        total = 0
        for last in range(first, len(sent)):
            total += sent[last][1]
            span = sent[last][0] - sent[first][0] + slack
            if (total - rate.burst) * rate.per > rate.messages * span:
                found.append((sent[first][0], sent[last][0]))
    return found


@given(rates, st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), max_size=40))
def test_over_no_span_more_goes_than_burst_and_rate_allow(rate: Rate, claims: list[tuple[float, int]]) -> None:
    now, rate_at, sent = NOW, None, []
    for pause, wanted in claims:
        now += pause * rate.per / rate.messages
        used = min(wanted, allowance(rate, rate_at, now))
        rate_at = after(rate, rate_at, now, used)
        sent.append((now, used))
    assert too_many(rate, sent, slack=MICROSECOND) == []


@given(rates, st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60), st.floats(0, 0.99)), max_size=40))
def test_hosts_whose_clocks_are_apart_go_too_fast_by_no_more_than_that(
    rate: Rate, claims: list[tuple[float, int, float]]
) -> None:
    true, rate_at, sent = NOW, None, []
    for pause, wanted, ahead in claims:
        true += pause * rate.per / rate.messages
        own = true + ahead * SKEW
        used = min(wanted, allowance(rate, rate_at, own))
        rate_at = after(rate, rate_at, own, used)
        sent.append((true, used))
    assert too_many(rate, sent, slack=SKEW) == []


@given(rates, st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_who_comes_at_the_next_allowance_always_gets_one_and_loses_next_to_nothing(
    rate: Rate, wishes: list[int]
) -> None:
    now, rate_at, total = NOW, None, 0
    for wanted in wishes:
        now = next_allowance(rate, rate_at, now)
        used = min(wanted, allowance(rate, rate_at, now))
        assert used >= 1
        assert next_allowance(rate, rate_at, now) == now
        rate_at = after(rate, rate_at, now, used)
        total += used
    # Rounding costs at most a microsecond a claim.
    assert now - NOW <= total * rate.per / rate.messages + 2 * len(wishes) * MICROSECOND


@given(rate=rates, jump=st.timedeltas(timedelta(0), timedelta(days=4000)), ran_ahead=st.booleans())
def test_a_clock_that_jumps_back_blocks_no_longer_than_a_burst_and_the_skew(
    *, rate: Rate, jump: timedelta, ran_ahead: bool
) -> None:
    written = NOW + jump if ran_ahead else NOW
    read = NOW if ran_ahead else NOW - jump
    rate_at = after(rate, None, written, rate.burst)
    longest = rate.burst * rate.per / rate.messages + SKEW + MICROSECOND
    # What is not believed at first is written anew by whoever makes use of it; the wait is that of who has to.
    assert rate.burst in (allowance(rate, rate_at, read), allowance(rate, rate_at, read + longest))


def test_a_clock_that_jumps_back_a_little_cannot_be_used_to_go_faster() -> None:
    rate = Rate(messages=10, per=timedelta(seconds=1), burst=5)
    rate_at = after(rate, None, NOW, 5)
    assert allowance(rate, rate_at, NOW - SKEW / 2) == 0


def test_an_uneven_rate_is_rounded_to_the_slow_side() -> None:
    rate = Rate(messages=3, per=timedelta(seconds=1))
    assert after(rate, None, NOW, 1) == NOW + timedelta(microseconds=333_334)
    assert allowance(rate, NOW + MICROSECOND, NOW) == 0
    assert allowance(rate, NOW, NOW) == 1


def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    rate = Rate(messages=10, burst=4)
    rate_at = after(rate, None, NOW, 4)
    assert [allowance(rate, rate_at, NOW + timedelta(milliseconds=ms)) for ms in (0, 99, 100, 250, 400, 10**7)] == [
        0,
        0,
        1,
        2,
        4,
        4,
    ]


@pytest.mark.parametrize("wrong", [{"messages": 0}, {"messages": 1, "burst": 0}, {"messages": 1, "per": timedelta(0)}])
def test_a_rate_at_which_nothing_goes_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a rate needs"):
        Rate(**wrong)
