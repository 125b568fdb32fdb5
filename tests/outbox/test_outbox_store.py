"""The contract of the store's hot path, claiming and settling, on every database that it supports."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import groupby, product
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import URL, Engine, delete, event, func, select, text, update

from outbox import destinations, tables
from outbox.answers import accept, lapse
from outbox.breaker import Tally
from outbox.claiming import Claim, claim
from outbox.intake import enqueue
from outbox.lane import LaneKey, Standing, follow, standing
from outbox.lane_operations import pause_lane, resume_lane
from outbox.limits import Rate
from outbox.message import (
    Attempt,
    AttemptOutcome,
    Delivered,
    Entry,
    Failure,
    Halt,
    LaneState,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Priority,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.operations import hold, pause, resume, retry, skip, stop
from outbox.policy import DeadHead, KindPolicy, Policy, Silence
from outbox.queries import History, find, is_drained, show
from outbox.sealing import PLAIN, Sealing
from outbox.settling import Settled, Settlement, give_back, heartbeat, reclaim, settle
from outbox.testing import ManualClock

IN_MEMORY_TOO = True

LEASE, DELAY = timedelta(minutes=1), timedelta(seconds=10)

KINDS = {
    "news": KindPolicy(dead_head=DeadHead.SKIP, expired=DeadHead.SKIP),
    "enrolment": KindPolicy(expired=DeadHead.BLOCK, await_answer=True, answer_within=timedelta(hours=2)),
    "contract": KindPolicy(dead_head=DeadHead.BLOCK_DESTINATION, expired=DeadHead.BLOCK_DESTINATION),
}
POLICY = Policy(initial_delay=DELAY, jitter=0, max_attempts=3, lease=LEASE, run=4, breaker=None, kinds=KINDS)
POLICIES = {"authority": POLICY, "portal": POLICY}
BY = {"by": "coordinator", "reason": "checked by telephone"}
KEY = bytes(range(32))


def new(key: str | None = "class-5a", *, to: str = "authority", **more: Any) -> NewMessage:
    fields: dict[str, Any] = {"destination": to, "kind": "marks", "payload": b"<x/>", "ordering_key": key}
    return NewMessage(**{**fields, **more})


class Bench:
    """The store's verbs, each in a transaction of its own."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.policies: Mapping[str, Policy] = POLICIES
        self.sealing = PLAIN

    def put(self, *messages: NewMessage) -> list[MessageId]:
        with self.engine.begin() as connection:
            return enqueue(connection, *messages, now=self.clock(), sealing=self.sealing)

    def look(self, limit: int = 10, worker: str = "w1", chance: float = 0.0) -> Claim:
        with self.engine.begin() as connection:
            return claim(
                connection,
                policies=self.policies,
                worker=worker,
                limit=limit,
                now=self.clock(),
                sealing=self.sealing,
                random=lambda: chance,
            )

    def take(self, limit: int = 10, worker: str = "w1") -> Sequence[Message]:
        return self.look(limit, worker).messages

    def hand_in(self, *done: tuple[Message, Outcome] | tuple[Message, Outcome, bool]) -> Settled:
        now = self.clock()
        settlements = [
            Settlement(message=message, outcome=outcome, started_at=now, finished_at=now, more=bool(more))
            for message, outcome, *more in done
        ]
        with self.engine.begin() as connection:
            return settle(connection, *settlements, policies=self.policies, now=now, random=lambda: 0.5)

    def give(self, message: Message, outcome: Outcome) -> bool:
        return not self.hand_in((message, outcome)).late

    def deliver(self, messages: Sequence[Message]) -> None:
        assert not self.hand_in(*((message, Delivered(), True) for message in messages)).late

    def beat(self, *messages: Message) -> list[Message]:
        with self.engine.begin() as connection:
            return heartbeat(connection, messages, policies=self.policies, now=self.clock())

    def give_back(self, *messages: Message) -> None:
        with self.engine.begin() as connection:
            give_back(connection, messages)

    def reclaim(self, limit: int = 100) -> list[Entry]:
        with self.engine.begin() as connection:
            return reclaim(connection, policies=self.policies, now=self.clock(), random=lambda: 0.5, limit=limit)

    def lose(self) -> list[MessageId]:
        """Let all leases run out and every wait after that be over."""
        self.clock.advance(LEASE)
        lost = [entry.id for entry in self.reclaim()]
        self.clock.advance(timedelta(hours=1))
        return lost

    def decide(self, verb: Callable[..., object], *what: Any) -> object:
        with self.engine.begin() as connection:
            return verb(connection, *what, **BY, now=self.clock())

    def show(self, message_id: MessageId) -> History:
        with self.engine.connect() as connection:
            return show(connection, message_id)

    def entry(self, message_id: MessageId) -> Entry:
        return self.show(message_id).entry

    def state(self, message_id: MessageId) -> State:
        return self.entry(message_id).state

    def states(self, *message_ids: MessageId) -> list[State]:
        return [self.state(message_id) for message_id in message_ids]

    def attempts(self, message_id: MessageId) -> list[AttemptOutcome]:
        return [attempt.outcome for attempt in self.show(message_id).attempts]

    def lane(self, message: Entry) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(tables.lane).where(tables.lane.c.id == message.lane)).one_or_none()

    def count(self, table: Any) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def bench(engine: Engine, clock: ManualClock) -> Bench:
    return Bench(engine, clock)


def ids(messages: Sequence[Message]) -> list[MessageId]:
    return [message.id for message in messages]


class TestWhatAHandlerGets:
    def test_a_message_comes_out_as_it_went_in(self, bench: Bench) -> None:
        due, end = bench.clock(), bench.clock() + timedelta(hours=1)
        given = new(
            "a",
            due_at=due.astimezone(timezone(timedelta(hours=10))),
            expires_at=end,
            payload=b"\x00\xff",
            content_type="text/xml",
            idempotency_key="doc-1",
            priority=Priority.HIGH,
            correlation="doc 1",
            owner="school 1",
            subject="pupil 7",
            state_of="class 5a",
        )
        [message_id] = bench.put(given)
        [message] = bench.take()
        assert message.id == message_id
        for name in NewMessage.__dataclass_fields__:
            assert getattr(message, name) == getattr(given, name)
        assert message.priority is Priority.HIGH
        assert message.due_at is not None
        assert message.due_at.utcoffset() == timedelta(0)
        assert (message.size, len(message.digest)) == (2, 64)

    def test_the_attempt_that_begins_is_counted_in_what_he_sees(self, bench: Bench) -> None:
        bench.put(new())
        [message] = bench.take()
        assert (message.state, message.attempts, message.budget_used) == (State.LEASED, 1, 1)
        assert (message.created_at, message.budget_since) == (bench.clock(), bench.clock())
        assert (message.lease_owner, message.lease_until) == ("w1", bench.clock() + LEASE)
        assert message.last_error is None

    def test_it_is_a_value_like_any_other(self, bench: Bench) -> None:
        bench.put(new(payload=b"Petrov"))
        [message] = bench.take()
        fields = {name: getattr(message, name) for name in Message.__dataclass_fields__}
        assert Message(**fields) == message
        assert hash(Message(**fields)) == hash(message)
        assert "Petrov" not in repr(message)

    def test_lists_show_it_as_leased_with_an_attempt_running(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [message] = bench.take()
        history = bench.show(given)
        entry = history.entry
        assert Entry(**{name: getattr(message, name) for name in Entry.__dataclass_fields__}) == entry
        [running] = history.attempts
        assert (running.outcome, running.started_at, running.finished_at, running.worker) == (
            AttemptOutcome.RUNNING,
            bench.clock(),
            None,
            "w1",
        )

    def test_a_claim_writes_the_lane_alone(self, bench: Bench) -> None:
        bench.put(new("a"), new("a"), new(None))
        written: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            written.extend(word for word in ("UPDATE", "INSERT", "DELETE") if statement.lstrip().startswith(word))

        event.listen(bench.engine, "after_cursor_execute", note)
        assert len(bench.take()) == 3
        event.remove(bench.engine, "after_cursor_execute", note)
        assert written == ["UPDATE"]
        assert bench.count(tables.attempt) == 0


class TestOrder:
    def test_a_lane_gives_its_messages_in_order_and_to_one_worker(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(7)))
        first = bench.take()
        assert ids(first) == given[:4]
        assert bench.take(worker="w2") == []
        bench.deliver(first)
        assert ids(bench.take()) == given[4:]

    def test_lanes_and_messages_without_a_key_do_not_wait_for_each_other(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("b"), new(None), new(None), new("a", to="portal"))
        claimed = bench.take()
        assert sorted(ids(claimed)) == sorted(given)
        assert len({message.lane for message in claimed}) == 5

    def test_an_ordering_key_that_looks_like_a_message_id_is_a_lane_of_its_own(self, bench: Bench) -> None:
        [alone] = bench.put(new(None))
        [keyed] = bench.put(new(str(alone)))
        one, other = bench.take()
        assert {one.id, other.id} == {alone, keyed}
        assert one.lane != other.lane

    def test_a_failed_head_holds_its_followers(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        bench.give(bench.take()[0], Retry(reason="503"))
        assert bench.take() == []
        bench.clock.advance(DELAY)
        claimed = bench.take()
        assert ids(claimed) == [first, second]
        assert [message.attempts for message in claimed] == [2, 1]

    def test_messages_of_a_lane_follow_one_another_and_urgent_lanes_come_first(self, bench: Bench) -> None:
        low, old, old2 = bench.put(new("a", priority=Priority.LOW), new("b"), new("b", priority=Priority.HIGH))
        bench.clock.advance(timedelta(seconds=1))
        young, high = bench.put(new("c"), new("d", priority=Priority.HIGH))
        assert ids(bench.take(limit=3)) == [high, old, old2]
        assert ids(bench.take(limit=2)) == [young, low]

    def test_a_run_ends_before_what_may_not_go_yet(self, bench: Bench) -> None:
        now = bench.clock()
        first, later, _ = bench.put(new("a"), new("a", due_at=now + timedelta(hours=1)), new("a"))
        _, held, _ = bench.put(new("b"), new("b"), new("b"))
        bench.decide(hold, held)
        claimed = bench.take()
        assert [(message.ordering_key, message.id == later) for message in claimed] == [("a", False), ("b", False)]
        bench.deliver(claimed)
        assert bench.take() == []
        assert bench.states(first, later, held) == [State.DONE, State.WAITING, State.HELD]
        bench.clock.advance(timedelta(hours=1))
        assert {message.ordering_key for message in bench.take()} == {"a"}

    def test_what_is_enqueued_behind_a_lease_is_not_covered_and_not_forgotten(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        claimed = bench.take()
        [third] = bench.put(new("a"))
        assert bench.states(first, second, third) == [State.LEASED, State.LEASED, State.READY]
        bench.deliver(claimed)
        assert ids(bench.take()) == [third]

    def test_only_the_head_of_a_run_is_in_an_attempt(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        bench.take()
        assert [bench.entry(one).attempts for one in (first, second)] == [1, 0]
        assert bench.attempts(second) == []

    def test_two_claims_at_the_same_time_never_share_a_lane(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n % 40}") for n in range(80)))
        together = Barrier(4)

        def work(name: str) -> list[Message]:
            together.wait()
            return [message for _ in range(5) for message in bench.take(limit=3, worker=name)]

        with ThreadPoolExecutor(4) as threads:
            parts = [*threads.map(work, "abcd"), list(bench.take(limit=99))]
        taken = [message.id for part in parts for message in part]
        assert len(taken) == len(set(taken))
        claims = {(message.lane, message.fence, message.lease_owner) for part in parts for message in part}
        assert len(claims) == len({lane for lane, *_ in claims}) == 40


class TestRoom:
    def test_the_limit_counts_messages(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n % 5}") for n in range(50)))
        for limit in (1, 3, 7):
            claimed = bench.take(limit=limit)
            assert len(claimed) == limit
            bench.give_back(*claimed)

    def test_short_runs_fill_the_room_as_well_as_long_ones(self, bench: Bench) -> None:
        bench.put(*(new(None) for _ in range(40)))
        assert len(bench.take(limit=40)) == 40

    def test_a_run_is_no_longer_than_its_policy_says(self, bench: Bench) -> None:
        bench.policies = {"authority": Policy(run=2, breaker=None)}
        bench.put(*(new("a") for _ in range(5)))
        assert len(bench.take()) == 2

    def test_destinations_share_the_room(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(30)))
        bench.clock.advance(timedelta(seconds=1))
        bench.put(*(new(f"lane-{n}", to="portal") for n in range(30)))
        claimed = bench.take(limit=20)
        assert [message.destination for message in claimed].count("portal") == 10

    def test_what_one_destination_does_not_use_the_other_gets(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(30)), new("a", to="portal"))
        claimed = bench.take(limit=20)
        assert len(claimed) == 20
        assert [message.destination for message in claimed].count("portal") == 1

    def test_with_room_for_one_each_destination_has_its_chance(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(3)), *(new(f"lane-{n}", to="portal") for n in range(3)))
        found = [bench.look(limit=1, chance=chance).messages[0].destination for chance in (0.1, 0.9)]
        assert sorted(found) == ["authority", "portal"]

    def test_a_claim_stops_before_it_has_too_many_bytes(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("outbox.claiming.CLAIM_BYTES", 250)
        big, *small = bench.put(new("a", payload=bytes(1000)), *(new("b", payload=bytes(100)) for _ in range(3)))
        [alone] = bench.take()
        assert alone.id == big
        assert ids(bench.take()) == small[:2]

    def test_a_limited_destination_gives_what_it_may(self, bench: Bench) -> None:
        limited = Policy(run=4, breaker=None, concurrency=2, rate=Rate(messages=1, per=timedelta(hours=1), burst=3))
        bench.policies = {"authority": limited, "portal": POLICY}
        bench.put(*(new(f"lane-{n % 3}") for n in range(12)), new("a", to="portal"))
        claimed = bench.take(limit=20)
        assert [message.destination for message in claimed].count("authority") == 3
        assert [message.destination for message in claimed].count("portal") == 1
        assert bench.take(limit=20) == []

    def test_nothing_is_claimed_for_a_destination_that_the_worker_does_not_serve(self, bench: Bench) -> None:
        bench.put(new("a", to="unknown"))
        assert bench.take() == []

    def test_pause_and_stop_hold_everything_back(self, bench: Bench) -> None:
        kept, other = bench.put(new("a"), new("a", to="portal"))
        bench.decide(pause, "authority")
        claimed = bench.take()
        assert ids(claimed) == [other]
        bench.deliver(claimed)
        bench.decide(resume, "authority")
        bench.decide(stop)
        assert bench.take() == []
        assert bench.state(kept) is State.READY


class TestTime:
    def test_a_message_is_not_sent_before_its_due_time(self, bench: Bench) -> None:
        [given] = bench.put(new(due_at=bench.clock() + timedelta(hours=1)))
        assert bench.take() == []
        bench.clock.advance(timedelta(hours=1))
        assert ids(bench.take()) == [given]

    def test_an_expired_message_is_dead_was_never_sent_and_its_lane_goes_on_at_once(self, bench: Bench) -> None:
        end = bench.clock() + timedelta(hours=1)
        first, second, third = bench.put(
            new("a", kind="news", expires_at=end), new("a", kind="news", expires_at=end), new("a")
        )
        bench.clock.advance(timedelta(hours=1))
        claimed = bench.look()
        assert [entry.id for entry in claimed.expired] == [first, second]
        assert ids(claimed.messages) == [third]
        history = bench.show(first)
        assert (history.entry.state, history.entry.finished_at) == (State.DEAD, bench.clock())
        assert history.entry.last_error is not None
        assert history.entry.last_error.code == "expired"
        assert history.attempts == []
        bench.deliver(claimed.messages)
        assert bench.state(third) is State.DONE

    def test_where_nothing_may_be_left_out_an_expired_message_blocks(self, bench: Bench) -> None:
        given, _ = bench.put(new("a", kind="enrolment", expires_at=bench.clock() + timedelta(hours=1)), new("a"))
        bench.clock.advance(timedelta(hours=1))
        claimed = bench.look()
        assert ([entry.id for entry in claimed.expired], claimed.messages) == ([given], [])
        entry = bench.entry(given)
        assert (entry.state, entry.finished_at) == (State.DEAD, None)
        lane = bench.lane(entry)
        assert (lane.state, lane.blocked_reason) == (LaneState.BLOCKED, "expired")
        assert bench.look() == Claim(messages=[], expired=[], unsendable=[], breakers=[])

    def test_what_a_person_holds_does_not_expire_behind_an_expired_head(self, bench: Bench) -> None:
        end = bench.clock() + timedelta(hours=1)
        first, held = bench.put(*(new("a", kind="news", expires_at=end) for _ in range(2)))
        bench.decide(hold, held)
        bench.clock.advance(timedelta(hours=1))
        assert [entry.id for entry in bench.look().expired] == [first]
        assert bench.states(first, held) == [State.DEAD, State.HELD]

    def test_an_expired_message_may_pause_its_destination(self, bench: Bench) -> None:
        bench.put(new("a", kind="contract", expires_at=bench.clock() + timedelta(hours=1)))
        bench.clock.advance(timedelta(hours=1))
        assert len(bench.look().expired) == 1
        bench.put(new("b"))
        assert bench.take() == []

    def test_one_that_pauses_its_destination_waits_for_nobody_who_holds_its_row(
        self, bench: Bench, database: URL
    ) -> None:
        """Rows of destinations are taken before lanes and in order; a claim that finds this out has lanes already."""
        late = bench.clock() + timedelta(seconds=1)
        first, pausing, other = bench.put(
            new("a", kind="news", expires_at=late), new("a", kind="contract", expires_at=late), new("b")
        )
        bench.decide(pause, "authority")
        bench.decide(resume, "authority")
        bench.clock.advance(timedelta(seconds=1))
        if database.drivername != "sqlite":
            with bench.engine.begin() as elsewhere, bench.engine.begin() as connection:
                elsewhere.execute(select(tables.destination).with_for_update())
                connection.execute(text("SET LOCAL lock_timeout = '2s'"))
                claimed = claim(connection, policies=bench.policies, worker="w1", limit=10, now=bench.clock())
            assert ([entry.id for entry in claimed.expired], ids(claimed.messages)) == ([first], [other])
            assert bench.state(pausing) is State.READY
            bench.deliver(claimed.messages)
        claimed = bench.look()
        assert bench.state(pausing) is State.DEAD
        bench.put(new("c"))
        assert bench.take() == []

    def test_a_later_message_that_has_expired_ends_the_run(self, bench: Bench) -> None:
        first, second, _ = bench.put(
            new("a"), new("a", kind="news", expires_at=bench.clock() + timedelta(seconds=1)), new("a")
        )
        bench.clock.advance(timedelta(seconds=1))
        claimed = bench.look()
        assert (ids(claimed.messages), claimed.expired) == ([first], [])
        assert bench.state(second) is State.READY

    def test_a_waiting_message_dies_when_it_expires_not_when_its_retry_is_due(self, bench: Bench) -> None:
        [given] = bench.put(new(kind="news", expires_at=bench.clock() + timedelta(minutes=1)))
        bench.give(bench.take()[0], Retry(reason="busy", retry_after=timedelta(hours=1)))
        bench.clock.advance(timedelta(minutes=1))
        assert [entry.id for entry in bench.look().expired] == [given]

    def test_the_lane_of_an_expired_single_message_goes_with_it(self, bench: Bench) -> None:
        bench.put(new(None, expires_at=bench.clock() + timedelta(minutes=1)))
        bench.clock.advance(timedelta(minutes=1))
        [entry] = bench.look().expired
        assert bench.lane(entry) is None

    def test_retry_after_is_honoured(self, bench: Bench) -> None:
        bench.put(new())
        bench.give(bench.take()[0], Retry(reason="429", retry_after=timedelta(minutes=30)))
        bench.clock.advance(timedelta(minutes=30) - timedelta(microseconds=1))
        assert bench.take() == []
        bench.clock.advance(timedelta(microseconds=1))
        assert len(bench.take()) == 1


class TestUnsendable:
    def kill_payload(self, bench: Bench, message_id: MessageId) -> None:
        seq = bench.entry(message_id).seq
        with bench.engine.begin() as connection:
            connection.execute(delete(tables.payload).where(tables.payload.c.message == seq))

    def test_a_payload_that_is_gone_kills_its_message_and_nothing_else(self, bench: Bench) -> None:
        gone, _, other = bench.put(new("a"), new("a"), new("b"))
        self.kill_payload(bench, gone)
        claimed = bench.look()
        assert ids(claimed.messages) == [other]
        assert [(entry.id, entry.state) for entry in claimed.unsendable] == [(gone, State.DEAD)]
        [entry] = claimed.unsendable
        assert entry.last_error is not None
        assert entry.last_error.code == "payload_gone"
        assert bench.lane(entry).blocked_reason == "payload_gone"
        assert bench.attempts(gone) == []

    def damage(self, bench: Bench, *message_ids: MessageId) -> None:
        numbers = [bench.entry(message_id).seq for message_id in message_ids]
        with bench.engine.begin() as connection:
            for number in numbers:
                which = tables.payload.c.message == number
                stored = bytes(connection.execute(select(tables.payload.c.bytes).where(which)).scalar_one())
                connection.execute(
                    update(tables.payload).where(which).values(bytes=stored[:-1] + bytes([stored[-1] ^ 1]))
                )

    def test_so_does_one_that_is_damaged(self, bench: Bench) -> None:
        bench.sealing = Sealing({"2026": KEY}, current="2026")
        broken, follower, readable = bench.put(new("a"), new("a"), new("b", payload=b"second"))
        self.damage(bench, broken)
        claimed = bench.look()
        assert [(message.id, message.payload) for message in claimed.messages] == [(readable, b"second")]
        [entry] = claimed.unsendable
        assert (entry.id, entry.state, claimed.locked) == (broken, State.DEAD, {})
        assert entry.last_error is not None
        assert entry.last_error.code == "unreadable_payload"
        assert "2026" in entry.last_error.reason
        assert bench.state(follower) is State.READY

    def test_so_does_the_only_one_there_is_and_several_among_good_ones(self, bench: Bench) -> None:
        bench.sealing = Sealing({"2026": KEY}, current="2026")
        [alone] = bench.put(new("a"))
        self.damage(bench, alone)
        assert [entry.id for entry in bench.look().unsendable] == [alone]
        first, second, good = bench.put(new("b"), new("c"), new("d"))
        self.damage(bench, first, second)
        claimed = bench.look()
        assert (ids(claimed.messages), {entry.id for entry in claimed.unsendable}) == ([good], {first, second})

    @pytest.mark.parametrize(
        ("ring", "words"),
        [
            (PLAIN, "'2025', cannot be opened: this key is not in the ring"),
            (Sealing({"2026": KEY}, current="2026"), "'2025', cannot be opened: this key is not in the ring"),
            (Sealing({"2025": KEY[::-1]}, current="2025"), "another key of the same name"),
        ],
        ids=["no ring", "missing", "another of the same name"],
    )
    def test_a_wrong_ring_kills_nothing_and_says_which_key_is_missing(
        self, bench: Bench, ring: Sealing, words: str
    ) -> None:
        right = bench.sealing = Sealing({"2025": KEY}, current="2025")
        given = bench.put(new("a"), new("a"), new("b"), new("c"), new(to="portal"))
        before = [(bench.entry(one), bench.lane(bench.entry(one))) for one in given]
        bench.sealing = ring
        for limit in (10, 1, 1):
            claimed = bench.look(limit)
            assert (claimed.messages, claimed.unsendable) == ([], [])
            assert all(words in str(fault) for fault in claimed.locked.values())
            assert claimed.locked
        assert set(bench.look().locked) == {"authority", "portal"}
        assert [(bench.entry(one), bench.lane(bench.entry(one))) for one in given] == before
        bench.sealing = right
        assert set(ids(bench.take())) == set(given)

    def test_where_the_ring_has_only_some_of_the_keys_the_others_go(self, bench: Bench) -> None:
        bench.sealing = Sealing({"2025": KEY}, current="2025")
        bench.put(new("a"))
        bench.sealing = Sealing({"2026": KEY[::-1]}, current="2026")
        [second] = bench.put(new("b"))
        claimed = bench.look()
        assert (ids(claimed.messages), set(claimed.locked), claimed.unsendable) == ([second], {"authority"}, [])

    def test_what_somebody_without_a_key_has_written_is_not_sent(self, bench: Bench) -> None:
        [forged] = bench.put(new("a"))
        bench.sealing = Sealing({"2026": KEY}, current="2026")
        [own] = bench.put(new("b"))
        claimed = bench.look()
        assert (ids(claimed.messages), claimed.unsendable) == ([own], [])
        assert "takes only what is sealed" in str(claimed.locked["authority"])
        assert bench.state(forged) is State.READY
        bench.sealing = bench.sealing.accepting_plain()
        assert ids(bench.take()) == [forged]

    def test_a_run_ends_before_it(self, bench: Bench) -> None:
        first, gone, _ = bench.put(new("a"), new("a"), new("a"))
        self.kill_payload(bench, gone)
        claimed = bench.look()
        assert (ids(claimed.messages), claimed.unsendable) == ([first], [])
        bench.deliver(claimed.messages)
        assert [entry.id for entry in bench.look().unsendable] == [gone]


class TestVerdicts:
    def test_every_attempt_is_kept_with_what_is_known_of_it(self, bench: Bench) -> None:
        [given] = bench.put(new())
        begun = bench.clock()
        bench.give(bench.take()[0], Retry(reason="busy\0", code="http_503", status=503, answer=b"x" * 5000))
        bench.clock.advance(DELAY)
        bench.give(bench.take()[0], Delivered(receipt="R-7\0", status=200, answer="принято\0".encode() + b"\xff"))
        history = bench.show(given)
        entry = history.entry
        assert (entry.state, entry.receipt, entry.last_error) == (State.DONE, "R-7\N{REPLACEMENT CHARACTER}", None)
        assert (entry.finished_at, entry.attempts, entry.budget_since) == (bench.clock(), 2, begun)
        assert history.attempts == [
            Attempt(
                number=1,
                started_at=begun,
                finished_at=begun,
                outcome=AttemptOutcome.RETRY,
                status=503,
                answer="x" * 1024,
                error=Failure(code="http_503", reason="busy\N{REPLACEMENT CHARACTER}"),
                worker="w1",
            ),
            Attempt(
                number=2,
                started_at=bench.clock(),
                finished_at=bench.clock(),
                outcome=AttemptOutcome.DELIVERED,
                status=200,
                answer="принято\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}",
                error=None,
                worker="w1",
            ),
        ]

    def test_sent_leaves_the_lane_and_waits_for_its_answer(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        claimed = bench.take()
        bench.hand_in((claimed[0], Sent(receipt="R-1", status=202), True))
        entry = bench.entry(first)
        assert (entry.state, entry.receipt, entry.finished_at) == (State.SENT, "R-1", bench.clock())
        assert entry.answer_due_at == bench.clock() + timedelta(days=1)
        assert bench.attempts(first) == [AttemptOutcome.SENT]
        bench.give(claimed[1], Sent(receipt="R-2", answer_within=timedelta(minutes=5)))
        assert bench.entry(second).answer_due_at == bench.clock() + timedelta(minutes=5)

    def test_where_the_answer_is_awaited_the_lane_stands_still_until_it_is_there(self, bench: Bench) -> None:
        first, second = bench.put(new("a", kind="enrolment"), new("a"))
        claimed = bench.take()
        bench.hand_in((claimed[0], Sent(receipt="R-1"), True))
        entry = bench.entry(first)
        assert (entry.state, entry.finished_at) == (State.SENT, None)
        assert entry.answer_due_at == bench.clock() + timedelta(hours=2)
        lane = bench.lane(entry)
        assert (lane.state, lane.blocked_reason, lane.lease_owner) == (LaneState.BLOCKED, "awaiting_answer", None)
        assert bench.take() == []
        assert not bench.give(claimed[1], Delivered())
        with bench.engine.begin() as connection:
            accept(connection, "authority", "R-1", acceptance="A-1", now=bench.clock())
        assert ids(bench.take()) == [second]

    def test_a_refusal_is_final_and_blocks(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        bench.give(bench.take()[0], Refused(reason="bad signature", code="signature", status=400))
        bench.clock.advance(timedelta(days=30))
        assert bench.take() == []
        entry = bench.entry(first)
        assert (entry.state, entry.finished_at, entry.retry_at) == (State.DEAD, None, None)
        assert entry.last_error == Failure(code="signature", reason="bad signature")
        assert bench.lane(entry).blocked_reason == "signature"
        bench.decide(skip, first)
        assert ids(bench.take()) == [second]

    def test_a_refusal_lets_the_lane_go_on_where_its_kind_may_be_left_out(self, bench: Bench) -> None:
        first, second = bench.put(new("a", kind="news"), new("a"))
        claimed = bench.take()
        bench.hand_in((claimed[0], Refused(reason="too long"), True))
        entry = bench.entry(first)
        assert (entry.state, entry.finished_at) == (State.DEAD, bench.clock())
        again = bench.take()
        assert ids(again) == [second]
        assert again[0].fence != claimed[1].fence

    def test_a_refusal_pauses_the_destination_where_it_means_a_broken_contract(self, bench: Bench) -> None:
        first, _, other = bench.put(new("a", kind="contract"), new("b"), new("c", to="portal"))
        claimed = bench.take()
        rest = [message for message in claimed if message.id != first]
        [message] = [message for message in claimed if message.id == first]
        settled = bench.hand_in((message, Refused(reason="unknown schema")))
        assert settled.halted == ["authority"]
        bench.give_back(*rest)
        assert ids(bench.take()) == [other]
        with bench.engine.connect() as connection:
            [row] = connection.execute(select(tables.destination).where(tables.destination.c.name == "authority"))
        assert (row.paused_by, row.paused_reason) == (destinations.SYSTEM, f"refused: {first}")

    def test_a_halt_costs_the_message_nothing_and_pauses_the_destination(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [message] = bench.take()
        settled = bench.hand_in((message, Halt(reason="wrong password", code="login", status=401)))
        assert (settled.halted, dict(settled.tallies)) == (["authority"], {})
        with bench.engine.connect() as connection:
            paused = connection.execute(select(tables.destination.c.paused_reason)).scalar_one()
            decided = connection.execute(select(tables.decision.c.reason)).scalar_one()
        assert paused == decided == f"login: {given}"
        entry = bench.entry(given)
        assert (entry.state, entry.attempts, entry.budget_used, entry.budget_since) == (State.READY, 1, 0, None)
        assert entry.last_error == Failure(code="login", reason="wrong password")
        [attempt] = bench.show(given).attempts
        assert (attempt.outcome, attempt.status) == (AttemptOutcome.REFUSED, 401)
        assert bench.take() == []
        bench.decide(resume, "authority")
        [again] = bench.take()
        assert (again.attempts, again.budget_used) == (2, 1)

    def test_attempts_run_out_and_a_person_can_give_new_ones(self, bench: Bench) -> None:
        [given] = bench.put(new())
        for _ in range(3):
            bench.give(bench.take()[0], Retry(reason="503"))
            bench.clock.advance(timedelta(hours=1))
        assert bench.state(given) is State.DEAD
        bench.decide(retry, given)
        [message] = bench.take()
        assert (message.attempts, message.budget_used, message.budget_since) == (4, 1, bench.clock())
        assert message.last_error is not None

    def test_time_in_which_the_destination_was_away_does_not_make_a_message_old(self, bench: Bench) -> None:
        bench.policies = {"authority": Policy(jitter=0, max_age=timedelta(hours=1), lease=LEASE, breaker=None)}
        patient, late = bench.put(new("a"), new("b"))
        one, other = bench.take()
        bench.hand_in((one, Retry(reason="503")), (other, Retry(reason="503")))
        bench.decide(pause, "authority")
        bench.clock.advance(timedelta(days=2))
        bench.decide(resume, "authority")
        one, other = bench.take()
        bench.give(one, Retry(reason="503"))
        bench.clock.advance(timedelta(minutes=59, seconds=50))
        bench.give(other, Retry(reason="503"))
        assert bench.states(patient, late) == [State.WAITING, State.DEAD]

    def test_what_was_away_before_the_first_sending_is_not_credited_to_it(self, bench: Bench) -> None:
        again = KindPolicy(silence=Silence.RETRY, answer_within=timedelta(hours=2))
        policy = Policy(jitter=0, max_age=timedelta(hours=1), lease=LEASE, breaker=None, other_kinds=again)
        bench.policies = {"authority": policy}
        bench.put(new("seen"))
        bench.deliver(bench.take())
        bench.decide(pause, "authority")
        bench.clock.advance(timedelta(days=2))
        bench.decide(resume, "authority")
        [given] = bench.put(new())
        bench.give(bench.take()[0], Sent(receipt="R"))
        bench.clock.advance(timedelta(hours=2))
        with bench.engine.begin() as connection:
            lapse(connection, policies=bench.policies, now=bench.clock(), random=lambda: 0.5)
        assert bench.state(given) is State.DEAD

    def test_what_came_of_it_is_counted_for_the_breaker(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(4)), new("a", to="portal"))
        outcomes: list[Outcome] = [Delivered(), Refused(reason="no"), Retry(reason="503"), Sent(receipt="R")]
        claimed = bench.take()
        portal = [message for message in claimed if message.destination == "portal"]
        others = [message for message in claimed if message.destination == "authority"]
        settled = bench.hand_in(*zip(others, outcomes, strict=True), (portal[0], Retry(reason="503")))
        assert settled.tallies == {
            "authority": Tally(ok=3, failed=1, since=bench.clock()),
            "portal": Tally(ok=0, failed=1, since=bench.clock()),
        }


class TestSettle:
    def test_many_settlements_share_a_transaction_and_each_lane_moves(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(20)))
        claimed = bench.take(20)
        followers = bench.put(*(new(f"lane-{n}") for n in range(20)))
        assert not bench.hand_in(*((message, Delivered()) for message in claimed)).late
        assert sorted(ids(bench.take(50))) == sorted(followers)

    def test_nothing_to_settle_is_nothing(self, bench: Bench) -> None:
        assert bench.hand_in() == Settled(late=[], tallies={}, halted=[])

    def test_a_run_can_be_settled_in_parts(self, bench: Bench) -> None:
        first, second, third, fourth = bench.put(*(new("a") for _ in range(4)))
        claimed = bench.take()
        until = bench.lane(claimed[0]).lease_until
        bench.clock.advance(timedelta(seconds=1))
        assert not bench.hand_in((claimed[0], Delivered(), True), (claimed[1], Delivered(), True)).late
        lane = bench.lane(claimed[0])
        assert (lane.state, lane.head, lane.lease_until) == (LaneState.LEASED, claimed[2].seq, until)
        assert bench.states(first, second, third) == [State.DONE, State.DONE, State.LEASED]
        assert bench.show(third).attempts[0].started_at == bench.clock()
        assert bench.take(worker="w2") == []
        assert not bench.hand_in((claimed[2], Delivered(), True), (claimed[3], Delivered())).late
        assert bench.lane(claimed[0]).state is LaneState.IDLE
        assert bench.state(fourth) is State.DONE

    def test_stopping_in_the_middle_returns_the_rest_without_a_trace(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(3)))
        claimed = bench.take()
        bench.hand_in((claimed[0], Delivered()))
        assert bench.states(*given) == [State.DONE, State.READY, State.READY]
        assert not bench.give(claimed[1], Delivered())
        again = bench.take(worker="w2")
        assert [(message.id, message.attempts, message.budget_used) for message in again] == [
            (given[1], 1, 1),
            (given[2], 1, 1),
        ]
        assert bench.attempts(given[1]) == [AttemptOutcome.RUNNING]

    @pytest.mark.parametrize("outcome", [Retry(reason="503"), Refused(reason="no"), Halt(reason="no")])
    def test_a_bad_end_ends_the_run_whatever_the_worker_says(self, bench: Bench, outcome: Outcome) -> None:
        bench.put(*(new("a") for _ in range(3)))
        claimed = bench.take()
        settled = bench.hand_in((claimed[0], Delivered(), True), (claimed[1], outcome, True), (claimed[2], Delivered()))
        assert [late.message for late in settled.late] == [claimed[2]]
        assert bench.lane(claimed[0]).lease_owner is None

    def test_the_last_message_of_a_lease_ends_it(self, bench: Bench) -> None:
        bench.put(new("a"))
        claimed = bench.take()
        bench.put(new("a"))
        bench.hand_in((claimed[0], Delivered(), True))
        assert bench.lane(claimed[0]).state is LaneState.READY

    def test_messages_of_a_lane_cannot_be_settled_out_of_turn(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(3)))
        first, second, third = bench.take()
        assert bench.hand_in((second, Delivered(), True)).late
        assert len(bench.hand_in((first, Delivered(), True), (first, Delivered(), True)).late) == 1
        assert bench.hand_in((first, Delivered(), True)).late
        assert bench.hand_in((third, Delivered())).late
        assert bench.states(*given) == [State.DONE, State.LEASED, State.LEASED]

    def test_a_single_message_takes_its_lane_along_when_it_leaves_and_not_before(self, bench: Bench) -> None:
        bench.put(new(None))
        [message] = bench.take()
        bench.give(message, Retry(reason="503"))
        assert bench.lane(message).state is LaneState.WAITING
        bench.clock.advance(DELAY)
        [message] = bench.take()
        bench.give(message, Delivered())
        assert bench.lane(message) is None
        assert bench.count(tables.lane) == 0

    def test_a_lane_that_was_paused_meanwhile_stands_still(self, bench: Bench) -> None:
        bench.put(new("a"), new("a"))
        [first, _] = bench.take()
        bench.decide(pause_lane, LaneKey("authority", "k:a"))
        bench.give(first, Delivered())
        assert bench.lane(first).blocked_reason == "paused"
        assert bench.take() == []
        bench.decide(resume_lane, LaneKey("authority", "k:a"))
        assert len(bench.take()) == 1

    @pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
    def test_a_follower_enqueued_while_settling_waits_for_the_lock_is_seen(self, bench: Bench) -> None:
        bench.put(new("a"))
        [message] = bench.take()
        with ThreadPoolExecutor(1) as thread:
            with bench.engine.begin() as connection:
                [second] = enqueue(connection, new("a"), now=bench.clock())
                settling = thread.submit(bench.give, message, Delivered())
                while not waits_for_a_lock(bench.engine):
                    assert not settling.done()
            assert settling.result()
        assert ids(bench.take()) == [second]


def waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())


class TestLease:
    def test_a_lost_lease_is_a_failed_attempt_of_the_head_alone(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("a"))
        claimed = bench.take()
        bench.clock.advance(LEASE)
        [lost] = bench.reclaim()
        assert (lost.id, lost.lease_owner, lost.fence) == (given[0], "w1", claimed[0].fence)
        assert bench.reclaim() == []
        assert bench.take() == []
        assert [bench.entry(one).budget_used for one in given] == [1, 0]
        bench.clock.advance(DELAY)
        [message] = bench.take(worker="w2")
        assert (message.id, message.attempts) == (given[0], 2)
        first, running = bench.show(given[0]).attempts
        assert (first.number, first.outcome, first.worker) == (1, AttemptOutcome.LOST, "w1")
        assert (first.started_at, first.finished_at) == (
            bench.clock() - DELAY - LEASE,
            bench.clock() - DELAY,
        )
        assert first.error is not None
        assert first.error.code == "lease_lost"
        assert (running.outcome, running.worker) == (AttemptOutcome.RUNNING, "w2")

    def test_of_a_run_settled_in_part_the_next_message_is_the_lost_one(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(3)))
        claimed = bench.take()
        bench.hand_in((claimed[0], Delivered(), True))
        assert bench.lose() == [given[1]]
        assert bench.attempts(given[0]) == [AttemptOutcome.DELIVERED]

    def test_after_a_loss_messages_go_one_by_one_until_all_that_were_claimed_have_gone(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(6)))
        bench.take()
        bench.lose()
        for expected in given[:4]:
            claimed = bench.take()
            assert ids(claimed) == [expected]
            bench.deliver(claimed)
        assert ids(bench.take()) == given[4:]

    def test_a_message_that_kills_every_worker_dies_alone(self, bench: Bench) -> None:
        good, poisonous, behind = bench.put(*(new("a") for _ in range(3)))
        other = bench.put(new("b"))[0]
        bench.take()
        bench.lose()
        deaths = 0
        while claimed := bench.take():
            fine = [message for message in claimed if message.id != poisonous]
            bench.hand_in(*((message, Delivered()) for message in fine))
            deaths += len(claimed) - len(fine)
            bench.lose()
        assert deaths == 3
        assert bench.states(good, poisonous, behind, other) == [State.DONE, State.DEAD, State.READY, State.DONE]
        assert bench.entry(behind).attempts == 0
        error = bench.entry(poisonous).last_error
        assert error is not None
        assert error.code == "lease_lost"

    def test_where_it_may_be_left_out_the_lane_goes_on_without_it(self, bench: Bench) -> None:
        poisonous, behind = bench.put(new("a", kind="news"), new("a"))
        [single] = bench.put(new(None, kind="news"))
        for _ in range(3):
            bench.take()
            bench.lose()
        assert bench.states(poisonous, single) == [State.DEAD, State.DEAD]
        assert ids(bench.take()) == [behind]
        assert bench.lane(bench.entry(single)) is None

    def test_a_stale_worker_can_neither_settle_nor_extend_nor_give_back(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [stale] = bench.take()
        bench.lose()
        [fresh] = bench.take(worker="w2")
        assert (fresh.fence or 0) > (stale.fence or 0)
        assert bench.hand_in((stale, Delivered(receipt="late")), (stale, Refused(reason="late"))).tallies == {}
        assert bench.beat(stale, fresh) == [stale]
        bench.give_back(stale)
        assert bench.state(given) is State.LEASED
        assert bench.give(fresh, Delivered(receipt="in time"))
        assert bench.entry(given).receipt == "in time"
        assert bench.attempts(given) == [AttemptOutcome.LOST, AttemptOutcome.DELIVERED]

    def test_a_stale_and_a_fresh_settlement_in_one_call_are_told_apart(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [stale] = bench.take()
        bench.lose()
        [fresh] = bench.take()
        settled = bench.hand_in((stale, Refused(reason="stale")), (fresh, Delivered()))
        assert [late.message for late in settled.late] == [stale]
        assert bench.state(given) is State.DONE

    def test_a_fence_that_fits_is_not_enough_for_another_worker(self, bench: Bench) -> None:
        bench.put(new())
        [message] = bench.take()
        fields = {name: getattr(message, name) for name in Message.__dataclass_fields__}
        forged = Message(**{**fields, "lease_owner": "w2"})
        assert not bench.give(forged, Delivered())
        assert bench.beat(forged) == [forged]

    def test_what_is_settled_cannot_be_settled_again(self, bench: Bench) -> None:
        bench.put(new(None), new("a"))
        for message in bench.take():
            assert bench.give(message, Delivered())
            assert not bench.give(message, Retry(reason="twice"))
            assert bench.state(message.id) is State.DONE

    def test_a_heartbeat_keeps_the_lease_of_the_whole_run(self, bench: Bench) -> None:
        bench.put(new("a"), new("a"))
        claimed = bench.take()
        bench.hand_in((claimed[0], Delivered(), True))
        for _ in range(5):
            bench.clock.advance(timedelta(seconds=50))
            assert bench.beat(claimed[0]) == []
            assert bench.reclaim() == []
        assert bench.give(claimed[1], Delivered())

    def test_what_is_given_back_leaves_no_trace(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("a"))
        for _ in range(5):
            claimed = bench.take()
            assert ids(claimed) == given
            bench.give_back(*claimed)
        [message, _] = bench.take()
        assert (message.attempts, message.budget_used) == (1, 1)
        assert bench.attempts(given[0]) == [AttemptOutcome.RUNNING]
        assert bench.count(tables.attempt) == 0

    def test_the_rest_of_a_run_can_be_given_back(self, bench: Bench) -> None:
        given = bench.put(*(new("a") for _ in range(3)))
        claimed = bench.take()
        bench.give_back(claimed[1])
        assert bench.states(*given) == [State.LEASED] * 3
        bench.hand_in((claimed[0], Delivered(), True))
        bench.give_back(claimed[1])
        assert bench.states(*given) == [State.DONE, State.READY, State.READY]

    def test_leases_lost_in_great_number_are_taken_back_in_batches(self, bench: Bench) -> None:
        bench.put(*(new(None) for _ in range(5)))
        bench.take()
        bench.clock.advance(LEASE)
        assert [len(bench.reclaim(limit=2)) for _ in range(4)] == [2, 2, 1, 0]

    def test_only_what_the_worker_serves_is_reclaimed(self, bench: Bench) -> None:
        bench.put(new("a"), new("a", to="portal"))
        bench.take()
        bench.clock.advance(LEASE)
        bench.policies = {"portal": POLICY}
        assert [entry.destination for entry in bench.reclaim()] == ["portal"]

    def test_a_lease_made_by_a_clock_far_ahead_does_not_hold_for_ever(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.clock.advance(timedelta(days=365))
        bench.take()
        bench.clock.advance(timedelta(days=-365))
        assert [entry.id for entry in bench.reclaim()] == [given]

    def test_two_workers_reclaim_a_lease_once(self, bench: Bench) -> None:
        bench.put(*(new(None) for _ in range(20)))
        bench.take(limit=20)
        bench.clock.advance(LEASE)
        together = Barrier(4)

        def work(_: int) -> list[MessageId]:
            together.wait()
            return [entry.id for entry in bench.reclaim()]

        with ThreadPoolExecutor(4) as threads:
            found = [message_id for part in threads.map(work, range(4)) for message_id in part]
        assert len(found) == len(set(found)) == 20

    def test_a_queue_is_drained_when_nothing_moves_any_more(self, bench: Bench) -> None:
        def drained() -> bool:
            with bench.engine.connect() as connection:
                return is_drained(connection, POLICIES)

        assert drained()
        bench.put(new("a"), new("a"))
        assert not drained()
        [message, _] = bench.take()
        assert not drained()
        bench.give(message, Refused(reason="no"))
        assert drained()


class TestFollow:
    """``follow`` says in SQL what ``standing`` says of one message."""

    def test_sql_and_function_agree_about_every_head(self, bench: Bench) -> None:
        now = bench.clock()
        hour = timedelta(hours=1)
        states = [State.READY, State.WAITING, State.HELD, State.DEAD, State.SENT]
        cases = list(product(states, (None, now + hour), (None, now + 2 * hour, now + hour / 2), (None, "why")))
        given = bench.put(*(new(None, priority=Priority.HIGH) for _ in cases))
        table = tables.message
        for message_id, (state, retry_at, expires_at, code) in zip(given, cases, strict=True):
            values = {"state": state, "retry_at": retry_at, "expires_at": expires_at, "error_code": code}
            with bench.engine.begin() as connection:
                connection.execute(update(table).where(table.c.id == message_id).values(values))
                row = connection.execute(select(table).where(table.c.id == message_id)).one()
                follow(connection, [row.lane])
                lane = connection.execute(select(tables.lane).where(tables.lane.c.id == row.lane)).one()
            expected = standing(
                seq=row.seq,
                state=row.state,
                priority=row.priority,
                created_at=row.created_at,
                retry_at=row.retry_at,
                expires_at=row.expires_at,
                reason=row.error_code if row.state is State.DEAD else None,
            )
            assert expected == Standing(
                state=lane.state,
                head=lane.head,
                priority=lane.priority,
                wake_at=lane.wake_at,
                blocked_reason=lane.blocked_reason,
            )

    def test_lists_find_what_is_leased_by_its_lane(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("b"), new("c"))
        bench.take(limit=2)
        with bench.engine.connect() as connection:
            leased = find(connection, states={State.LEASED}).entries
            ready = find(connection, states={State.READY}).entries
        assert {entry.id for entry in leased} | {entry.id for entry in ready} == set(given)
        assert (len(leased), len(ready)) == (2, 1)

    def test_the_order_of_a_lane_survives_anything_in_between(self, bench: Bench) -> None:
        given = bench.put(*(new(f"k{n % 3}", correlation=str(n)) for n in range(30)))
        delivered: list[Message] = []
        for turn in range(100):
            claimed = bench.take(limit=7, worker=f"w{turn % 2}")
            for place, (_, run) in enumerate(groupby(claimed, key=lambda message: message.lane)):
                *most, last = run
                match (turn + place) % 4:
                    case 0:
                        bench.give_back(*most, last)
                    case 1:
                        bench.deliver([*most, last])
                        delivered += [*most, last]
                    case 2:
                        bench.hand_in(*((message, Delivered(), True) for message in most), (last, Retry(reason="x")))
                        delivered += most
                    case _:
                        # That takes everything else of this claim along.
                        bench.lose()
                        break
            bench.clock.advance(timedelta(hours=1))
            with bench.engine.begin() as connection:
                for entry in find(connection, states={State.DEAD}).entries:
                    retry(connection, entry.id, **BY, now=bench.clock())
        assert sorted(ids(delivered)) == sorted(given)
        for key in ("k0", "k1", "k2"):
            order = [int(message.correlation or "") for message in delivered if message.ordering_key == key]
            assert order == sorted(order)


def test_a_claim_needs_few_statements_however_much_it_brings(bench: Bench) -> None:
    bench.put(*(new(None) for _ in range(300)))
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(bench.engine, "after_cursor_execute", note)
    claimed = bench.take(limit=300)
    claiming, statements[:] = len(statements), []
    bench.hand_in(*((message, Delivered()) for message in claimed))
    settling = len(statements)
    event.remove(bench.engine, "after_cursor_execute", note)
    assert len(claimed) == 300
    assert claiming <= 12
    assert settling <= 6


@pytest.mark.parametrize("naive", [datetime(2026, 9, 1)])  # noqa: DTZ001 -- naive on purpose
def test_a_naive_time_is_refused(bench: Bench, naive: datetime) -> None:
    bench.put(new())
    [message] = bench.take()
    with pytest.raises(TypeError, match="naive"), bench.engine.begin() as connection:
        settle(
            connection,
            Settlement(message=message, outcome=Delivered(), started_at=naive, finished_at=naive),
            policies=POLICIES,
            now=bench.clock(),
            random=lambda: 0.5,
        )
