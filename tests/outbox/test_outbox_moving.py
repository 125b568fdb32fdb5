"""A queue moved from one database to another is the same queue, and at no moment can both be worked on."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, event, insert, select, text

from outbox import tables
from outbox.answers import accept
from outbox.claiming import claim
from outbox.decisions import decisions
from outbox.errors import DestinationClosedError, MovedAwayError, SchemaMismatchError
from outbox.intake import enqueue
from outbox.message import Delivered, Message, MessageId, NewMessage, Outcome, Refused, Retry, Sent, State
from outbox.migrations import migrate
from outbox.moving import MOVED_TABLES, Moved, MoveFailedError, MoveRefusedError, move
from outbox.operations import hold, pause, start, stop
from outbox.policy import Policy
from outbox.sealing import Sealing
from outbox.settling import Settlement, settle
from outbox.sqlite import sqlite_engine
from outbox.testing import ManualClock

POLICIES = {
    name: Policy(initial_delay=timedelta(seconds=10), jitter=0, max_attempts=3, run=3, breaker=None)
    for name in ("authority", "portal")
}
BY: dict[str, Any] = {"by": "administrator", "reason": "one machine is not enough any more"}
SEALING = Sealing({"2026": b"k" * 32}, "2026")

OUTCOMES: Sequence[Outcome] = (
    Delivered(receipt="квитанция", status=200, answer=b"\\xff taken"),
    Retry(reason="busy", status=503),
    Refused(reason="no such pupil", code="unknown", status=422),
)


class Queue:
    """A queue and a worker without threads."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, *messages: NewMessage, new_id: Callable[[], MessageId] | None = None) -> list[MessageId]:
        more = {} if new_id is None else {"new_id": new_id}
        with self.engine.begin() as connection:
            return enqueue(connection, *messages, now=self.clock(), sealing=SEALING, **more)

    def take(self, limit: int = 10) -> Sequence[Message]:
        with self.engine.begin() as connection:
            return claim(
                connection, policies=POLICIES, worker="w", limit=limit, now=self.clock(), sealing=SEALING
            ).messages

    def give(self, messages: Sequence[Message], outcome: Outcome) -> None:
        """Settle the first message of each lane, and with it give the rest of the lane back."""
        first = {message.lane: message for message in reversed(messages)}
        done = [
            Settlement(message=message, outcome=outcome, started_at=self.clock(), finished_at=self.clock())
            for message in first.values()
        ]
        with self.engine.begin() as connection:
            settle(connection, *done, policies=POLICIES, now=self.clock(), random=lambda: 0.5)

    def decide(self, verb: Callable[..., object], *what: str) -> None:
        with self.engine.begin() as connection:
            verb(connection, *what, now=self.clock(), **BY)

    def drain(self) -> list[tuple[str, str | None, MessageId]]:
        """Deliver all that can be delivered and return it in the order of delivery."""
        delivered: list[tuple[str, str | None, MessageId]] = []
        for _ in range(1000):
            messages = self.take()
            if not messages:
                return delivered
            first = {message.lane: message for message in reversed(messages)}
            delivered += [(one.destination, one.ordering_key, one.id) for one in first.values()]
            self.give(messages, Delivered())
        pytest.fail("the queue never came to its end")

    def dump(self) -> dict[str, list[Any]]:
        with self.engine.connect() as connection:
            return {
                table.name: [
                    tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
                ]
                for table in MOVED_TABLES
            }

    def move(self, target: "Queue", **more: Any) -> Moved:
        return move(self.engine, target.engine, policies=POLICIES, now=self.clock(), random=lambda: 0.5, **BY, **more)


def populate(queue: Queue, seed: int) -> None:
    """Let a queue live for a while, by chance, until something is in every state; in the end it is stopped."""
    chance = Random(seed)  # noqa: S311 -- repeatable on purpose
    numbers = count()
    for round_ in range(12):
        queue.put(
            *(
                NewMessage(
                    destination=chance.choice(["authority", "portal"]),
                    kind="marks",
                    payload=chance.randbytes(20),
                    ordering_key=chance.choice([None, "класс 5а", "class-6b", "class-7c"]),
                    idempotency_key=chance.choice([None, f"doc-{round_}"]),
                    due_at=chance.choice([None, queue.clock() + timedelta(minutes=5)]),
                    subject="pupil-1",
                )
                for _ in range(6)
            ),
            new_id=lambda: MessageId(f"m{next(numbers)}"),
        )
        queue.give(queue.take(), chance.choice(OUTCOMES))
        queue.clock.advance(timedelta(seconds=chance.choice([1, 30, 400])))
    for what, outcome in (("answered", Sent(receipt="r1")), ("unanswered", Sent(receipt="r2")), ("dead", OUTCOMES[2])):
        queue.put(NewMessage(destination="authority", kind=what, payload=b"x"))
        [one] = [message for message in queue.take(1000) if message.kind == what]
        queue.give([one], outcome)
    for state in ("m1", "m2"):
        [held] = queue.put(
            NewMessage(destination="portal", kind="k", payload=state.encode(), ordering_key="x", state_of=state)
        )
    queue.put(NewMessage(destination="portal", kind="k", payload=b"newer", ordering_key="x", state_of="m1"))
    queue.decide(hold, held)
    queue.decide(pause, "portal")
    with queue.engine.begin() as connection:
        accept(connection, "authority", "r1", acceptance="принято", now=queue.clock())
        accept(connection, "authority", "never sent", acceptance=None, now=queue.clock())
        connection.execute(insert(tables.schedule).values(name="nightly", last_tick=queue.clock()))
    queue.decide(stop)


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Callable[[str], Queue]]:
    """Give what makes an empty, migrated queue of a sort."""
    numbers = count()
    made: list[Engine] = []

    def create(sort: str) -> Queue:
        if sort == "sqlite":
            engine = sqlite_engine(tmp_path / f"queue-{next(numbers)}.db")
        else:
            url: URL = request.getfixturevalue("new_postgres")()
            engine = create_engine(url)
        migrate(engine)
        made.append(engine)
        return Queue(engine, clock)

    yield create
    for engine in made:
        engine.dispose()


WAYS = [
    pytest.param((source, target), marks=[pytest.mark.postgres] if "postgres" in (source, target) else [])
    for source in ("sqlite", "postgres")
    for target in ("sqlite", "postgres")
]


@pytest.fixture(params=WAYS[1:3], ids=["to postgres", "to sqlite"])
def ends(request: pytest.FixtureRequest, make: Callable[[str], Queue]) -> tuple[Queue, Queue]:
    """Give a source with a life behind it and an empty target of the other sort."""
    source, target = make(request.param[0]), make(request.param[1])
    populate(source, seed=1)
    # What is leased still has run out then.
    source.clock.advance(timedelta(hours=1))
    return source, target


@pytest.mark.parametrize("way", WAYS, ids=" to ".join)
@pytest.mark.parametrize("seed", [1, 2])
def test_table_by_table_it_is_the_same_queue(
    make: Callable[[str], Queue], clock: ManualClock, way: tuple[str, str], seed: int
) -> None:
    source, target, back = make(way[0]), make(way[1]), make(way[0])
    populate(source, seed)
    with source.engine.connect() as connection:
        states = set(connection.execute(select(tables.message.c.state)).scalars())
    assert states == set(State) - {State.LEASED}
    clock.advance(timedelta(hours=1))

    moved = source.move(target)
    assert target.dump() == source.dump()
    assert moved.rows == {name: len(rows) for name, rows in target.dump().items()}

    target.decide(stop)
    stopped = target.dump()
    again = target.move(back)
    assert again.next_number == moved.next_number
    whole = back.dump()
    assert whole[tables.decision.name].pop()[3] == "move"
    assert whole == stopped


class TestAfterwards:
    def test_a_worker_goes_on_in_order_and_new_messages_come_after_the_old(self, ends: tuple[Queue, Queue]) -> None:
        source, target = ends
        source.move(target)
        waiting = source.dump()[tables.message.name]
        columns = list(tables.message.c.keys())
        seq, lane, ended = (columns.index(name) for name in ("seq", "lane", "finished_at"))
        fresh = target.put(
            *(NewMessage(destination="authority", kind="new", payload=b"x", ordering_key=f"class-{n}") for n in "567")
        )
        delivered = target.drain()
        assert {message_id for _, _, message_id in delivered} >= set(fresh)
        number = {row[columns.index("id")]: (row[lane], row[seq]) for row in target.dump()[tables.message.name]}
        for key in {place[:2] for place in delivered}:
            gone = [number[message_id][1] for destination, name, message_id in delivered if (destination, name) == key]
            assert key[1] is None or gone == sorted(gone)
        assert min(number[message_id][1] for message_id in fresh) > max(row[seq] for row in waiting)
        assert any(row[ended] is None for row in waiting)

    @pytest.mark.postgres
    def test_where_it_went_is_said_without_the_password(self, make: Callable[[str], Queue], clock: ManualClock) -> None:
        source, target = make("sqlite"), make("postgres")
        secret = {"password": "hush", "sslpassword": "hush", "passfile": "/hush", "options": "-c statement_timeout=0"}
        engine = create_engine(target.engine.url.update_query_dict(secret))
        source.decide(stop)
        source.move(Queue(engine, clock))
        engine.dispose()
        with source.engine.connect() as connection:
            said = [repr(row) for table in tables.metadata.tables.values() for row in connection.execute(select(table))]
        assert any(f"/{target.engine.url.database}" in row for row in said)
        assert not any("hush" in row or "timeout" in row for row in said)

    def test_a_key_that_the_source_has_seen_is_recognised(self, ends: tuple[Queue, Queue]) -> None:
        source, target = ends
        [first] = source.put(NewMessage(destination="authority", kind="k", payload=b"x", idempotency_key="once"))
        source.move(target)
        assert target.put(NewMessage(destination="authority", kind="k", payload=b"x", idempotency_key="once")) == [
            first
        ]

    def test_the_source_says_where_it_went_and_takes_nothing_in(self, ends: tuple[Queue, Queue]) -> None:
        source, target = ends
        source.move(target)
        assert source.take() == []
        with source.engine.connect() as connection:
            [reason] = connection.execute(select(tables.switch.c.reason).distinct()).scalars()
        with pytest.raises(MovedAwayError, match="moved to"), source.engine.begin() as connection:
            start(connection, now=source.clock(), **BY)
        assert reason == f"moved to {target.engine.url.render_as_string()}"
        for name in ("authority", "never seen before"):
            with pytest.raises(DestinationClosedError, match=f"{name}.*moved to"):
                source.put(NewMessage(destination=name, kind="k", payload=b"x"))
        for queue in ends:
            with queue.engine.connect() as connection:
                last = decisions(connection)[-1]
            assert (last.verb, last.by, last.reason) == ("move", BY["by"], BY["reason"])

    @pytest.mark.parametrize("name", ["authority", "never seen before"])
    def test_a_producer_that_comes_during_the_move_is_refused_and_not_forgotten(
        self, ends: tuple[Queue, Queue], name: str
    ) -> None:
        source, target = ends
        begun = Event()
        new = NewMessage(destination=name, kind="late", payload=b"x")

        def produce() -> list[MessageId]:
            begun.set()
            return source.put(new)

        with ThreadPoolExecutor(1) as threads:
            late: list[Any] = []

            def progress(_table: str, _rows: int) -> None:
                if not late:
                    late.append(threads.submit(produce))
                    assert begun.wait(30)

            source.move(target, progress=progress)
            with pytest.raises(DestinationClosedError, match="moved to"):
                late[0].result(30)
        rows = [row for queue in ends for row in queue.dump()[tables.message.name]]
        assert not [row for row in rows if "late" in row]


class TestRefusals:
    def refused(self, ends: tuple[Queue, Queue], match: str) -> None:
        source, target = ends
        before = source.dump(), target.dump()
        with pytest.raises(MoveRefusedError, match=match):
            source.move(target)
        assert (source.dump(), target.dump()) == before

    def test_a_source_that_is_not_stopped(self, ends: tuple[Queue, Queue]) -> None:
        ends[0].decide(start)
        self.refused(ends, "not stopped")

    def test_a_source_with_a_lease_that_lasts(self, ends: tuple[Queue, Queue]) -> None:
        source, _ = ends
        source.decide(start)
        source.put(NewMessage(destination="authority", kind="k", payload=b"x"))
        assert source.take(1000)
        source.decide(stop)
        with pytest.raises(MoveRefusedError, match=r"leased still: w \("):
            source.move(ends[1])

    def test_a_target_that_is_not_empty(self, ends: tuple[Queue, Queue]) -> None:
        ends[1].put(NewMessage(destination="authority", kind="k", payload=b"x"))
        with pytest.raises(MoveRefusedError, match="not empty: there are rows in outbox_lane, outbox_message"):
            ends[0].move(ends[1])

    @pytest.mark.postgres
    def test_a_database_cannot_be_moved_to_itself_under_another_address(
        self, make: Callable[[str], Queue], clock: ManualClock, tmp_path: Path
    ) -> None:
        server, file = make("postgres"), make("sqlite")
        (tmp_path / "link.db").symlink_to(file.engine.url.database or "")
        others = [
            create_engine(server.engine.url.update_query_dict({"application_name": "elsewhere"})),
            sqlite_engine(tmp_path / "link.db"),
        ]
        for queue, other in zip((server, file), others, strict=True):
            populate(queue, seed=1)
            clock.advance(timedelta(hours=1))
            before = queue.dump()
            with pytest.raises(MoveRefusedError, match="same database"):
                queue.move(Queue(other, clock))
            assert queue.dump()["outbox_decision"] == before["outbox_decision"]
            other.dispose()

    @pytest.mark.postgres
    @pytest.mark.parametrize("which", ["source", "target"])
    def test_a_database_in_which_somebody_is_at_work_for_long(
        self, make: Callable[[str], Queue], clock: ManualClock, monkeypatch: pytest.MonkeyPatch, which: str
    ) -> None:
        monkeypatch.setattr("outbox.moving._PATIENCE", timedelta(milliseconds=100))
        source, target = make("postgres"), make("postgres")
        populate(source, seed=1)
        clock.advance(timedelta(hours=1))
        busy = (source if which == "source" else target).engine
        with busy.begin() as connection:
            connection.execute(text("LOCK TABLE outbox_lane IN ROW EXCLUSIVE MODE"))
            with pytest.raises(MoveRefusedError, match=f"in the {which}.*transaction"):
                source.move(target)
        assert source.move(target).rows["outbox_message"] > 0

    def test_a_database_cannot_be_moved_to_itself(self, ends: tuple[Queue, Queue]) -> None:
        with pytest.raises(MoveRefusedError, match="same"):
            ends[0].move(ends[0])

    def test_a_target_that_was_not_migrated(self, ends: tuple[Queue, Queue], tmp_path: Path) -> None:
        empty = sqlite_engine(tmp_path / "empty.db")
        with pytest.raises(SchemaMismatchError):
            ends[0].move(Queue(empty, ends[0].clock))
        empty.dispose()


class TestKilled:
    @pytest.mark.parametrize("table", [MOVED_TABLES[0], tables.payload, MOVED_TABLES[-1]], ids=lambda table: table.name)
    def test_in_the_middle_of_a_table_nothing_was_done(self, ends: tuple[Queue, Queue], table: Any) -> None:
        source, target = ends

        def kill(name: str, _rows: int) -> None:
            if name == table.name:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            source.move(target, progress=kill)
        assert not any(target.dump().values())
        source.put(NewMessage(destination="authority", kind="k", payload=b"x"))
        source.move(target)

    def test_between_the_two_commits_the_source_is_closed_and_the_move_can_be_made_again(
        self, ends: tuple[Queue, Queue]
    ) -> None:
        source, target = ends

        def die(_connection: Any) -> None:
            raise KeyboardInterrupt

        event.listen(target.engine, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            source.move(target)
        event.remove(target.engine, "commit", die)
        assert not any(target.dump().values())
        assert source.take() == []
        with pytest.raises(DestinationClosedError):
            source.put(NewMessage(destination="authority", kind="k", payload=b"x"))
        source.move(target)
        assert len(target.dump()[tables.message.name]) == len(source.dump()[tables.message.name])

    def test_a_target_that_does_not_keep_what_it_is_given_is_found_out(
        self, make: Callable[[str], Queue], clock: ManualClock
    ) -> None:
        source, target = make("sqlite"), make("sqlite")
        populate(source, seed=1)
        clock.advance(timedelta(hours=1))
        with target.engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER lie AFTER INSERT ON outbox_attempt WHEN NEW.number = 2 BEGIN "
                    "UPDATE outbox_attempt SET worker = 'x' WHERE message = NEW.message; END"
                )
            )
        with pytest.raises(MoveFailedError, match="outbox_attempt: read"):
            source.move(target)
        assert not any(target.dump().values())
