"""The circuit breaker as a pure rule: when it opens, that it always asks again, and how it closes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.breaker import Breaker, BreakerRule, BreakerState, Tally, counted, permitted, probed
from outbox.clocks import SKEW

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=1)
RULE = BreakerRule(
    window=20 * SECOND,
    failure_rate=0.5,
    least_attempts=4,
    open_for=10 * SECOND,
    longest=70 * SECOND,
    probes=3,
)

tallies = st.builds(Tally, ok=st.integers(0, 5), failed=st.integers(0, 5))
rules = st.builds(
    BreakerRule,
    window=st.timedeltas(SECOND, 100 * SECOND),
    failure_rate=st.floats(0, 1, exclude_min=True),
    least_attempts=st.integers(1, 30),
    open_for=st.timedeltas(SECOND, 50 * SECOND),
    longest=st.timedeltas(50 * SECOND, 500 * SECOND),
    probes=st.integers(1, 7),
)
# What happens to a breaker: time goes by, then attempts end, then as many messages go out as it permits, up to some.
events = st.lists(st.tuples(st.timedeltas(timedelta(0), 90 * SECOND), tallies, st.integers(0, 5)), max_size=40)


def lived(rule: BreakerRule, story: Sequence[tuple[timedelta, Tally, int]]) -> tuple[Breaker, datetime]:
    breaker, now = Breaker(), NOW
    for pause, tally, wanted in story:
        now += pause
        breaker = counted(rule, breaker, tally, now=now)
        allowed = permitted(rule, breaker, patience=LEASE, now=now)
        sent = wanted if allowed is None else min(wanted, allowed)
        breaker = probed(breaker, sent, patience=LEASE, now=now)
    return breaker, now


def opened(rule: BreakerRule = RULE, trips: int = 1, now: datetime = NOW) -> Breaker:
    breaker = Breaker(trips=trips - 1)
    return counted(rule, breaker, Tally(failed=rule.least_attempts), now=now)


@given(rules, st.lists(tallies, max_size=20))
def test_within_half_a_window_it_opens_at_the_rate_and_never_below_the_least_number(
    rule: BreakerRule, story: list[Tally]
) -> None:
    breaker, ok, failed = Breaker(), 0, 0
    for tally in story:
        breaker = counted(rule, breaker, tally, now=NOW)
        ok, failed = ok + tally.ok, failed + tally.failed
        due = failed > 0 and ok + failed >= rule.least_attempts and failed >= rule.failure_rate * (ok + failed)
        assert (breaker.state is BreakerState.OPEN) == due
        if due:
            return


@given(rules, st.lists(st.tuples(st.timedeltas(timedelta(0), 60 * SECOND), tallies), max_size=40))
def test_it_opens_only_on_enough_attempts_within_the_window(
    rule: BreakerRule, story: list[tuple[timedelta, Tally]]
) -> None:
    breaker, now, ended = Breaker(), NOW, list[tuple[datetime, Tally]]()
    for pause, tally in story:
        now += pause
        ended.append((now, tally))
        breaker = counted(rule, breaker, tally, now=now)
        if breaker.state is BreakerState.OPEN:
            recent = [one for at, one in ended if now - at < rule.window]
            assert sum(one.ok + one.failed for one in recent) >= rule.least_attempts
            assert any(one.failed for one in recent)
            return


@given(rules, events)
def test_whatever_happens_a_probe_is_permitted_again_in_time(
    rule: BreakerRule, story: list[tuple[timedelta, Tally, int]]
) -> None:
    breaker, now = lived(rule, story)
    wait = rule.longest if breaker.state is BreakerState.OPEN else LEASE
    allowed = permitted(rule, breaker, patience=LEASE, now=now + wait)
    assert allowed is None or 1 <= allowed <= rule.probes


@given(rules, events)
def test_never_more_probes_are_waited_for_than_the_rule_says(
    rule: BreakerRule, story: list[tuple[timedelta, Tally, int]]
) -> None:
    breaker, _ = lived(rule, story)
    assert breaker.probes <= rule.probes
    assert (breaker.state is BreakerState.CLOSED) == (breaker.trips == 0)


@given(rules, events)
def test_it_closes_after_successful_probes(rule: BreakerRule, story: list[tuple[timedelta, Tally, int]]) -> None:
    breaker, now = lived(rule, story)
    for _ in range(rule.probes):
        now += rule.longest + LEASE
        if permitted(rule, breaker, patience=LEASE, now=now) is None:
            break
        breaker = probed(breaker, 1, patience=LEASE, now=now)
        breaker = counted(rule, breaker, Tally(ok=1, since=now), now=now)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.trips == 0


@given(rules, events, st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_clock_that_jumps_keeps_a_probe_away_no_longer_than_the_rule_and_the_skew(
    rule: BreakerRule, story: list[tuple[timedelta, Tally, int]], jump: timedelta
) -> None:
    breaker, now = lived(rule, story)
    longest = max(rule.longest, LEASE) + SKEW
    at_once, later = (permitted(rule, breaker, patience=LEASE, now=now + jump + wait) for wait in (0 * SECOND, longest))
    assert at_once is None or at_once >= 1 or (later is not None and later >= 1)


@given(rules, events, st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_clock_that_has_jumped_does_not_blind_it(
    rule: BreakerRule, story: list[tuple[timedelta, Tally, int]], jump: timedelta
) -> None:
    breaker, now = lived(rule, story)
    now += jump
    if breaker.state is BreakerState.CLOSED:
        many = Tally(failed=10_000_000, since=now)
        assert counted(rule, breaker, many, now=now + SKEW).state is BreakerState.OPEN


def test_set_back_by_days_it_probes_at_once_and_by_seconds_it_waits() -> None:
    assert permitted(RULE, opened(), patience=LEASE, now=NOW - timedelta(days=2)) == 3
    assert permitted(RULE, opened(), patience=LEASE, now=NOW - 30 * SECOND) == 0
    half = probed(opened(), 3, patience=LEASE, now=NOW + 10 * SECOND)
    assert permitted(RULE, half, patience=LEASE, now=NOW - timedelta(days=2)) == 3
    assert permitted(RULE, half, patience=LEASE, now=NOW) == 0


def test_it_stays_open_twice_as_long_each_time_up_to_the_longest() -> None:
    breaker, now, spans = opened(), NOW, []
    for _ in range(5):
        assert breaker.until is not None
        spans.append((breaker.until - now) / SECOND)
        now = breaker.until
        assert permitted(RULE, breaker, patience=LEASE, now=now - timedelta(microseconds=1)) == 0
        breaker = probed(breaker, 3, patience=LEASE, now=now)
        breaker = counted(RULE, breaker, Tally(failed=2), now=now)
    assert spans == [10, 20, 40, 70, 70]


def test_failures_older_than_the_window_are_forgotten() -> None:
    breaker = counted(RULE, Breaker(), Tally(failed=3), now=NOW)
    assert counted(RULE, breaker, Tally(failed=1), now=NOW + 9 * SECOND).state is BreakerState.OPEN
    assert counted(RULE, breaker, Tally(failed=1), now=NOW + 19 * SECOND).state is BreakerState.OPEN
    assert counted(RULE, breaker, Tally(failed=3), now=NOW + 20 * SECOND).state is BreakerState.CLOSED


def test_one_success_in_a_hundred_does_not_hide_an_outage() -> None:
    breaker = counted(BreakerRule(), Breaker(), Tally(ok=1, failed=99), now=NOW)
    assert breaker.state is BreakerState.OPEN


def test_half_open_lets_so_many_through_and_replaces_those_that_are_never_heard_of() -> None:
    now = NOW + 10 * SECOND
    breaker = probed(opened(), 2, patience=LEASE, now=now)
    assert breaker.state is BreakerState.HALF_OPEN
    assert permitted(RULE, breaker, patience=LEASE, now=now) == 1
    breaker = probed(breaker, 1, patience=LEASE, now=now)
    assert permitted(RULE, breaker, patience=LEASE, now=now) == 0
    breaker = counted(RULE, breaker, Tally(ok=1, since=now), now=now)
    # One has answered, two workers died.
    assert permitted(RULE, breaker, patience=LEASE, now=now + LEASE - SECOND) == 0
    assert permitted(RULE, breaker, patience=LEASE, now=now + LEASE) == 2
    breaker = probed(breaker, 1, patience=LEASE, now=now + LEASE)
    breaker = counted(RULE, breaker, Tally(ok=1, since=now + LEASE), now=now + LEASE)
    assert breaker.state is BreakerState.CLOSED


def test_half_open_it_probes_again_under_a_rule_of_fewer_probes_than_have_answered() -> None:
    now = NOW + 10 * SECOND
    breaker = probed(opened(), 3, patience=LEASE, now=now)
    breaker = counted(RULE, breaker, Tally(ok=1, failed=1, since=now), now=now)
    fewer = replace(RULE, probes=2)
    assert permitted(fewer, breaker, patience=LEASE, now=now + LEASE - SECOND) == 0
    now += LEASE
    assert permitted(fewer, breaker, patience=LEASE, now=now) == 1
    breaker = probed(breaker, 1, patience=LEASE, now=now)
    assert permitted(fewer, breaker, patience=LEASE, now=now) == 0
    assert counted(fewer, breaker, Tally(ok=1, since=now), now=now).state is BreakerState.CLOSED
    assert counted(fewer, breaker, Tally(failed=1, since=now), now=now).state is BreakerState.OPEN


def test_what_began_before_it_opened_neither_closes_nor_reopens_it() -> None:
    now = NOW + 10 * SECOND
    breaker = probed(opened(), 3, patience=LEASE, now=now)
    assert counted(RULE, breaker, Tally(failed=3, since=NOW - SECOND), now=now) == breaker
    assert counted(RULE, breaker, Tally(ok=3, since=NOW - SECOND), now=now) == breaker
    assert counted(RULE, breaker, Tally(ok=3, since=now), now=now).state is BreakerState.CLOSED


def test_tallies_add_up_and_keep_the_earliest_beginning() -> None:
    total = Tally(ok=1, since=NOW) + Tally(failed=2) + Tally(ok=1, since=NOW - SECOND)
    assert total == Tally(ok=2, failed=2, since=NOW - SECOND)
    assert Tally() + Tally(ok=1) == Tally(ok=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": timedelta(0)},
        {"failure_rate": 0.0},
        {"failure_rate": 1.1},
        {"least_attempts": 0},
        {"probes": 0},
        {"open_for": timedelta(0)},
        {"open_for": timedelta(hours=1)},
    ],
)
def test_a_rule_by_which_it_could_not_open_or_not_close_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"breaker|failure_rate|least_attempts"):
        BreakerRule(**wrong)
