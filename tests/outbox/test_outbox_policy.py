"""The policy of a destination: retries as a pure rule over their whole range, and the policy as data."""

import json
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.breaker import BreakerRule
from outbox.limits import Rate
from outbox.policy import DeadHead, KindPolicy, Policy, Silence, next_attempt
from outbox.windows import Window, Windows

SINCE = datetime(2026, 9, 1, tzinfo=UTC)
NOTHING = timedelta(0)

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
    following = next_attempt(policy, attempt=attempt, retry_after=retry_after, age=age, now=now, random=lambda: share)
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
        next_attempt(endless, attempt=n, retry_after=None, age=NOTHING, now=SINCE, random=lambda: share)
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
    assert next_attempt(policy, attempt=1, retry_after=asked, age=NOTHING, now=SINCE, random=lambda: share) is None


def test_delays_double_from_the_first_to_the_cap() -> None:
    policy = Policy(initial_delay=timedelta(seconds=10), max_delay=timedelta(seconds=60), jitter=0)
    delays = [
        next_attempt(policy, attempt=n, retry_after=None, age=NOTHING, now=SINCE, random=lambda: 0.9)
        for n in range(1, 6)
    ]
    assert delays == [SINCE + timedelta(seconds=wait) for wait in (10, 20, 40, 60, 60)]


def test_an_absurd_retry_after_does_not_overflow() -> None:
    asked = timedelta.max
    assert next_attempt(Policy(), attempt=1, retry_after=asked, age=NOTHING, now=SINCE, random=lambda: 0) is None


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


names = st.text("abc", min_size=1, max_size=3)
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))
times = st.times()
windows = st.builds(
    Windows,
    zone=st.sampled_from(["Europe/Moscow", "UTC"]).map(ZoneInfo),
    open=st.lists(
        st.builds(Window, days=st.frozensets(st.integers(0, 6), min_size=1), opens=times, closes=times), max_size=2
    ).map(tuple),
    quiet=st.lists(
        st.builds(Window, days=st.frozensets(st.integers(0, 6), min_size=1), opens=times, closes=times), max_size=2
    ).map(tuple),
    closed_days=st.frozensets(st.dates(), max_size=2),
)
kind_policies = st.builds(
    KindPolicy,
    dead_head=st.sampled_from(DeadHead),
    expired=st.sampled_from(DeadHead),
    answer_within=lengths,
    await_answer=st.booleans(),
    silence=st.sampled_from(Silence),
)


@st.composite
def whole_policies(draw: st.DrawFn) -> Policy:
    initial, first = draw(spans), draw(lengths)
    return Policy(
        initial_delay=initial,
        max_delay=initial + draw(spans),
        jitter=draw(shares),
        max_attempts=draw(st.integers(1, 100)),
        max_age=draw(lengths),
        lease=draw(lengths),
        run=draw(st.integers(1, 50)),
        breaker=draw(
            st.none()
            | st.builds(
                BreakerRule,
                window=lengths,
                failure_rate=st.floats(0, 1, exclude_min=True),
                open_for=st.just(first),
                longest=st.just(2 * first),
            )
        ),
        concurrency=draw(st.none() | st.integers(1, 50)),
        rate=draw(st.none() | st.builds(Rate, messages=st.integers(1, 50), per=lengths, burst=st.integers(1, 50))),
        windows=draw(st.none() | windows),
        freshness=draw(st.none() | lengths),
        backlog=draw(st.none() | st.integers(1, 50)),
        kinds=draw(st.dictionaries(names, kind_policies, max_size=2)),
        other_kinds=draw(kind_policies),
    )


@given(whole_policies())
def test_a_policy_survives_being_written_down_and_read(policy: Policy) -> None:
    assert Policy.from_mapping(json.loads(json.dumps(policy.to_mapping()))) == policy


def test_a_policy_is_read_from_a_file_and_the_rest_keeps_its_defaults() -> None:
    policy = Policy.from_mapping(
        tomllib.loads("""
            lease_seconds = 90
            concurrency = 4
            breaker = false
            rate = {messages = 10, per_seconds = 0.5, burst = 5}

            [windows]
            zone = "Europe/Moscow"
            open = [{days = [0, 1, 2, 3, 4], opens = 08:00:00, closes = "20:00"}]
            quiet = [{days = [0], opens = "12:00", closes = "12:30"}]
            closed_days = ["2026-11-04", 2026-12-31]

            [kinds.mark]
            dead_head = "block_destination"
            """)
    )
    assert policy == Policy(
        lease=timedelta(seconds=90),
        concurrency=4,
        breaker=None,
        rate=Rate(messages=10, per=timedelta(seconds=0.5), burst=5),
        windows=Windows(
            zone=ZoneInfo("Europe/Moscow"),
            open=(Window(days=frozenset(range(5)), opens=time(8), closes=time(20)),),
            quiet=(Window(days=frozenset({0}), opens=time(12), closes=time(12, 30)),),
            closed_days=frozenset({date(2026, 11, 4), date(2026, 12, 31)}),
        ),
        kinds={"mark": KindPolicy(dead_head=DeadHead.BLOCK_DESTINATION)},
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lease": 60}, r"policy: unknown name 'lease'; known are .*lease_seconds"),
        ({"breaker": {"probe": 1}}, r"policy\.breaker: unknown name 'probe'"),
        ({"kinds": {"mark": {"dead": "skip"}}}, r"policy\.kinds\.mark: unknown name 'dead'"),
        ({"windows": {"open": []}}, r"policy\.windows: .*zone"),
        ({"windows": {"zone": "Mars/Base"}}, r"policy\.windows\.zone must be a time zone .*'Mars/Base'"),
        (
            {"windows": {"zone": "UTC", "open": [{"days": [0], "opens": "8 am", "closes": "09:00"}]}},
            r"policy\.windows\.open\[0\]\.opens must be a time",
        ),
        ({"windows": {"zone": "UTC", "closed_days": "2026-09-01"}}, r"closed_days must be a list"),
        ({"max_attempts": True}, r"policy\.max_attempts must be a whole number, is True"),
        ({"max_attempts": "3"}, r"policy\.max_attempts must be a whole number"),
        ({"lease_seconds": float("nan")}, r"policy\.lease_seconds must be a number of seconds"),
        ({"lease_seconds": 1e30}, r"policy\.lease_seconds must be a number of seconds"),
        ({"lease_seconds": False}, r"policy\.lease_seconds must be a number of seconds"),
        ({"rate": {"messages": 0}}, r"policy\.rate: a rate needs"),
        ({"rate": 5}, r"policy\.rate must be a mapping"),
        ({"other_kinds": {"silence": "shrug"}}, r"silence must be one of dead, retry, is 'shrug'"),
        ({"other_kinds": {"silence": ["dead"]}}, r"silence must be one of dead, retry"),
        ({"jitter": 2}, r"policy: jitter"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Policy.from_mapping(wrong)


def test_a_kind_without_a_policy_of_its_own_is_treated_like_the_others() -> None:
    mark = KindPolicy(dead_head=DeadHead.SKIP)
    policy = Policy(kinds={"mark": mark})
    assert policy.kind("mark") == mark
    assert policy.kind("order") == KindPolicy()
