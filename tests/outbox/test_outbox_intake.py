"""Enqueueing on every database: what is stored, where it goes in its lane, and what two producers do to each other."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine, event, func, select, text, update
from sqlalchemy.exc import IntegrityError

from outbox import tables
from outbox.claiming import claim
from outbox.errors import DestinationClosedError, InvalidMessageError
from outbox.intake import enqueue, random_id
from outbox.message import Delivered, LaneState, MessageId, NewMessage, Priority, State
from outbox.policy import Policy
from outbox.schedule import Schedule
from outbox.sealing import KEY_SIZE, PLAIN, Sealing
from outbox.settling import Settled, Settlement, settle
from outbox.testing import ManualClock

IN_MEMORY_TOO = True

MINUTE = timedelta(minutes=1)
ONLY_POSTGRES = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def new(key: str | None = "class-5a", *, to: str = "authority", **more: Any) -> NewMessage:
    fields: dict[str, Any] = {"destination": to, "kind": "marks", "payload": b"<x/>", "ordering_key": key}
    return NewMessage(**{**fields, **more})


class Desk:
    """A producer, and a look into the tables."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, *messages: NewMessage, **more: Any) -> list[MessageId]:
        with self.engine.begin() as connection:
            return enqueue(connection, *messages, now=self.clock(), **more)

    def message(self, message_id: str) -> Any:
        table = tables.message
        with self.engine.connect() as connection:
            return connection.execute(select(table).where(table.c.id == message_id)).one()

    def payload(self, message_id: str) -> bytes:
        table = tables.payload
        with self.engine.connect() as connection:
            seq = self.message(message_id).seq
            return bytes(connection.execute(select(table.c.bytes).where(table.c.message == seq)).scalar_one())

    def lane(self, key: str = "k:class-5a") -> Any:
        table = tables.lane
        with self.engine.connect() as connection:
            return connection.execute(select(table).where(table.c.key == key)).one()

    def set_lane(self, key: str = "k:class-5a", **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(tables.lane).where(tables.lane.c.key == key).values(values))

    def set_message(self, message_id: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(tables.message).where(tables.message.c.id == message_id).values(values))

    def finish(self, *message_ids: str) -> None:
        """Deliver these messages, the last of their lane, and leave it idle."""
        for message_id in message_ids:
            self.set_message(message_id, state=State.DONE, finished_at=self.clock())
        lane = self.message(message_ids[-1]).lane
        with self.engine.begin() as connection:
            idle = {"state": LaneState.IDLE, "head": None, "wake_at": None}
            connection.execute(update(tables.lane).where(tables.lane.c.id == lane).values(idle))

    def count(self, table: Any = tables.message) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def states(self, message_ids: Sequence[str]) -> list[str]:
        return [str(self.message(message_id).state) for message_id in message_ids]


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    return Desk(engine, clock)


class TestWhatIsStored:
    @pytest.mark.parametrize("company", [0, 40])
    def test_a_message_is_stored_as_it_was_given_alone_and_among_many(self, desk: Desk, company: int) -> None:
        due, end = desk.clock() + MINUTE, desk.clock() + 2 * MINUTE
        given: dict[str, Any] = {
            "content_type": "text/xml",
            "idempotency_key": "doc-1",
            "correlation": "doc\t1\\",
            "owner": "school 1",
            "subject": "pseudonym",
            "state_of": "pupil 1",
            "due_at": due,
            "expires_at": end,
        }
        message = new("a", payload=b"\x00\xff", priority=Priority.HIGH, **given)
        message_id = desk.put(*(new("b") for _ in range(company)), message)[-1]
        row = desk.message(message_id)
        assert {name: getattr(row, name) for name in given} == given
        assert (row.destination, row.kind, row.ordering_key) == ("authority", "marks", "a")
        assert (row.priority, row.size, row.digest) == (1, 2, hashlib.sha256(b"\x00\xff").digest())
        assert (row.state, row.retry_at, row.created_at, row.finished_at) == (State.WAITING, due, desk.clock(), None)
        assert (row.attempts, row.budget_used, row.budget_since, row.budget_away) == (0, 0, None, 0)
        assert desk.payload(message_id) == PLAIN.seal(b"\x00\xff", message_id)
        lane = desk.lane("k:a")
        assert (lane.id, lane.destination, lane.head) == (row.lane, "authority", row.seq)
        assert (lane.state, lane.priority, lane.wake_at, lane.fence) == (LaneState.WAITING, 1, due, 0)

    @pytest.mark.parametrize("size", [0, 50_000_000])
    def test_an_empty_and_a_huge_payload_are_stored_whole(self, desk: Desk, size: int) -> None:
        content = bytes(range(250)) * (size // 250)
        [message_id] = desk.put(new(payload=content))
        assert desk.payload(message_id) == b"\0" + content
        assert (desk.message(message_id).size, desk.message(message_id).digest) == (
            size,
            hashlib.sha256(content).digest(),
        )

    def test_payloads_are_sealed_under_the_id_of_their_message(self, desk: Desk) -> None:
        ring = Sealing({"2026": b"k" * KEY_SIZE}, "2026")
        given = desk.put(*(new(payload=b"Petrov %d" % n) for n in range(20)), sealing=ring)
        for n, message_id in enumerate(given):
            stored = desk.payload(message_id)
            assert b"Petrov" not in stored
            assert ring.open(stored, message_id) == b"Petrov %d" % n

    def test_a_due_time_that_has_come_does_not_make_it_wait(self, desk: Desk) -> None:
        [message_id] = desk.put(new(due_at=desk.clock()))
        assert desk.states([message_id]) == ["ready"]

    @pytest.mark.parametrize("many", [1, 30])
    def test_a_collision_of_ids_is_an_error_of_the_database_and_leaves_nothing(self, desk: Desk, many: int) -> None:
        desk.put(new(), new_id=lambda: MessageId("same"))
        with pytest.raises(IntegrityError):
            desk.put(*(new() for _ in range(many)), new_id=lambda: MessageId("same"))
        assert desk.count() == desk.count(tables.payload) == 1

    def test_ids_are_of_version_7_and_grow_with_time(self) -> None:
        ids = [random_id() for _ in range(1000)]
        assert len(set(ids)) == 1000
        assert {len(one) for one in ids} == {32}
        assert {one[12] for one in ids} == {"7"}
        assert {one[16] for one in ids} <= set("89ab")
        # Three hexadecimal digits after the version go on where the milliseconds end.
        assert [one[:16] for one in ids] == sorted(one[:16] for one in ids)

    @pytest.mark.parametrize(("lane", "most"), [("fresh", 5), ("idle", 5), ("busy", 6), ("alone", 5)])
    def test_one_message_takes_few_statements_and_a_thousand_no_more(self, desk: Desk, lane: str, most: int) -> None:
        [first] = desk.put(new())
        if lane == "idle":
            desk.finish(first)
        key = {"fresh": "other", "alone": None}.get(lane, "class-5a")
        asked: list[str] = []
        with desk.engine.connect() as connection:
            event.listen(connection, "before_cursor_execute", lambda *about: asked.append(about[2]))
            enqueue(connection, new(key), now=desk.clock())
            connection.rollback()
            # On SQLite, where a statement is no round trip, BEGIN and the counter are two more.
            assert len(asked) <= most + (2 if desk.engine.dialect.name == "sqlite" else 0)
            single = len(asked)
            enqueue(connection, *(new(key) for _ in range(1000)), now=desk.clock())
            assert len(asked) <= 2 * single + 1


class TestPlaceInTheLane:
    def test_the_first_message_makes_its_lane_ready_and_later_ones_leave_it_alone(self, desk: Desk) -> None:
        first, _ = desk.put(new(priority=Priority.LOW), new(priority=Priority.HIGH))
        before = desk.lane()
        assert (before.state, before.head, before.priority) == (LaneState.READY, desk.message(first).seq, -1)
        assert before.wake_at == desk.clock()
        desk.clock.advance(MINUTE)
        [third] = desk.put(new(priority=Priority.HIGH))
        assert desk.lane() == before
        assert desk.message(third).lane == before.id

    @pytest.mark.parametrize(
        "stand",
        [
            {"state": LaneState.LEASED, "wake_at": None, "lease_owner": "w1", "lease_through": 1},
            {"state": LaneState.BLOCKED, "wake_at": None, "blocked_reason": "refused"},
            {"state": LaneState.BLOCKED, "wake_at": None, "blocked_reason": "paused", "paused_by": "coordinator"},
            {"state": LaneState.WAITING},
        ],
    )
    @pytest.mark.parametrize("many", [1, 20])
    def test_a_lane_with_a_head_keeps_its_state(self, desk: Desk, stand: dict[str, Any], many: int) -> None:
        desk.put(new())
        desk.set_lane(**stand)
        before = desk.lane()
        given = desk.put(*(new() for _ in range(many)))
        assert desk.lane() == before
        assert {desk.message(message_id).lane for message_id in given} == {before.id}

    @pytest.mark.parametrize("many", [1, 2, 20])
    def test_an_idle_lane_gets_a_head_again(self, desk: Desk, many: int) -> None:
        desk.finish(*desk.put(new(), new()))
        lane = desk.lane()
        desk.clock.advance(MINUTE)
        given = desk.put(*(new(priority=Priority.HIGH) for _ in range(many)))
        after = desk.lane()
        assert (after.id, after.fence) == (lane.id, lane.fence)
        assert (after.state, after.head) == (LaneState.READY, desk.message(given[0]).seq)
        assert (after.priority, after.wake_at) == (1, desk.clock())
        seqs = [desk.message(message_id).seq for message_id in given]
        assert seqs == sorted(set(seqs))

    @pytest.mark.parametrize("state", [LaneState.IDLE, LaneState.BLOCKED])
    def test_an_empty_lane_that_is_paused_gets_a_head_and_stays_stopped(self, desk: Desk, state: LaneState) -> None:
        desk.finish(*desk.put(new()))
        desk.set_lane(state=state, paused_at=desk.clock(), paused_by="coordinator", paused_reason="holidays")
        first, _ = desk.put(new(), new())
        lane = desk.lane()
        assert (lane.state, lane.head, lane.wake_at) == (LaneState.BLOCKED, desk.message(first).seq, None)
        assert lane.blocked_reason == "paused"

    def test_lanes_and_single_messages_never_share_a_number(self, desk: Desk) -> None:
        given = desk.put(*(new(f"k{n % 7}") for n in range(40)), *(new(None) for _ in range(20)))
        given += desk.put(new("k3"), new(None), new("k8"))
        rows = [desk.message(message_id) for message_id in given]
        assert len({row.seq for row in rows}) == 63
        assert len({row.lane for row in rows}) == desk.count(tables.lane) == 8 + 21
        assert desk.lane(f"m:{given[-2]}").head == desk.message(given[-2]).seq

    def test_within_a_call_the_order_is_that_of_the_arguments_over_all_lanes(self, desk: Desk) -> None:
        given = desk.put(*(new(f"k{n * 7 % 10}") for n in range(30)), new(None), new("k0"))
        seqs = [desk.message(message_id).seq for message_id in given]
        assert seqs == sorted(seqs)


class TestIdempotency:
    def test_a_repeated_key_adds_neither_message_nor_payload_nor_lane(self, desk: Desk) -> None:
        first, same = desk.put(new(None, idempotency_key="doc-1"), new(None, idempotency_key="doc-1"))
        again, elsewhere = desk.put(new("z", idempotency_key="doc-1"), new(to="portal", idempotency_key="doc-1"))
        assert first == same == again != elsewhere
        assert [desk.count(table) for table in (tables.message, tables.payload, tables.lane, tables.key)] == [2] * 4

    def test_many_keys_new_and_old_answer_in_the_order_of_the_arguments(self, desk: Desk) -> None:
        old = desk.put(*(new(idempotency_key=f"doc-{n}") for n in range(0, 60, 2)))
        answers = desk.put(*(new(idempotency_key=f"doc-{n}") for n in range(60)))
        assert answers[::2] == old
        assert len(set(answers)) == 60
        assert desk.count() == 60

    def test_a_key_outlives_its_message(self, desk: Desk) -> None:
        [first] = desk.put(new(None, idempotency_key="doc-1"))
        with desk.engine.begin() as connection:
            connection.execute(tables.message.delete())
        assert desk.put(new(None, idempotency_key="doc-1")) == [first]
        assert desk.count() == 0

    def test_a_key_of_a_transaction_that_was_rolled_back_is_free(self, desk: Desk) -> None:
        with desk.engine.connect() as connection:
            enqueue(connection, new(idempotency_key="doc-1"), now=desk.clock())
            connection.rollback()
        [message_id] = desk.put(new(idempotency_key="doc-1"))
        assert desk.states([message_id]) == ["ready"]

    @ONLY_POSTGRES
    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_a_repetition_at_the_same_moment_waits_for_what_becomes_of_the_first(self, desk: Desk, end: str) -> None:
        with ThreadPoolExecutor(1) as thread, desk.engine.connect() as connection:
            [first] = enqueue(connection, new("a", idempotency_key="doc-1"), now=desk.clock())
            rival = thread.submit(desk.put, new("b", idempotency_key="doc-1"))
            wait_until_somebody_waits(desk.engine, rival)
            getattr(connection, end)()
            [second] = rival.result()
        assert (first == second) is (end == "commit")
        assert desk.count() == 1


class TestClosedDestinations:
    def close(self, desk: Desk, name: str, **values: Any) -> None:
        with desk.engine.begin() as connection:
            connection.execute(tables.destination.insert().values(name=name, **values))

    def test_a_drained_destination_refuses_and_says_who_closed_it_and_why(self, desk: Desk) -> None:
        drained = {"drained_at": desk.clock(), "drained_by": "coordinator", "drained_reason": "contract ended"}
        self.close(desk, "authority", **drained)
        with pytest.raises(DestinationClosedError, match="drained by coordinator: contract ended") as caught:
            desk.put(new(), new(to="portal"))
        assert caught.value.destination == "authority"
        assert (caught.value.by, caught.value.reason) == ("coordinator", "contract ended")
        assert desk.count() == desk.count(tables.lane) == 0

    def test_a_full_destination_refuses(self, desk: Desk) -> None:
        self.close(desk, "authority", full_at=desk.clock())
        with pytest.raises(DestinationClosedError, match=r"backlog is full.*what stopped, which counts"):
            desk.put(new())

    def test_others_go_on_and_so_does_the_callers_transaction(self, desk: Desk) -> None:
        self.close(desk, "authority", full_at=desk.clock())
        self.close(desk, "portal", paused_at=desk.clock(), paused_by="coordinator", paused_reason="maintenance")
        with desk.engine.begin() as connection:
            with pytest.raises(DestinationClosedError):
                enqueue(connection, new(), now=desk.clock())
            enqueue(connection, new(to="portal"), now=desk.clock())
        assert desk.count() == 1


class TestNewerStates:
    def state(self, key: str = "class-5a", of: str = "pupil 1", **more: Any) -> NewMessage:
        return new(key, state_of=of, **more)

    def test_a_newer_state_supersedes_the_one_that_still_waits(self, desk: Desk) -> None:
        first, old, between = desk.put(new(), self.state(), new())
        desk.clock.advance(MINUTE)
        [young] = desk.put(self.state())
        assert desk.states([first, old, between, young]) == ["ready", "superseded", "ready", "ready"]
        assert desk.message(old).finished_at == desk.clock()
        assert desk.lane().head == desk.message(first).seq

    def test_the_lane_follows_when_its_head_is_superseded(self, desk: Desk) -> None:
        old, between = desk.put(self.state(), new(priority=Priority.HIGH))
        desk.set_message(old, state=State.WAITING, retry_at=desk.clock() + MINUTE)
        desk.set_lane(state=LaneState.WAITING, wake_at=desk.clock() + MINUTE)
        desk.put(self.state())
        assert desk.message(old).retry_at is None
        lane = desk.lane()
        assert (lane.state, lane.head, lane.priority) == (LaneState.READY, desk.message(between).seq, 1)
        assert lane.wake_at == desk.clock()

    def test_the_newer_one_becomes_the_head_where_nothing_else_is_left(self, desk: Desk) -> None:
        desk.put(self.state())
        [young] = desk.put(self.state())
        assert (desk.lane().head, desk.lane().state) == (desk.message(young).seq, LaneState.READY)

    def test_a_paused_lane_follows_and_stays_paused(self, desk: Desk) -> None:
        desk.put(self.state())
        paused: dict[str, Any] = {"paused_at": desk.clock(), "paused_by": "coordinator", "paused_reason": "holidays"}
        desk.set_lane(state=LaneState.BLOCKED, blocked_reason="paused", wake_at=None, **paused)
        [young] = desk.put(self.state())
        lane = desk.lane()
        assert (lane.state, lane.head, lane.blocked_reason) == (LaneState.BLOCKED, desk.message(young).seq, "paused")

    def test_what_a_lease_covers_is_left_alone_and_what_lies_behind_it_is_not(self, desk: Desk) -> None:
        begun, behind = desk.put(self.state(), self.state(of="pupil 2"))
        lease: dict[str, Any] = {
            "lease_owner": "w1",
            "lease_until": desk.clock() + MINUTE,
            "lease_through": desk.message(begun).seq,
        }
        desk.set_lane(state=LaneState.LEASED, wake_at=None, **lease)
        before = desk.lane()
        desk.put(self.state(), self.state(of="pupil 2"))
        assert desk.states([begun, behind]) == ["ready", "superseded"]
        assert desk.lane() == before

    @pytest.mark.parametrize("stuck", [State.DEAD, State.HELD, State.SENT])
    def test_what_waits_for_a_person_or_an_answer_is_left_alone(self, desk: Desk, stuck: State) -> None:
        [old] = desk.put(self.state())
        desk.set_message(old, state=stuck)
        desk.set_lane(state=LaneState.BLOCKED, wake_at=None, blocked_reason="refused")
        desk.put(self.state())
        assert desk.states([old]) == [stuck]

    def test_other_things_other_lanes_and_other_destinations_are_left_alone(self, desk: Desk) -> None:
        others = desk.put(self.state(of="pupil 2"), self.state("b"), self.state(to="portal"), new())
        desk.put(self.state())
        assert desk.states(others) == ["ready"] * 4

    def test_within_one_call_the_last_one_wins(self, desk: Desk) -> None:
        given = desk.put(self.state(), new(), self.state(), self.state(of="pupil 2"), self.state())
        assert desk.states(given) == ["superseded", "ready", "superseded", "ready", "ready"]
        assert desk.message(given[0]).finished_at == desk.clock()
        assert desk.lane().head == desk.message(given[1]).seq

    def test_within_one_call_into_an_idle_lane_the_head_is_one_that_will_be_sent(self, desk: Desk) -> None:
        desk.finish(*desk.put(new()))
        old, young = desk.put(self.state(), self.state())
        assert desk.states([old, young]) == ["superseded", "ready"]
        assert desk.lane().head == desk.message(young).seq

    def test_a_repetition_supersedes_nothing(self, desk: Desk) -> None:
        first, second = desk.put(self.state(idempotency_key="1"), self.state(idempotency_key="2"))
        desk.put(self.state(idempotency_key="1"))
        assert desk.states([first, second]) == ["superseded", "ready"]


class TestTwoProducers:
    @ONLY_POSTGRES
    @pytest.mark.parametrize("lane", ["fresh", "idle", "busy"])
    @pytest.mark.parametrize("many", [1, 20])
    def test_the_order_of_a_lane_is_the_order_of_commits(self, desk: Desk, lane: str, many: int) -> None:
        # The rival begins first and has drawn numbers when it meets our lock; ours are drawn after that.
        if lane != "fresh":
            [first] = desk.put(new("a"))
            if lane == "idle":
                desk.finish(first)
        with ThreadPoolExecutor(1) as thread, desk.engine.connect() as connection:
            ours = enqueue(connection, new("a"), now=desk.clock())
            rival = thread.submit(desk.put, *(new("a") for _ in range(many)))
            wait_until_somebody_waits(desk.engine, rival)
            ours += enqueue(connection, new("a"), new("a"), now=desk.clock())
            connection.commit()
            theirs = rival.result()
        seqs = [desk.message(message_id).seq for message_id in [*ours, *theirs]]
        assert seqs == sorted(set(seqs))
        assert desk.lane("k:a").head == desk.message(ours[0] if lane != "busy" else first).seq

    @ONLY_POSTGRES
    def test_a_producer_and_a_worker_take_lanes_in_one_order_and_never_wait_for_each_other(self, desk: Desk) -> None:
        # "b" is the older lane: whoever went by the lanes' numbers would take them the other way round.
        desk.put(new("b"))
        desk.put(new("a"))
        policies = {"authority": Policy()}
        with desk.engine.begin() as connection:
            claimed = claim(connection, policies=policies, worker="w", limit=2, now=desk.clock()).messages
        done = [
            Settlement(message=message, outcome=Delivered(), started_at=desk.clock(), finished_at=desk.clock())
            for message in claimed
        ]

        def hand_in() -> Settled:
            with desk.engine.begin() as connection:
                return settle(connection, *done, policies=policies, now=desk.clock(), random=lambda: 0.5)

        with ThreadPoolExecutor(2) as threads, desk.engine.connect() as connection:
            connection.execute(select(tables.lane.c.id).where(tables.lane.c.key == "k:b").with_for_update())
            worker = threads.submit(hand_in)
            wait_until_somebody_waits(desk.engine, worker)
            producer = threads.submit(desk.put, new("a"), new("b"))
            wait_until_somebody_waits(desk.engine, producer, how_many=2)
            connection.rollback()
            assert worker.result().late == []
            assert len(producer.result()) == 2

    @ONLY_POSTGRES
    def test_a_fresh_lane_that_is_rolled_back_is_made_by_the_one_that_waited(self, desk: Desk) -> None:
        with ThreadPoolExecutor(1) as thread, desk.engine.connect() as connection:
            enqueue(connection, new("a"), now=desk.clock())
            rival = thread.submit(desk.put, new("a"))
            wait_until_somebody_waits(desk.engine, rival)
            connection.rollback()
            [message_id] = rival.result()
        assert (desk.lane("k:a").head, desk.lane("k:a").state) == (desk.message(message_id).seq, LaneState.READY)
        assert desk.message(message_id).lane == desk.lane("k:a").id

    def test_many_producers_to_the_same_lanes_never_meet_in_a_deadlock(self, desk: Desk) -> None:
        def produce(seed: int) -> list[MessageId]:
            chance = Random(seed)  # noqa: S311 -- no secret
            given = []
            for number in range(12):
                keys = [chance.choice([f"k{n}" for n in range(15)] + [None]) for _ in range(20)]
                given += desk.put(
                    *(new(key, idempotency_key=f"{seed % 3}-{number}-{n}") for n, key in enumerate(keys)),
                )
            return given

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(produce, range(6)))
        assert answers[0] == answers[3]
        assert desk.count() == desk.count(tables.payload) == len({one for given in answers for one in given}) == 720
        with desk.engine.connect() as connection:
            heads = connection.execute(
                select(tables.lane.c.head, func.min(tables.message.c.seq))
                .join(tables.message, tables.message.c.lane == tables.lane.c.id)
                .group_by(tables.lane.c.head)
            ).all()
        assert all(head == first for head, first in heads)


def wait_until_somebody_waits(engine: Engine, rival: Future[Any], *, how_many: int = 1) -> None:
    """Return when the rival is stopped by a lock, as one of so many; fail if it got through."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(query).scalar_one() < how_many:
            assert not rival.done(), "nothing stopped the rival"


@ONLY_POSTGRES
class TestWakingUp:
    def heard(self, desk: Desk, act: Callable[[], object]) -> int:
        """Count the notifications that an act sends; a last one of our own says that there are no more."""
        with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            listener = connection.connection.driver_connection
            assert isinstance(listener, psycopg.Connection)
            listener.execute("LISTEN outbox_wake; LISTEN over")
            act()
            listener.execute("SELECT pg_notify('over', '')")
            channels = []
            for notify in listener.notifies():
                if notify.channel == "over":
                    break
                channels.append(notify.channel)
            listener.execute("UNLISTEN *")
        return len(channels)

    def test_one_call_wakes_once_however_much_it_brings(self, desk: Desk) -> None:
        assert self.heard(desk, lambda: desk.put(*(new(f"k{n}") for n in range(50)), new(None))) == 1

    def test_a_lane_that_was_ready_before_wakes_too_for_a_claim_may_have_passed_it_over(self, desk: Desk) -> None:
        desk.put(new())
        assert self.heard(desk, lambda: desk.put(new())) == 1

    def test_nothing_that_can_go_now_wakes_nobody(self, desk: Desk) -> None:
        desk.put(new("stuck"), new("again", idempotency_key="doc-1"))
        desk.set_lane("k:stuck", state=LaneState.BLOCKED, blocked_reason="refused", wake_at=None)
        later = new("later", due_at=desk.clock() + MINUTE)
        repeated = new("again", idempotency_key="doc-1")
        assert self.heard(desk, lambda: desk.put(new("stuck"), later, repeated)) == 0
        assert self.heard(desk, desk.put) == 0

    def test_a_rollback_wakes_nobody(self, desk: Desk) -> None:
        def change_ones_mind() -> None:
            with desk.engine.connect() as connection:
                enqueue(connection, new(), now=desk.clock())
                connection.rollback()

        assert self.heard(desk, change_ones_mind) == 0


@pytest.mark.parametrize("payload", ["text", bytearray(b"x"), memoryview(b"x"), None], ids=type)
def test_a_payload_that_is_not_bytes_is_refused_before_anything_is_done_with_it(payload: Any) -> None:
    kind = type(payload).__name__
    with pytest.raises(InvalidMessageError, match=f"payload must be bytes, is {kind}") as caught:
        new(None, payload=payload)
    assert "text" not in str(caught.value)
    with pytest.raises(InvalidMessageError, match=f"payload must be bytes, is {kind}"):
        Schedule(name="s", cron="* * * * *", zone=ZoneInfo("UTC"), destination="d", kind="k", payload=payload)


@pytest.mark.parametrize("name", ["due_at", "expires_at"])
@pytest.mark.parametrize(
    "moment",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_time_that_there_is_not_in_utc_is_refused(name: str, moment: datetime) -> None:
    more: dict[str, Any] = {name: moment}
    with pytest.raises(InvalidMessageError, match=name):
        new(None, **more)
    more = {name: moment.replace(tzinfo=UTC)}
    new(None, **more)
