"""Destinations on both databases: what a claim may take, and that limits hold however many workers ask at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from itertools import count
from threading import Barrier
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select

from outbox import tables
from outbox.breaker import BreakerRule, BreakerState, Tally
from outbox.decisions import decisions
from outbox.destinations import (
    SYSTEM,
    DestinationStanding,
    Grant,
    Transition,
    away_times,
    drain,
    grants,
    mark_full,
    opens_at,
    pause,
    reopen,
    report,
    resume,
    spend,
    standings,
)
from outbox.limits import Rate
from outbox.message import LaneState, Priority, State
from outbox.policy import Policies, Policy
from outbox.testing import ManualClock
from outbox.windows import Window, Windows

IN_MEMORY_TOO = True

SECOND = timedelta(seconds=1)
RULE = BreakerRule(window=20 * SECOND, failure_rate=0.5, least_attempts=4, open_for=10 * SECOND, longest=80 * SECOND)
WORKERS = 6
Answer = TypeVar("Answer")


class Bench:
    """A database with a clock, and the smallest possible claims and settlements."""

    def __init__(self, engine: Engine, clock: ManualClock, **policy: Any) -> None:
        self.engine, self.clock = engine, clock
        self.policies: Policies = {"authority": Policy(**policy), "portal": Policy()}
        self._numbers = count(1)

    def within(self, work: Callable[[Connection], Answer]) -> Answer:
        with self.engine.begin() as connection:
            return work(connection)

    def grants(self, limit: int = 100) -> dict[str, Grant]:
        granted = self.within(lambda one: grants(one, self.policies, limit=limit, now=self.clock()))
        return {grant.destination: grant for grant in granted}

    def claim(self, limit: int = 100) -> int:
        """Lease as many lanes of the authority as may be, and say how many; one message each."""
        with self.engine.begin() as connection:
            granted = grants(connection, self.policies, limit=limit, now=self.clock())
            lanes = sum(grant.lanes for grant in granted if grant.destination == "authority")
            lease(connection, [next(self._numbers) for _ in range(lanes)], until=self.clock() + timedelta(minutes=1))
            spend(connection, granted, {"authority": lanes}, policies=self.policies, now=self.clock())
        return lanes

    def release(self) -> None:
        self.within(lambda one: one.execute(delete(tables.lane)))

    def report(self, *, ok: int = 0, failed: int = 0, since: datetime | None = None) -> list[Transition]:
        tallies = {"authority": Tally(ok=ok, failed=failed, since=since)}
        return self.within(lambda one: report(one, tallies, policies=self.policies, now=self.clock()))

    def standing(self) -> DestinationStanding:
        [found] = [one for one in self.within(standings) if one.name == "authority"]
        return found

    def away(self) -> timedelta:
        times = self.within(lambda one: away_times(one, ["authority"], now=self.clock()))
        return timedelta(microseconds=times["authority"])

    def at_once(self, work: Callable[[], Answer]) -> list[Answer]:
        """Do the same in several threads, begun together."""
        together = Barrier(WORKERS)

        def one(_: int) -> Answer:
            together.wait()
            return work()

        with ThreadPoolExecutor(WORKERS) as threads:
            return list(threads.map(one, range(WORKERS)))


def lease(connection: Connection, numbers: Sequence[int], *, until: datetime) -> None:
    rows = [
        {
            "id": number,
            "destination": "authority",
            "key": f"k:{number}",
            "state": LaneState.LEASED,
            "priority": Priority.NORMAL,
            "lease_owner": "worker",
            "lease_until": until,
            "fence": 1,
        }
        for number in numbers
    ]
    if rows:
        connection.execute(insert(tables.lane), rows)


@pytest.fixture
def open_bench(engine: Engine, clock: ManualClock) -> Callable[..., Bench]:
    return lambda **policy: Bench(engine, clock, **policy)


def test_without_limits_everything_is_granted_and_no_row_is_made_or_locked(open_bench: Callable[..., Bench]) -> None:
    unlimited = open_bench()
    granted = unlimited.grants(limit=7)
    assert {name: (grant.lanes, grant.messages, grant.run) for name, grant in granted.items()} == {
        "authority": (7, 7, 10),
        "portal": (7, 7, 10),
    }
    assert all(grant.held is None for grant in granted.values())
    assert unlimited.within(standings) == []
    assert unlimited.grants(limit=0) == {}


def test_a_pause_keeps_one_destination_and_a_stop_keeps_all(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench()
    why: dict[str, Any] = {"by": "duty", "reason": "announced", "now": bench.clock()}
    assert bench.within(lambda one: pause(one, "authority", **why))
    assert not bench.within(lambda one: pause(one, "authority", **{**why, "by": "somebody else"}))
    assert bench.standing().paused_by == "duty"
    assert list(bench.grants()) == ["portal"]
    stop = insert(tables.switch).values(name=tables.GLOBAL_STOP, set_at=bench.clock(), set_by="duty", reason="all")
    bench.within(lambda one: one.execute(stop))
    assert bench.grants() == {}
    bench.within(lambda one: one.execute(delete(tables.switch)))
    bench.within(lambda one: resume(one, "authority", now=bench.clock()))
    assert list(bench.grants()) == ["authority", "portal"]


def test_outside_its_windows_a_destination_gets_nothing_and_the_opening_is_foreseen(
    open_bench: Callable[..., Bench],
) -> None:
    moscow = ZoneInfo("Europe/Moscow")
    night = Window(days=frozenset(range(7)), opens=time(22), closes=time(6))
    bench = open_bench(windows=Windows(zone=moscow, open=(night,)))
    assert list(bench.grants()) == ["portal"]
    evening = datetime(2026, 9, 1, 22, 0, tzinfo=moscow)
    assert bench.within(lambda one: opens_at(one, bench.policies, now=bench.clock())) == evening
    bench.clock.advance(evening - bench.clock())
    assert list(bench.grants()) == ["authority", "portal"]
    assert bench.within(lambda one: opens_at(one, bench.policies, now=bench.clock())) is None


def test_concurrency_counts_what_is_leased(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(concurrency=3)
    assert bench.claim(limit=2) == 2
    assert bench.grants()["authority"].lanes == 1
    assert bench.claim() == 1
    assert "authority" not in bench.grants()
    bench.release()
    assert bench.grants()["authority"].lanes == 3


def test_a_rate_is_spent_and_comes_back(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(rate=Rate(messages=2, per=SECOND, burst=3))
    assert bench.claim() == 3
    assert bench.claim() == 0
    assert bench.within(lambda one: opens_at(one, bench.policies, now=bench.clock())) == bench.clock() + SECOND / 2
    bench.clock.advance(SECOND)
    assert bench.claim(limit=1) == 1
    assert bench.claim() == 1


@pytest.mark.parametrize(
    ("policy", "most"),
    [({"concurrency": 5}, 5), ({"rate": Rate(messages=1, per=timedelta(hours=1), burst=5)}, 5)],
    ids=["concurrency", "rate"],
)
def test_workers_that_claim_at_once_stay_within_the_limit_together(
    open_bench: Callable[..., Bench], policy: Mapping[str, Any], most: int
) -> None:
    bench = open_bench(**policy)
    claimed = bench.at_once(lambda: sum(bench.claim(limit=2) for _ in range(4)))
    assert sum(claimed) == most


def test_half_open_all_workers_together_send_no_more_than_the_probes(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(breaker=BreakerRule(least_attempts=4, probes=3))
    assert [(one.old, one.new) for one in bench.report(failed=4)] == [(BreakerState.CLOSED, BreakerState.OPEN)]
    assert sum(bench.at_once(lambda: bench.claim(limit=2))) == 0
    bench.clock.advance(30 * SECOND)
    assert bench.grants()["authority"].run == 1
    assert sum(bench.at_once(lambda: sum(bench.claim(limit=2) for _ in range(3)))) == 3
    assert bench.standing().breaker is BreakerState.HALF_OPEN


def test_a_breaker_goes_its_whole_round_and_says_so(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(breaker=RULE)
    assert bench.report(ok=1, failed=1) == []
    assert (bench.standing().ok, bench.standing().failed) == (1, 1)
    bench.report(failed=2)
    assert bench.standing().breaker is BreakerState.OPEN
    assert bench.within(lambda one: opens_at(one, bench.policies, now=bench.clock())) == bench.clock() + 10 * SECOND
    bench.clock.advance(10 * SECOND)
    with bench.engine.begin() as connection:
        granted = grants(connection, bench.policies, limit=9, now=bench.clock())
        [half] = spend(connection, granted, {"authority": 1}, policies=bench.policies, now=bench.clock())
    assert half == Transition(destination="authority", old=BreakerState.OPEN, new=BreakerState.HALF_OPEN)
    assert "authority" not in bench.grants()
    [closed] = bench.report(ok=1, since=bench.clock())
    assert (closed.old, closed.new) == (BreakerState.HALF_OPEN, BreakerState.CLOSED)
    assert bench.grants()["authority"].messages == 100


def test_a_probe_whose_worker_died_is_replaced_after_the_lease(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(breaker=RULE, lease=15 * SECOND)
    bench.report(failed=4)
    bench.clock.advance(10 * SECOND)
    assert bench.claim() == 1
    bench.clock.advance(14 * SECOND)
    assert bench.claim() == 0
    bench.clock.advance(SECOND)
    assert bench.claim() == 1


def test_no_report_of_many_workers_is_lost(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench()
    bench.at_once(lambda: [bench.report(ok=2, failed=1) for _ in range(10)])
    assert (bench.standing().ok, bench.standing().failed) == (2 * 10 * WORKERS, 10 * WORKERS)


def test_only_one_of_many_workers_opens_the_breaker(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(breaker=RULE)
    moved = bench.at_once(lambda: bench.report(failed=4))
    assert sum(len(one) for one in moved) == 1
    assert bench.standing().breaker_trips == 1


def test_a_policy_without_a_breaker_frees_a_destination_from_an_open_one(open_bench: Callable[..., Bench]) -> None:
    strict = open_bench(breaker=RULE)
    strict.report(failed=4)
    lenient = open_bench(breaker=None)
    assert lenient.report(failed=100) == []
    assert lenient.claim(limit=5) == 5
    assert lenient.standing().breaker is BreakerState.CLOSED
    assert lenient.standing().away_since is None


def test_away_time_is_the_union_of_pauses_and_open_breakers(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(breaker=RULE)
    assert bench.away() == timedelta(0)
    bench.clock.advance(5 * SECOND)
    bench.report(failed=4)  # away from second 5
    bench.clock.advance(3 * SECOND)
    bench.within(lambda one: pause(one, "authority", by="duty", reason="too", now=bench.clock()))
    assert bench.away() == 3 * SECOND
    bench.clock.advance(20 * SECOND)
    bench.within(lambda one: resume(one, "authority", now=bench.clock()))
    bench.clock.advance(1 * SECOND)
    assert bench.away() == 24 * SECOND
    assert bench.claim() == 1
    bench.report(ok=1, since=bench.clock())  # back from second 29
    bench.clock.advance(100 * SECOND)
    assert bench.away() == 24 * SECOND
    bench.within(lambda one: pause(one, "authority", by="duty", reason="again", now=bench.clock()))
    bench.clock.advance(6 * SECOND)
    bench.within(lambda one: resume(one, "authority", now=bench.clock()))
    bench.clock.advance(-50 * SECOND)
    assert bench.away() == 30 * SECOND
    assert bench.standing().away == 30 * SECOND


def test_only_a_decision_of_the_system_itself_is_written_down_here_and_only_the_first(
    open_bench: Callable[..., Bench],
) -> None:
    bench = open_bench()
    with bench.engine.begin() as connection:
        for reason in ("the credentials are refused", "so they are"):
            pause(connection, "authority", by=SYSTEM, reason=reason, now=bench.clock())
    bench.within(lambda one: pause(one, "portal", by="duty", reason="mine", now=bench.clock()))
    [written] = bench.within(decisions)
    assert (written.by, written.verb, written.reason, written.destination) == (
        SYSTEM,
        "pause",
        "the credentials are refused",
        "authority",
    )


def test_a_drain_stays_with_its_first_reason_until_it_is_ended(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench()
    with bench.engine.begin() as connection:
        for by in ("duty", "somebody else"):
            drain(connection, "authority", by=by, reason="moving", now=bench.clock())
    assert (bench.standing().drained_at, bench.standing().drained_by) == (bench.clock(), "duty")
    assert "authority" in bench.grants()
    bench.within(lambda one: reopen(one, "authority"))
    assert bench.standing().drained_at is None
    assert bench.standing().drained_reason is None


def unfinished(connection: Connection, number: int) -> None:
    connection.execute(delete(tables.message))
    values = {
        "lane": 1,
        "kind": "mark",
        "content_type": "text/plain",
        "priority": 0,
        "size": 0,
        "digest": b"\0" * 32,
        "created_at": datetime(2026, 9, 1, tzinfo=UTC),
        "state": State.READY,
        "attempts": 0,
        "budget_used": 0,
        "budget_away": 0,
    }
    rows = [{**values, "seq": seq, "id": str(seq), "destination": "authority"} for seq in range(number)]
    done = {**values, "seq": -1, "id": "done", "destination": "authority", "state": State.DONE}
    connection.execute(insert(tables.message), rows)
    connection.execute(insert(tables.message).values(**done, finished_at=datetime(2026, 9, 1, tzinfo=UTC)))


def test_a_destination_is_full_from_its_backlog_until_nine_tenths_of_it(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(backlog=20)

    def marked(number: int) -> dict[str, bool]:
        bench.within(lambda one: unfinished(one, number))
        return bench.within(lambda one: mark_full(one, bench.policies, now=bench.clock()))

    assert [marked(number) for number in (19, 20, 19, 18, 17, 19)] == [
        {},
        {"authority": True},
        {},
        {},
        {"authority": False},
        {},
    ]
    marked(30)
    assert bench.standing().full_at == bench.clock()
    bench.policies = {"authority": Policy()}
    assert bench.within(lambda one: mark_full(one, bench.policies, now=bench.clock())) == {"authority": False}


def test_destinations_are_locked_in_one_order_whatever_order_the_tallies_have(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench()
    names = [f"portal-{number}" for number in range(8)]
    bench.policies = dict.fromkeys(names, Policy())
    orders = iter([names, names[::-1]] * WORKERS)

    def work() -> None:
        tallies = dict.fromkeys(next(orders), Tally(ok=1))
        for _ in range(5):
            bench.within(lambda one: report(one, tallies, policies=bench.policies, now=bench.clock()))

    bench.at_once(work)
    assert {one.ok for one in bench.within(standings)} == {5 * WORKERS}


def test_only_limited_destinations_make_workers_wait_for_each_other(engine: Engine, clock: ManualClock) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time anyway")
    policies = {"free": Policy(), "bound": Policy(concurrency=1)}
    with engine.begin() as one, engine.begin() as other:
        grants(one, policies, limit=1, now=clock())
        assert len(grants(other, {"free": policies["free"]}, limit=1, now=clock())) == 1
        locked = select(tables.destination.c.name).with_for_update(skip_locked=True)
        assert other.execute(locked).all() == []
