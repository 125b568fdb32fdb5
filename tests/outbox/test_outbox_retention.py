"""What retention, forgetting and resealing destroy, and above all what they leave alone."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    String,
    Table,
    case,
    cast,
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from outbox import tables
from outbox.decisions import decisions
from outbox.forgetting import FORGOTTEN, forget
from outbox.intake import enqueue
from outbox.lane import follow
from outbox.message import AttemptOutcome, BusinessVerdict, LaneState, MessageId, NewMessage, State
from outbox.purging import (
    purge_answers,
    purge_keys,
    purge_lanes,
    purge_messages,
    purge_payloads,
)
from outbox.resealing import reseal
from outbox.retention import Retention, Tended, purge, tend
from outbox.sealing import Sealing
from outbox.testing import ManualClock

DAY = timedelta(days=1)
RETENTION = Retention(payloads=10 * DAY, answers=20 * DAY, messages=100 * DAY, keys=50 * DAY)
BY: dict[str, Any] = {"by": "archivist", "reason": "its time is over"}


class Store:
    """A queue that is put into states by hand."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, key: str | None = "class-5a", **more: Any) -> MessageId:
        fields = {"destination": "authority", "kind": "marks", "payload": b"<x/>", "ordering_key": key, **more}
        with self.engine.begin() as connection:
            [message_id] = enqueue(connection, NewMessage(**fields), now=self.clock())
        return message_id

    def end(self, message_id: MessageId, state: State = State.DONE, *, answer: str = "taken", **values: Any) -> None:
        """Let a message leave its lane as a worker does, with one attempt."""
        table = tables.message
        values = {"state": state, "finished_at": self.clock(), "attempts": 1, **values}
        with self.engine.begin() as connection:
            row = connection.execute(select(table.c.seq, table.c.lane).where(table.c.id == message_id)).one()
            connection.execute(update(table).where(table.c.seq == row.seq).values(values))
            connection.execute(
                insert(tables.attempt).values(
                    message=row.seq,
                    number=1,
                    started_at=self.clock(),
                    finished_at=self.clock(),
                    outcome=AttemptOutcome.DELIVERED,
                    answer=answer,
                    error_reason="the pupil is unknown",
                    worker="w",
                )
            )
            follow(connection, [row.lane])

    def row(self, message_id: MessageId) -> Any:
        """Return the message's row with its stored payload and its first attempt's answer."""
        message, payload, attempt = tables.message, tables.payload, tables.attempt
        query = (
            select(message, payload.c.bytes, attempt.c.answer, attempt.c.error_reason.label("why"))
            .outerjoin_from(message, payload, payload.c.message == message.c.seq)
            .outerjoin(attempt, attempt.c.message == message.c.seq)
            .where(message.c.id == message_id)
        )
        with self.engine.connect() as connection:
            return connection.execute(query).one_or_none()

    def count(self, table: Table) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def tend(self, **more: Any) -> Tended:
        return tend(self.engine, RETENTION, now=self.clock(), **more)


@pytest.fixture
def store(engine: Engine, clock: ManualClock) -> Store:
    return Store(engine, clock)


def unfinished(store: Store) -> list[MessageId]:
    """Put in a message of every state that is not over, the oldest first."""
    ready, waiting, held, dead, awaited, sent = (store.put(f"kept-{number}") for number in range(6))
    table = tables.message
    with store.engine.begin() as connection:
        for message_id, state in ((waiting, State.WAITING), (held, State.HELD), (dead, State.DEAD)):
            connection.execute(update(table).where(table.c.id == message_id).values(state=state))
        follow(connection, list(connection.execute(select(tables.lane.c.id)).scalars()))
    due = store.clock() + 1000 * DAY
    store.end(awaited, State.SENT, finished_at=None, receipt="r1", answer_due_at=due)
    store.end(sent, State.SENT, receipt="r2", answer_due_at=due)
    return [ready, waiting, held, dead, awaited, sent]


class TestTend:
    def test_a_message_loses_payload_then_answer_then_key_then_itself(self, store: Store) -> None:
        message_id = store.put(idempotency_key="doc-1")
        store.end(message_id)
        begun = store.clock()

        store.clock.advance(10 * DAY)
        assert store.tend() == Tended()
        store.clock.advance(timedelta(seconds=1))
        assert store.tend() == Tended(payloads=1)
        row = store.row(message_id)
        assert (row.bytes, row.payload_gone_at, row.answer) == (None, store.clock(), "taken")
        assert (row.size, len(row.digest), row.attempts, row.state) == (4, 32, 1, State.DONE)

        store.clock.advance(10 * DAY)
        assert store.tend() == Tended(answers=1)
        assert store.row(message_id).answer == ""
        store.clock.advance(30 * DAY)
        assert store.tend() == Tended(keys=1)
        store.clock.advance(50 * DAY)
        assert store.tend() == Tended(messages=1, lanes=1)
        assert [store.count(table) for table in (tables.message, tables.attempt, tables.lane)] == [0, 0, 0]
        assert store.clock() - begun > RETENTION.messages  # type: ignore[operator]  # given above
        assert store.tend() == Tended()

    def test_nothing_that_is_not_over_is_ever_touched(self, store: Store) -> None:
        kept = unfinished(store)
        store.put("kept-0", idempotency_key="waits long")
        before = [store.row(message_id) for message_id in kept]
        store.clock.advance(10_000 * DAY)
        over = store.put("lane-over")
        store.end(over)
        store.clock.advance(101 * DAY)
        # Two lanes: that of the sent message is empty, too.
        assert store.tend() == Tended(payloads=1, answers=1, messages=1, lanes=2)
        assert [store.row(message_id) for message_id in kept] == before
        assert store.count(tables.key) == 1

    def test_an_answer_that_came_late_begins_the_time_anew(self, store: Store) -> None:
        message_id = store.put()
        store.end(message_id, State.DEAD, answered_at=store.clock() + 90 * DAY)
        store.clock.advance(95 * DAY)
        assert store.tend() == Tended(answers=0, payloads=0)
        store.clock.advance(20 * DAY)
        assert store.tend().payloads == 1

    def test_messages_can_be_kept_for_ever(self, store: Store) -> None:
        store.end(store.put())
        store.clock.advance(10_000 * DAY)
        retention = Retention(payloads=DAY, answers=DAY, messages=None, keys=DAY)
        assert tend(store.engine, retention, now=store.clock()) == Tended(payloads=1, answers=1)

    def test_a_key_outlives_its_message_and_is_still_recognised(self, store: Store) -> None:
        first = store.put(idempotency_key="doc-1")
        store.end(first)
        store.clock.advance(DAY)
        assert purge(store.engine, finished_before=store.clock(), now=store.clock(), **BY).messages == 1
        assert store.put(idempotency_key="doc-1") == first
        assert store.count(tables.message) == 0

    def test_batches_of_every_size_come_to_the_same(self, store: Store) -> None:
        for number in range(7):
            store.end(store.put(f"lane-{number}", idempotency_key=f"doc-{number}"))
        store.clock.advance(101 * DAY)
        told: list[tuple[str, int]] = []
        assert store.tend(batch=3, progress=lambda what, number: told.append((what, number))) == Tended(
            answers=7, payloads=7, messages=7, lanes=7, keys=7
        )
        assert [number for what, number in told if what == "messages"] == [3, 3, 1]
        assert [number for what, number in told if what == "payloads"] == [3, 3, 1]

    def test_answers_that_belong_to_no_message_go_when_they_are_old(self, store: Store) -> None:
        with store.engine.begin() as connection:
            answer = {"destination": "authority", "verdict": BusinessVerdict.ACCEPTED, "at": store.clock()}
            connection.execute(insert(tables.answer), [{**answer, "receipt": f"r{number}"} for number in range(3)])
        store.clock.advance(21 * DAY)
        assert store.tend(batch=2) == Tended(unmatched=3)

    def test_killed_in_the_middle_the_rest_is_still_to_be_done(self, store: Store) -> None:
        for number in range(5):
            store.end(store.put(f"lane-{number}"))
        store.clock.advance(101 * DAY)

        # In the middle of a batch: payload and attempts are removed already, the message is not.
        with pytest.raises(KeyboardInterrupt), broken_off_at(store.engine, "DELETE FROM outbox_message"):
            purge(store.engine, finished_before=store.clock(), now=store.clock(), batch=2, **BY)
        assert [store.count(table) for table in (tables.message, tables.payload, tables.attempt)] == [5, 5, 5]
        # Between two batches.
        with pytest.raises(KeyboardInterrupt), broken_off_at(store.engine, "DELETE FROM outbox_message", times=2):
            purge(store.engine, finished_before=store.clock(), now=store.clock(), batch=2, **BY)
        assert [store.count(table) for table in (tables.message, tables.payload, tables.attempt)] == [3, 3, 3]

        assert store.tend() == Tended(payloads=3, answers=3, messages=3, lanes=5)

    def test_a_retention_that_contradicts_itself_is_refused(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            Retention(payloads=2 * DAY, answers=DAY, messages=DAY, keys=DAY)
        with pytest.raises(ValueError, match="negative"):
            Retention(payloads=DAY, answers=-DAY, messages=None, keys=DAY)


@contextmanager
def broken_off_at(engine: Engine, words: str, *, times: int = 1) -> Iterator[None]:
    """Break off when a statement begins with these words for the given time."""
    left = iter(range(times - 1))

    def strike(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(words) and next(left, None) is None:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", strike)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", strike)


class TestPurge:
    def test_a_purge_is_written_down_once_however_many_batches_it_takes(self, store: Store) -> None:
        for number in range(5):
            store.end(store.put(f"lane-{number}"))
        kept = unfinished(store)
        store.clock.advance(DAY)
        done = purge(store.engine, finished_before=store.clock(), now=store.clock(), batch=2, **BY)
        assert done == Tended(messages=5, lanes=5)
        with store.engine.connect() as connection:
            [written] = decisions(connection)
        assert (written.verb, written.by, written.reason) == ("purge", BY["by"], BY["reason"])
        assert all(store.row(message_id).bytes for message_id in kept)

    def test_what_was_decided_about_a_message_outlives_it(self, store: Store) -> None:
        message_id = store.put(subject="pupil-1")
        store.end(message_id)
        with store.engine.begin() as connection:
            forget(connection, subject="pupil-1", now=store.clock(), **BY)
        store.clock.advance(DAY)
        purge(store.engine, finished_before=store.clock(), now=store.clock(), **BY)
        with store.engine.connect() as connection:
            assert [decision.verb for decision in decisions(connection, message_id=message_id)] == ["forget"]


class TestLanes:
    def test_paused_blocked_and_younger_lanes_stay(self, store: Store) -> None:
        store.end(store.put("idle"))
        store.put("ready")
        store.end(store.put("paused"))
        with store.engine.begin() as connection:
            lane = tables.lane
            paused = connection.execute(select(lane.c.id).where(lane.c.key == "k:paused")).scalar_one()
            connection.execute(update(lane).where(lane.c.id == paused).values(paused_at=store.clock(), paused_by="p"))
        store.end(store.put("younger"))
        with store.engine.begin() as connection:
            assert purge_lanes(connection, up_to=paused, limit=10) == 1
            keys = connection.execute(select(lane.c.key).order_by(lane.c.id)).scalars().all()
        assert keys == ["k:ready", "k:paused", "k:younger"]

    def test_a_lane_that_is_made_again_has_another_number_and_its_message_goes(self, store: Store) -> None:
        store.end(store.put("class-5a"))
        store.clock.advance(DAY)
        purge(store.engine, finished_before=store.clock(), now=store.clock(), **BY)
        store.put("class-5a")
        with store.engine.connect() as connection:
            [row] = connection.execute(select(tables.lane)).all()
        assert row.state is LaneState.READY
        assert row.id > 1


@pytest.mark.postgres
class TestTwoConnections:
    """A producer and the removal of the lane that it is about to use, in both orders."""

    @pytest.fixture
    def store(self, postgres_migrated: URL, clock: ManualClock) -> Iterator[Store]:
        engine = create_engine(postgres_migrated)
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {', '.join(tables.metadata.tables)}"))
        yield Store(engine, clock)
        engine.dispose()

    def test_a_lane_that_a_producer_holds_is_passed_over(self, store: Store) -> None:
        store.end(store.put("class-5a"))
        with store.engine.connect() as producer, store.engine.begin() as purger:
            [given] = self.enqueue(producer, store)
            assert purge_lanes(purger, up_to=10_000, limit=10) == 0
            producer.commit()
        assert self.next_in_line(store) == given

    def test_a_producer_waits_for_the_removal_and_makes_a_new_lane(self, store: Store) -> None:
        store.end(store.put("class-5a"))
        begun = Event()
        with ThreadPoolExecutor(1) as threads:
            with store.engine.begin() as purger:
                assert purge_lanes(purger, up_to=10_000, limit=10) == 1
                waiting = threads.submit(self.enqueue_in_a_thread, store, begun)
                assert begun.wait(30)
                self.wait_until_somebody_is_blocked(purger)
                assert not waiting.done()
            [given] = waiting.result(30)
        assert self.next_in_line(store) == given

    def test_a_message_that_somebody_changes_is_passed_over(self, store: Store) -> None:
        message_id = store.put()
        store.end(message_id, State.DEAD)
        store.clock.advance(DAY)
        message = tables.message
        before: dict[str, Any] = {"finished_before": store.clock(), "limit": 10}
        with store.engine.connect() as person, store.engine.begin() as purger:
            person.execute(
                update(message).where(message.c.id == message_id).values(state=State.READY, finished_at=None)
            )
            assert purge_messages(purger, **before) == []
            assert purge_payloads(purger, **before, now=store.clock()).done == 0
            assert purge_answers(purger, **before).done == 0
            person.commit()
        assert store.row(message_id).bytes is not None

    @staticmethod
    def enqueue(connection: Connection, store: Store) -> list[MessageId]:
        new = NewMessage(destination="authority", kind="marks", payload=b"<x/>", ordering_key="class-5a")
        return enqueue(connection, new, now=store.clock())

    def enqueue_in_a_thread(self, store: Store, begun: Event) -> list[MessageId]:
        with store.engine.begin() as connection:
            begun.set()
            return self.enqueue(connection, store)

    @staticmethod
    def wait_until_somebody_is_blocked(connection: Connection) -> None:
        me = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        pause = Event()
        for _ in range(3000):
            if connection.execute(text(me)).scalar_one():
                return
            pause.wait(0.01)
        pytest.fail("the producer did not wait for the lane")

    @staticmethod
    def next_in_line(store: Store) -> MessageId:
        """Return what a worker would be given: the head of the only lane, which must be ready."""
        lane, message = tables.lane, tables.message
        query = select(message.c.id).join_from(lane, message, message.c.seq == lane.c.head)
        with store.engine.connect() as connection:
            ready = query.where(lane.c.state == LaneState.READY, message.c.lane == lane.c.id)
            return MessageId(connection.execute(ready).scalar_one())


class TestMany:
    """With a hundred thousand finished messages every step goes by an index."""

    def test_each_step_finds_its_rows_by_an_index(self, store: Store) -> None:
        _fill(store.engine, 100_000, store.clock())
        now = store.clock() + 200 * DAY
        steps: dict[str, Callable[[Connection], object]] = {
            "ix_outbox_message_finished": lambda on: purge_messages(on, finished_before=now, limit=100),
            "ix_outbox_lane_idle": lambda on: purge_lanes(on, up_to=50_000, limit=100),
            "ix_outbox_key_created_at": lambda on: purge_keys(on, created_before=now, limit=100),
            "ix_outbox_attempt_answer": lambda on: purge_answers(on, finished_before=now, limit=100),
        }
        for index, step in steps.items():
            plan = _plans(store.engine, step)
            assert index in plan
            # In the words of PostgreSQL and of SQLite: nothing of what is there is read from one end to the other.
            assert not re.search(r"(Seq Scan on|SCAN) outbox_(message|attempt|key|lane)\b(?! USING)", plan), plan


def _fill(engine: Engine, number: int, now: datetime) -> None:
    """Write finished messages, as many as a busy month leaves, and idle and blocked lanes and keys beside them."""
    first = select(literal(1).label("i")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.i + 1).where(first.c.i < number))
    name = cast(numbers.c.i, String)
    rows: dict[Table, dict[str, Any]] = {
        tables.message: {
            "seq": numbers.c.i,
            "id": name,
            "lane": numbers.c.i,
            "destination": "d",
            "kind": "k",
            "content_type": "c",
            "priority": 0,
            "size": 1,
            "digest": bytes(32),
            "created_at": now,
            "state": State.DONE,
            "attempts": 1,
            "budget_used": 1,
            "budget_away": 0,
            "finished_at": now,
        },
        tables.attempt: {
            "message": numbers.c.i,
            "number": 1,
            "started_at": now,
            "finished_at": now,
            "outcome": AttemptOutcome.DELIVERED,
            "answer": "taken",
            "worker": "w",
        },
        tables.key: {"destination": "d", "key": name, "message_id": name, "created_at": now},
        tables.lane: {
            "id": numbers.c.i,
            "destination": "d",
            "key": name,
            "priority": 0,
            "fence": 0,
            "state": case((numbers.c.i % 10 == 0, "idle"), else_="blocked"),
        },
    }
    with engine.begin() as connection:
        for table, row in rows.items():
            values = [
                value if isinstance(value, ColumnElement) else literal(value, table.c[column].type)
                for column, value in row.items()
            ]
            connection.execute(insert(table).from_select(list(row), select(*values)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _plans(engine: Engine, step: Callable[[Connection], object]) -> str:
    """Run a step and return how the database goes about each of its statements; nothing stays done."""
    run: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        run.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    # Of a statement that was run for many rows the plan for the first will do.
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", note)
        step(connection)
        event.remove(engine, "before_cursor_execute", note)
        found = [connection.exec_driver_sql(f"{explain} {one}", given).all() for one, given in run]
        connection.rollback()
    return "\n".join(str(row[-1]) for plan in found for row in plan) + "\n"


class TestForget:
    def test_content_goes_and_proof_stays(self, store: Store) -> None:
        sent = store.put(subject="pupil-1", correlation="doc 7")
        store.end(sent, State.DEAD, error_code="refused", error_reason="no pupil Anna Petrova", receipt="r1")
        with store.engine.begin() as connection:
            forgotten = forget(connection, subject="pupil-1", now=store.clock(), **BY)
        assert (forgotten.destroyed, forgotten.unfinished) == ([sent], [])
        row = store.row(sent)
        assert (row.bytes, row.answer, row.why, row.error_reason) == (None, "", FORGOTTEN, FORGOTTEN)
        assert (row.receipt, row.error_code, row.size, row.subject) == ("r1", "refused", 4, "pupil-1")
        assert row.payload_gone_at == store.clock()
        with store.engine.connect() as connection:
            assert [decision.verb for decision in decisions(connection, message_id=sent)] == ["forget"]

    def test_what_is_not_over_is_named_and_left_alone(self, store: Store) -> None:
        other = store.put("other", subject="pupil-2")
        store.end(other)
        kept = unfinished(store)
        with store.engine.begin() as connection:
            connection.execute(update(tables.message).where(tables.message.c.id.in_(kept)).values(subject="pupil-1"))
        before = [store.row(message_id) for message_id in [*kept, other]]
        with store.engine.begin() as connection:
            forgotten = forget(connection, subject="pupil-1", now=store.clock(), **BY)
        assert (forgotten.destroyed, forgotten.unfinished) == ([], kept)
        assert [store.row(message_id) for message_id in [*kept, other]] == before

    def test_the_reason_of_a_rejection_goes_with_it(self, store: Store) -> None:
        message_id = store.put(subject="pupil-1")
        store.end(message_id, State.DEAD, receipt="r1")
        number = store.row(message_id).seq
        with store.engine.begin() as connection:
            connection.execute(
                insert(tables.answer).values(
                    destination="authority",
                    receipt="r1",
                    message=number,
                    verdict=BusinessVerdict.REJECTED,
                    at=store.clock(),
                    error_reason="no pupil Anna Petrova",
                )
            )
            forget(connection, subject="pupil-1", now=store.clock(), **BY)
            [left] = connection.execute(select(tables.answer.c.error_reason)).scalars()
        assert left == FORGOTTEN


class TestReseal:
    OLD = Sealing({"2025": b"o" * 32}, "2025")
    RING = Sealing({"2025": b"o" * 32, "2026": b"n" * 32}, "2026")
    NEW = Sealing({"2026": b"n" * 32}, "2026")

    def put(self, store: Store, number: int, payload: bytes = b"<x/>") -> list[MessageId]:
        new = NewMessage(destination="authority", kind="marks", payload=payload)
        with store.engine.begin() as connection:
            return enqueue(connection, *[new] * number, now=store.clock(), sealing=self.OLD)

    def test_afterwards_the_new_key_alone_opens_everything(self, store: Store) -> None:
        given = self.put(store, 5)
        after: int | None = 0
        done = []
        while after is not None:
            with store.engine.begin() as connection:
                step = reseal(connection, self.RING, limit=2, after=after)
            done.append(step.done)
            after = step.after
        assert done == [2, 2, 1]
        assert [self.NEW.open(bytes(store.row(message_id).bytes), message_id) for message_id in given] == [b"<x/>"] * 5
        with store.engine.begin() as connection:
            assert reseal(connection, self.RING, limit=10).done == 0

    def test_one_that_cannot_be_opened_is_named_and_left(self, store: Store) -> None:
        given = self.put(store, 3)
        damaged = store.row(given[1])
        payload = tables.payload
        with store.engine.begin() as connection:
            broken = bytes(damaged.bytes)[:-1] + bytes([damaged.bytes[-1] ^ 1])
            connection.execute(update(payload).where(payload.c.message == damaged.seq).values(bytes=broken))
        with store.engine.begin() as connection:
            step = reseal(connection, self.RING, limit=10)
        assert (step.done, step.unreadable, step.after) == (2, [given[1]], None)
        assert bytes(store.row(given[1]).bytes) == broken

    def test_what_is_stored_as_it_is_is_sealed_only_by_a_ring_that_is_told_to(self, store: Store) -> None:
        new = NewMessage(destination="authority", kind="marks", payload=b"<x/>")
        with store.engine.begin() as connection:
            given = enqueue(connection, new, new, now=store.clock())
        with store.engine.begin() as connection:
            step = reseal(connection, self.RING, limit=10)
            assert (step.done, step.unreadable, step.plain) == (0, [], given)
            step = reseal(connection, self.RING.accepting_plain(), limit=10)
            assert (step.done, step.unreadable, step.plain) == (2, [], [])
        assert [self.NEW.open(bytes(store.row(message_id).bytes), message_id) for message_id in given] == [b"<x/>"] * 2

    def test_heavy_payloads_are_not_all_in_memory_at_once(self, store: Store) -> None:
        self.put(store, 5, payload=bytes(3 * 1024 * 1024))
        sizes: list[int] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith("UPDATE outbox_payload"):
                sizes.append(len(parameters))

        event.listen(store.engine, "before_cursor_execute", note)
        with store.engine.begin() as connection:
            assert reseal(connection, self.RING, limit=10).done == 5
        event.remove(store.engine, "before_cursor_execute", note)
        assert max(sizes) == 2
