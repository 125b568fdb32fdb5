"""The contract of the store, on every database that it supports."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from outbox import (
    AttemptOutcome,
    Claim,
    Delivered,
    InvalidMessageError,
    Message,
    MessageId,
    NewMessage,
    NotAllowedError,
    Outcome,
    Policy,
    Refused,
    Retry,
    Settlement,
    State,
    UnknownMessageError,
    claim,
    depths,
    enqueue,
    find,
    give_back,
    heartbeat,
    hold,
    is_drained,
    pause,
    pauses,
    payload,
    purge,
    reclaim,
    release,
    resume,
    retry,
    settle,
    show,
    skip,
    start,
    stop,
)
from outbox.testing import ManualClock

POLICIES = {
    name: Policy(initial_delay=timedelta(seconds=10), jitter=0, max_attempts=3, lease=timedelta(minutes=1))
    for name in ("authority", "portal")
}
BY = {"by": "coordinator", "reason": "checked by telephone"}


def new(key: str | None = "class-5a", *, to: str = "authority", **more: Any) -> NewMessage:
    fields: dict[str, Any] = {"destination": to, "kind": "marks", "payload": b"<x/>", "ordering_key": key}
    return NewMessage(**{**fields, **more})


class Bench:
    """The store's verbs, each in a transaction of its own."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, *messages: NewMessage) -> list[MessageId]:
        with self.engine.begin() as connection:
            return enqueue(connection, *messages, now=self.clock())

    def look(self, limit: int = 10, worker: str = "w1") -> Claim:
        with self.engine.begin() as connection:
            return claim(connection, policies=POLICIES, worker=worker, limit=limit, now=self.clock())

    def take(self, limit: int = 10, worker: str = "w1") -> Sequence[Message]:
        return self.look(limit, worker).messages

    def give(self, message: Message, outcome: Outcome) -> bool:
        done = Settlement(message=message, outcome=outcome, finished_at=self.clock())
        with self.engine.begin() as connection:
            return not settle(connection, done, policies=POLICIES, now=self.clock(), random=lambda: 0.5)

    def reclaim(self) -> list[MessageId]:
        with self.engine.begin() as connection:
            found = reclaim(connection, policies=POLICIES, now=self.clock(), random=lambda: 0.5)
            return [entry.id for entry in found]

    def decide(self, verb: Callable[..., object], *what: str, **more: Any) -> object:
        with self.engine.begin() as connection:
            return verb(connection, *what, **{**BY, **more}, now=self.clock())

    def state(self, message_id: str) -> State:
        with self.engine.connect() as connection:
            return show(connection, MessageId(message_id)).entry.state


@pytest.fixture
def bench(engine: Engine, clock: ManualClock) -> Bench:
    return Bench(engine, clock)


def ids(messages: Sequence[Message]) -> list[MessageId]:
    return [message.id for message in messages]


class TestEnqueue:
    def test_a_message_comes_out_as_it_went_in(self, bench: Bench) -> None:
        due, end = bench.clock(), bench.clock() + timedelta(hours=1)
        more: dict[str, Any] = {
            "content_type": "text/xml",
            "idempotency_key": "doc-1",
            "priority": 3,
            "correlation": "doc 1",
            "owner": "school 1",
        }
        [message_id] = bench.put(new("a", due_at=due, expires_at=end, payload=b"\x00\xff", **more))
        [message] = bench.take()
        assert message.id == message_id
        assert (message.payload, message.content_type, message.kind) == (b"\x00\xff", "text/xml", "marks")
        assert (message.ordering_key, message.idempotency_key, message.correlation) == ("a", "doc-1", "doc 1")
        assert message.owner == "school 1"
        assert (message.due_at, message.expires_at, message.priority) == (due, end, 3)
        assert (message.state, message.attempts, message.created_at) == (State.LEASED, 1, bench.clock())
        assert (message.lease_owner, message.lease_until) == ("w1", bench.clock() + timedelta(minutes=1))

    def test_times_come_back_in_utc_whatever_zone_they_were_given_in(self, bench: Bench) -> None:
        local = bench.clock().astimezone(timezone(timedelta(hours=10)))
        bench.put(new(due_at=local))
        [message] = bench.take()
        assert message.due_at == local
        assert message.due_at.utcoffset() == timedelta(0)

    def test_a_rolled_back_transaction_leaves_no_message(self, bench: Bench) -> None:
        with bench.engine.connect() as connection:
            enqueue(connection, new("a"), new(None), now=bench.clock())
            connection.rollback()
        assert bench.take() == []
        with bench.engine.connect() as connection:
            assert find(connection).entries == []
        bench.put(new("a"))
        assert len(bench.take()) == 1

    def test_repeating_an_idempotency_key_returns_the_first_id_and_adds_nothing(self, bench: Bench) -> None:
        [first] = bench.put(new(idempotency_key="doc-1", payload=b"first"))
        again, other, fresh = bench.put(
            new(idempotency_key="doc-1", payload=b"second"),
            new(to="portal", idempotency_key="doc-1"),
            new(idempotency_key="doc-2"),
        )
        assert again == first
        assert len({first, other, fresh}) == 3
        with bench.engine.connect() as connection:
            assert len(find(connection).entries) == 3
            assert payload(connection, first) == b"first"

    def test_a_key_repeated_within_one_call_counts_once(self, bench: Bench) -> None:
        first, second = bench.put(new(None, idempotency_key="doc-1"), new(None, idempotency_key="doc-1"))
        assert first == second
        assert ids(bench.take()) == [first]
        assert bench.take() == []

    def test_a_repetition_alone_does_not_disturb_its_lane(self, bench: Bench) -> None:
        [first] = bench.put(new(idempotency_key="doc-1"))
        [message] = bench.take()
        bench.give(message, Delivered())
        bench.put(new(idempotency_key="doc-1"))
        assert bench.take() == []
        assert bench.state(first) is State.DONE

    def test_concurrent_repetitions_add_one_message(self, bench: Bench) -> None:
        together = Barrier(8)

        def put(_: int) -> MessageId:
            together.wait()
            return bench.put(new(idempotency_key="doc-1"))[0]

        with ThreadPoolExecutor(8) as threads:
            answers = set(threads.map(put, range(8)))
        assert len(answers) == 1
        assert ids(bench.take()) == list(answers)

    def test_thousands_keep_their_order(self, bench: Bench) -> None:
        given = bench.put(*(new("a", correlation=str(n)) for n in range(2500)))
        with bench.engine.connect() as connection:
            entries = find(connection, limit=2500).entries
        assert [entry.id for entry in reversed(entries)] == given

    def test_nothing_at_all_may_be_enqueued(self, bench: Bench) -> None:
        assert bench.put() == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"to": ""},
            {"key": "x" * 256},
            {"correlation": "a\0b"},
            {"due_at": datetime(2026, 1, 1)},  # noqa: DTZ001 -- naive on purpose
        ],
    )
    def test_what_a_database_would_refuse_is_refused_at_once(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InvalidMessageError):
            new(**wrong)

    def test_neither_payload_nor_answer_shows_in_a_repr(self, bench: Bench) -> None:
        bench.put(new(payload=b"Petrov"))
        [message] = bench.take()
        assert "Petrov" not in repr(message)
        assert "Petrov" not in repr(Delivered(answer=b"Petrov"))


class TestOrder:
    def test_a_lane_gives_one_message_at_a_time_in_order(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("a"), new("a"))
        seen = []
        while claimed := bench.take():
            [message] = claimed
            assert bench.take(worker="w2") == []
            seen.append(message.id)
            bench.give(message, Delivered())
        assert seen == given

    def test_lanes_and_messages_without_a_key_do_not_wait_for_each_other(self, bench: Bench) -> None:
        given = bench.put(new("a"), new("b"), new(None), new(None), new("a", to="portal"))
        assert sorted(ids(bench.take())) == sorted(given)

    def test_an_ordering_key_that_looks_like_a_message_id_is_a_lane_of_its_own(self, bench: Bench) -> None:
        [alone] = bench.put(new(None))
        [keyed] = bench.put(new(str(alone)))
        assert sorted(ids(bench.take())) == sorted([alone, keyed])

    def test_a_failed_head_holds_its_followers(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        [message] = bench.take()
        bench.give(message, Retry(reason="503"))
        assert bench.take() == []
        bench.clock.advance(timedelta(seconds=10))
        [message] = bench.take()
        assert message.id == first
        bench.give(message, Delivered())
        assert ids(bench.take()) == [second]

    @pytest.mark.parametrize("verb", [retry, skip])
    def test_a_dead_head_blocks_until_a_person_decides(self, bench: Bench, verb: Callable[..., None]) -> None:
        first, second = bench.put(new("a"), new("a"))
        bench.give(bench.take()[0], Refused(reason="schema"))
        bench.clock.advance(timedelta(days=30))
        assert bench.take() == []
        assert bench.state(first) is State.DEAD
        bench.decide(verb, first)
        assert ids(bench.take()) == [first if verb is retry else second]

    def test_a_held_message_blocks_when_its_turn_comes_and_moves_when_released(self, bench: Bench) -> None:
        first, second, third = bench.put(new("a"), new("a"), new("a"))
        bench.decide(hold, second)
        [message] = bench.take()
        assert message.id == first
        bench.give(message, Delivered())
        assert bench.take() == []
        bench.decide(release, second)
        [message] = bench.take()
        assert message.id == second
        bench.give(message, Delivered())
        assert ids(bench.take()) == [third]

    def test_a_message_enqueued_while_the_head_is_in_flight_is_not_forgotten(self, bench: Bench) -> None:
        bench.put(new("a"))
        [message] = bench.take()
        [second] = bench.put(new("a"))
        bench.give(message, Delivered())
        assert ids(bench.take()) == [second]

    def test_priority_decides_between_lanes_and_age_within_one_priority(self, bench: Bench) -> None:
        low, old = bench.put(new("a", priority=-1), new("b"))
        bench.clock.advance(timedelta(seconds=1))
        young, high = bench.put(new("c"), new("d", priority=5))
        assert ids(bench.take(limit=2)) == [high, old]
        assert ids(bench.take(limit=2)) == [young, low]

    def test_priority_never_overtakes_within_a_lane(self, bench: Bench) -> None:
        first, _ = bench.put(new("a"), new("a", priority=9))
        assert ids(bench.take()) == [first]

    @pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
    def test_order_is_the_order_of_commits_although_numbers_are_given_out_earlier(self, bench: Bench) -> None:
        # A rival comes at the worst moment: our message has its number, our transaction is not committed. If the rival
        # could commit now, its message would be delivered before ours, which has the lower number.
        rivals: list[Future[list[MessageId]]] = []

        def let_a_rival_try(_c: object, _cursor: object, statement: str, *_: object) -> None:
            if "INTO outbox_message" in statement and not rivals:
                rivals.append(thread.submit(bench.put, new("a")))
                while not rivals[0].done() and not somebody_waits_for_a_lock(bench.engine):
                    pass

        with ThreadPoolExecutor(1) as thread:
            with bench.engine.connect() as connection:
                event.listen(connection, "after_cursor_execute", let_a_rival_try)
                [first] = enqueue(connection, new("a"), now=bench.clock())
                assert not rivals[0].done()
                assert bench.take() == []
                connection.commit()
            [second] = rivals[0].result()
        [message] = bench.take()
        assert message.id == first
        bench.give(message, Delivered())
        assert ids(bench.take()) == [second]


def somebody_waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


class TestTime:
    def test_a_message_is_not_sent_before_its_due_time(self, bench: Bench) -> None:
        [given] = bench.put(new(due_at=bench.clock() + timedelta(hours=1)))
        assert bench.take() == []
        assert bench.state(given) is State.WAITING
        bench.clock.advance(timedelta(hours=1))
        assert ids(bench.take()) == [given]

    def test_an_expired_message_is_dead_and_was_never_sent(self, bench: Bench) -> None:
        [given] = bench.put(new(expires_at=bench.clock() + timedelta(hours=1)))
        bench.clock.advance(timedelta(hours=1))
        assert bench.look() == Claim(messages=[], buried=1)
        with bench.engine.connect() as connection:
            history = show(connection, given)
        assert history.entry.state is State.DEAD
        assert history.entry.last_error is not None
        assert history.entry.last_error.code == "expired"
        assert history.attempts == []

    def test_a_waiting_message_dies_when_it_expires_not_when_its_retry_is_due(self, bench: Bench) -> None:
        [given] = bench.put(new(expires_at=bench.clock() + timedelta(minutes=1)))
        bench.give(bench.take()[0], Retry(reason="busy", retry_after=timedelta(hours=1)))
        bench.clock.advance(timedelta(minutes=1))
        assert bench.look().buried == 1
        assert bench.state(given) is State.DEAD

    def test_retry_after_is_honoured(self, bench: Bench) -> None:
        bench.put(new())
        bench.give(bench.take()[0], Retry(reason="429", retry_after=timedelta(minutes=30)))
        bench.clock.advance(timedelta(minutes=30) - timedelta(microseconds=1))
        assert bench.take() == []
        bench.clock.advance(timedelta(microseconds=1))
        assert len(bench.take()) == 1


class TestSettle:
    def test_every_attempt_is_kept_with_what_is_known_of_it(self, bench: Bench) -> None:
        [given] = bench.put(new())
        begun = bench.clock()
        bench.give(bench.take()[0], Retry(reason="busy\0", code="http_503", status=503, answer=b"x" * 5000))
        bench.clock.advance(timedelta(seconds=10))
        bench.give(bench.take()[0], Delivered(receipt="R-7\0", status=200, answer="принято\0".encode() + b"\xff"))
        with bench.engine.connect() as connection:
            history = show(connection, given)
        assert history.entry.state is State.DONE
        assert history.entry.receipt == "R-7\N{REPLACEMENT CHARACTER}"
        assert history.entry.last_error is None
        failed, delivered = history.attempts
        assert (failed.number, failed.outcome, failed.status) == (1, AttemptOutcome.RETRY, 503)
        assert (failed.started_at, failed.finished_at, failed.worker) == (begun, begun, "w1")
        assert failed.error is not None
        assert (failed.error.code, failed.error.reason) == ("http_503", "busy\N{REPLACEMENT CHARACTER}")
        assert failed.answer == "x" * 1024
        assert (delivered.number, delivered.outcome, delivered.error) == (2, AttemptOutcome.DELIVERED, None)
        assert delivered.answer == "принято\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"

    def test_a_refusal_is_final(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.give(bench.take()[0], Refused(reason="bad signature", code="signature", status=400))
        bench.clock.advance(timedelta(days=30))
        assert bench.take() == []
        with bench.engine.connect() as connection:
            entry = show(connection, given).entry
        assert entry.state is State.DEAD
        assert entry.last_error is not None
        assert entry.last_error.code == "signature"

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

    def test_many_settlements_share_a_transaction_and_each_lane_moves(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n}") for n in range(20)))
        followers = bench.put(*(new(f"lane-{n}") for n in range(20)))
        done = [
            Settlement(message=message, outcome=Delivered(), finished_at=bench.clock()) for message in bench.take(20)
        ]
        with bench.engine.begin() as connection:
            assert settle(connection, *done, policies=POLICIES, now=bench.clock(), random=lambda: 0.5) == []
        assert sorted(ids(bench.take(50))) == sorted(followers)

    def test_a_stale_and_a_fresh_settlement_of_one_message_are_told_apart(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [stale] = bench.take()
        bench.clock.advance(timedelta(minutes=2))
        bench.reclaim()
        bench.clock.advance(timedelta(minutes=2))
        [fresh] = bench.take()
        both = [
            Settlement(message=stale, outcome=Refused(reason="stale"), finished_at=bench.clock()),
            Settlement(message=fresh, outcome=Delivered(), finished_at=bench.clock()),
        ]
        with bench.engine.begin() as connection:
            late = settle(connection, *both, policies=POLICIES, now=bench.clock(), random=lambda: 0.5)
        assert late == both[:1]
        assert bench.state(given) is State.DONE


class TestLease:
    def test_a_lost_lease_is_a_failed_attempt_and_the_message_returns(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.take()
        bench.clock.advance(timedelta(minutes=1))
        assert bench.reclaim() == [given]
        assert bench.reclaim() == []
        assert bench.take() == []
        bench.clock.advance(timedelta(seconds=10))
        [message] = bench.take(worker="w2")
        assert (message.id, message.attempts) == (given, 2)
        with bench.engine.connect() as connection:
            lost, running = show(connection, given).attempts
        assert (lost.outcome, lost.finished_at, lost.worker) == (
            AttemptOutcome.LOST,
            bench.clock() - timedelta(seconds=10),
            "w1",
        )
        assert lost.error is not None
        assert lost.error.code == "lease_lost"
        assert (running.outcome, running.finished_at, running.worker) == (AttemptOutcome.RUNNING, None, "w2")

    def test_a_message_that_kills_every_worker_dies(self, bench: Bench) -> None:
        [given] = bench.put(new())
        for _ in range(3):
            assert len(bench.take()) == 1
            bench.clock.advance(timedelta(minutes=10))
            bench.reclaim()
            bench.clock.advance(timedelta(minutes=10))
        assert bench.take() == []
        assert bench.state(given) is State.DEAD

    def test_a_stale_worker_can_neither_settle_nor_extend_nor_give_back(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [stale] = bench.take()
        bench.clock.advance(timedelta(minutes=2))
        bench.reclaim()
        bench.clock.advance(timedelta(minutes=2))
        [fresh] = bench.take(worker="w2")
        assert fresh.fence is not None
        assert stale.fence is not None
        assert fresh.fence > stale.fence
        assert not bench.give(stale, Delivered(receipt="too late"))
        with bench.engine.begin() as connection:
            assert heartbeat(connection, [stale, fresh], policies=POLICIES, now=bench.clock()) == [stale]
            give_back(connection, [stale], now=bench.clock())
        assert bench.state(given) is State.LEASED
        assert bench.give(fresh, Delivered(receipt="in time"))
        with bench.engine.connect() as connection:
            assert show(connection, given).entry.receipt == "in time"

    def test_a_message_without_a_key_is_fenced_too_when_its_lane_is_gone(self, bench: Bench) -> None:
        bench.put(new(None))
        [stale] = bench.take()
        bench.clock.advance(timedelta(minutes=2))
        bench.reclaim()
        bench.clock.advance(timedelta(minutes=2))
        [fresh] = bench.take()
        assert bench.give(fresh, Delivered())
        assert not bench.give(stale, Retry(reason="late"))
        assert not bench.give(fresh, Retry(reason="twice"))
        assert bench.state(fresh.id) is State.DONE

    def test_a_heartbeat_keeps_the_lease(self, bench: Bench) -> None:
        bench.put(new())
        [message] = bench.take()
        for _ in range(5):
            bench.clock.advance(timedelta(seconds=50))
            with bench.engine.begin() as connection:
                assert heartbeat(connection, [message], policies=POLICIES, now=bench.clock()) == []
            assert bench.reclaim() == []
        assert bench.give(message, Delivered())

    def test_what_is_given_back_does_not_count_as_tried(self, bench: Bench) -> None:
        [given] = bench.put(new())
        for _ in range(5):
            claimed = bench.take()
            assert ids(claimed) == [given]
            with bench.engine.begin() as connection:
                give_back(connection, claimed, now=bench.clock())
        [message] = bench.take()
        assert (message.attempts, message.budget_used) == (6, 1)
        with bench.engine.connect() as connection:
            outcomes = [attempt.outcome for attempt in show(connection, given).attempts]
        assert outcomes == [AttemptOutcome.GIVEN_BACK] * 5 + [AttemptOutcome.RUNNING]

    def test_two_claims_at_the_same_time_never_share_a_lane(self, bench: Bench) -> None:
        bench.put(*(new(f"lane-{n % 40}") for n in range(80)))
        together = Barrier(4)

        def work(name: str) -> list[MessageId]:
            together.wait()
            return [message.id for _ in range(5) for message in bench.take(limit=3, worker=name)]

        with ThreadPoolExecutor(4) as threads:
            taken = [message_id for part in threads.map(work, "abcd") for message_id in part]
        assert len(taken) == len(set(taken))
        assert len(taken) + len(bench.take(limit=99)) == 40


class TestDecisions:
    def test_a_paused_destination_is_not_claimed_and_others_go_on(self, bench: Bench) -> None:
        kept, other = bench.put(new("a"), new("a", to="portal"))
        bench.decide(pause, "authority")
        bench.decide(pause, "authority", by="somebody else")
        with bench.engine.connect() as connection:
            [standing] = pauses(connection)
        assert (standing.destination, standing.by, standing.reason) == ("authority", BY["by"], BY["reason"])
        assert ids(bench.take()) == [other]
        bench.decide(resume, "authority")
        assert ids(bench.take()) == [kept]

    def test_the_global_stop_stops_everything_until_started(self, bench: Bench) -> None:
        bench.put(new("a"), new("a", to="portal"))
        bench.decide(stop)
        bench.decide(stop)
        with bench.engine.connect() as connection:
            assert [standing.destination for standing in pauses(connection)] == [None]
        assert bench.take() == []
        bench.decide(start)
        assert len(bench.take()) == 2

    def test_nothing_is_claimed_for_a_destination_that_the_worker_does_not_serve(self, bench: Bench) -> None:
        bench.put(new("a", to="unknown"))
        assert bench.take() == []

    def test_what_is_in_flight_or_finished_cannot_be_decided_about(self, bench: Bench) -> None:
        [given] = bench.put(new())
        [message] = bench.take()
        for verb in (retry, hold, release, skip):
            with pytest.raises(NotAllowedError, match="leased"):
                bench.decide(verb, given)
        bench.give(message, Delivered())
        for verb in (retry, hold, release, skip):
            with pytest.raises(NotAllowedError, match="done"):
                bench.decide(verb, given)

    def test_a_skipped_message_cannot_come_back_behind_its_followers(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.decide(skip, given)
        with pytest.raises(NotAllowedError, match="dead and finished"):
            bench.decide(retry, given)

    def test_a_waiting_message_can_be_retried_at_once(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.give(bench.take()[0], Retry(reason="503"))
        bench.decide(retry, given)
        assert ids(bench.take()) == [given]

    def test_releasing_does_not_shorten_the_wait(self, bench: Bench) -> None:
        [given] = bench.put(new(due_at=bench.clock() + timedelta(hours=1)))
        bench.decide(hold, given)
        bench.decide(release, given)
        assert bench.take() == []
        bench.clock.advance(timedelta(hours=1))
        assert ids(bench.take()) == [given]

    def test_a_decision_about_a_follower_leaves_the_lease_of_the_head_alone(self, bench: Bench) -> None:
        first, second = bench.put(new("a"), new("a"))
        [message] = bench.take()
        bench.decide(skip, second)
        bench.clock.advance(timedelta(minutes=1))
        with bench.engine.begin() as connection:
            assert heartbeat(connection, [message], policies=POLICIES, now=bench.clock()) == []
        bench.clock.advance(timedelta(minutes=1))
        assert bench.reclaim() == [first]

    def test_every_decision_is_written_down(self, bench: Bench) -> None:
        [given] = bench.put(new())
        bench.decide(hold, given)
        bench.decide(release, given)
        bench.decide(skip, given)
        with bench.engine.connect() as connection:
            history = show(connection, given)
        assert [decision.verb for decision in history.decisions] == ["hold", "release", "skip"]
        assert {(decision.by, decision.reason, decision.at) for decision in history.decisions} == {
            (BY["by"], BY["reason"], bench.clock())
        }

    def test_an_unknown_id_is_named(self, bench: Bench) -> None:
        for verb in (retry, hold, release, skip):
            with pytest.raises(UnknownMessageError, match="nobody"):
                bench.decide(verb, "nobody")
        with bench.engine.connect() as connection, pytest.raises(UnknownMessageError):
            show(connection, MessageId("nobody"))
        with bench.engine.connect() as connection, pytest.raises(UnknownMessageError):
            payload(connection, MessageId("nobody"))

    def test_purging_removes_what_is_finished_and_nothing_else(self, bench: Bench) -> None:
        done, young, waiting = bench.put(new("a"), new("b"), new("b"))
        first, second = bench.take()
        bench.give(first, Delivered())
        bench.clock.advance(timedelta(days=30))
        bench.give(second, Delivered())
        assert bench.decide(purge, finished_before=bench.clock()) == 1
        with bench.engine.connect() as connection:
            assert {entry.id for entry in find(connection).entries} == {young, waiting}
        with pytest.raises(UnknownMessageError):
            bench.state(done)
        bench.put(new("a"))
        assert len(bench.take()) == 2


class TestQueries:
    def test_lists_are_filtered_and_paged_newest_first(self, bench: Bench) -> None:
        given = bench.put(*(new(f"k{n}", correlation=f"Export_{n}%") for n in range(5)), new("p", to="portal"))
        with bench.engine.connect() as connection:
            page = find(connection, destination="authority", limit=3)
            rest = find(connection, destination="authority", limit=3, before=page.before)
            assert [entry.id for entry in [*page.entries, *rest.entries]] == given[4::-1]
            assert rest.before is None
            assert [entry.id for entry in find(connection, text="export_3%").entries] == [given[3]]
            assert find(connection, text="exportx3").entries == []
            assert [entry.id for entry in find(connection, text=given[5][4:20]).entries] == [given[5]]
            assert find(connection, states={State.DEAD}).entries == []
            assert len(find(connection, states={State.READY, State.DEAD}, kind="marks").entries) == 6
            assert find(connection, kind="absences").entries == []

    def test_an_owner_sees_what_is_sent_on_its_behalf(self, bench: Bench) -> None:
        ours, theirs, nobodys = bench.put(new("a", owner="ours"), new("a", owner="theirs"), new("b"))
        with bench.engine.connect() as connection:
            assert [entry.id for entry in find(connection, owner="ours").entries] == [ours]
            assert [entry.id for entry in find(connection, owner="theirs").entries] == [theirs]
            assert [entry.id for entry in find(connection).entries] == [nobodys, theirs, ours]
            assert [(depth.state, depth.count) for depth in depths(connection, owner="ours")] == [(State.READY, 1)]

    def test_depths_tell_number_and_oldest_by_destination_and_state(self, bench: Bench) -> None:
        begun = bench.clock()
        bench.put(new("a"), new("b"), new("a", to="portal"))
        bench.clock.advance(timedelta(minutes=5))
        bench.put(new("c"))
        bench.take(limit=1)
        with bench.engine.connect() as connection:
            found = [(depth.destination, depth.state, depth.count, depth.oldest) for depth in depths(connection)]
        assert found == [
            ("authority", State.LEASED, 1, begun),
            ("authority", State.READY, 2, begun),
            ("portal", State.READY, 1, begun),
        ]

    def test_drained_means_that_nothing_moves_any_more(self, bench: Bench) -> None:
        def drained() -> bool:
            with bench.engine.connect() as connection:
                return is_drained(connection, POLICIES)

        assert drained()
        bench.put(new("a"), new("a"))
        assert not drained()
        [message] = bench.take()
        assert not drained()
        bench.give(message, Refused(reason="no"))
        assert drained()
