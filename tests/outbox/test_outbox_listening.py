"""Wake-up: a commit elsewhere is heard, a lost connection comes back, and the next due lane is known."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, active_count
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, event, text

from outbox.intake import enqueue
from outbox.listening import _SOONEST, SLOW_WATCH, WATCH, Deaf, Ear, Notifications, listen, soonest
from outbox.message import NewMessage, Priority
from outbox.placing_postgresql import WAKE_CHANNEL
from outbox.sqlite import sqlite_engine
from outbox.testing import ManualClock, memory_engine

SOON = 30.0
"""Seconds, longer than any of this takes; only a test that fails waits for it."""


class Calls:
    """Counts calls, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.number = 0
        self._called = Event()

    def __call__(self) -> None:
        self.number += 1
        self._called.set()

    def forget(self) -> None:
        self._called.clear()

    def came(self) -> bool:
        return self._called.wait(SOON)


@contextmanager
def listening(engine: Engine, calls: Callable[[], None]) -> Iterator[Ear]:
    ear = listen(engine, calls)
    try:
        yield ear
    finally:
        ear.close()


def wait_until(met: Callable[[], bool]) -> None:
    for _ in range(int(SOON * 100)):
        if met():
            return
        Event().wait(0.01)
    raise AssertionError("it did not come to pass")


def new(**more: Any) -> NewMessage:
    return NewMessage(**{"destination": "authority", "kind": "marks", "payload": b"x", **more})


def put(engine: Engine, *messages: NewMessage, now: datetime | None = None) -> None:
    with engine.begin() as connection:
        enqueue(connection, *messages, now=now or datetime.now(UTC))


class TestSqlite:
    @pytest.fixture
    def path(self, sqlite_template: Path, tmp_path: Path) -> Path:
        path = tmp_path / "outbox.db"
        path.write_bytes(sqlite_template.read_bytes())
        return path

    @pytest.fixture
    def engine(self, path: Path) -> Iterator[Engine]:
        engine = sqlite_engine(path)
        yield engine
        engine.dispose()

    def test_a_commit_of_another_connection_is_heard_once(self, engine: Engine) -> None:
        with listening(engine, Calls()) as ear:
            ear.mark()
            assert (ear.hears, ear.heard()) == (True, False)
            put(engine, new())
            assert ear.heard()
            ear.mark()
            assert not ear.heard()

    def test_the_watch_slows_down_when_nothing_happens_for_long(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time = 0.0
        monkeypatch.setattr("outbox.listening.monotonic", lambda: time)
        with listening(engine, Calls()) as ear:
            ear.mark()
            assert ear.patience == WATCH
            time = 61.0
            assert ear.patience == SLOW_WATCH
            put(engine, new())
            ear.mark()
            assert ear.patience == WATCH

    def test_a_transaction_that_wrote_nothing_is_not_heard(self, engine: Engine) -> None:
        with listening(engine, Calls()) as ear:
            ear.mark()
            with engine.begin() as connection:
                connection.execute(text("SELECT count(*) FROM outbox_message"))
            with engine.connect() as connection:
                enqueue(connection, new(), now=datetime.now(UTC))
                connection.rollback()
            assert not ear.heard()

    def test_the_connection_is_beside_the_pool_and_is_closed_in_the_end(self, path: Path) -> None:
        engine = sqlite_engine(path)
        opened = 0

        @event.listens_for(engine, "connect")
        def connected(*_: object) -> None:
            nonlocal opened
            opened += 1

        with listening(engine, Calls()) as ear:
            ear.mark()
            assert (opened, engine.pool.checkedout()) == (1, 0)  # type: ignore[attr-defined]  # it is a QueuePool
        descriptors = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}
        assert str(path) not in descriptors
        engine.dispose()

    def test_a_watch_that_fails_says_so_and_comes_back(self, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
        with listening(engine, Calls()) as ear:
            ear.mark()
            watch: Any = ear
            broken: sqlite3.Connection = watch._connection.dbapi_connection
            broken.close()
            # Whether it says that it heard something does not matter: the worker looks, or polls.
            watch.heard()
            assert not watch.hears
            assert "watch lost" in caplog.messages
            ear.mark()
            assert ear.hears
            put(engine, new())
            assert ear.heard()

    def test_the_next_due_lane_is_looked_up_in_the_index(self, engine: Engine) -> None:
        with engine.connect() as connection:
            plan = connection.execute(
                text(f"EXPLAIN QUERY PLAN {_SOONEST['sqlite']}"), {"destinations": "[]", "priorities": "[]"}
            ).all()
        assert any("USING COVERING INDEX ix_outbox_lane_wake" in step.detail for step in plan)

    def test_in_memory_threads_hear_one_another(self) -> None:
        engine = memory_engine()
        with listening(engine, Calls()) as ear:
            ear.mark()
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE note (line)"))
            assert ear.heard()
        engine.dispose()

    def test_what_cannot_be_shared_is_not_listened_to(self) -> None:
        engine = create_engine("sqlite://")
        with listening(engine, Calls()) as ear:
            assert isinstance(ear, Deaf)
            ear.mark()
            assert (ear.hears, ear.heard(), ear.patience) == (False, False, None)
        engine.dispose()


@pytest.mark.postgres
class TestPostgres:
    @pytest.fixture
    def engine(self, postgres_url: URL) -> Iterator[Engine]:
        engine = create_engine(postgres_url)
        yield engine
        engine.dispose()

    def notify(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE_CHANNEL})

    def test_it_calls_when_it_begins_to_listen_and_at_every_notification(self, engine: Engine) -> None:
        calls = Calls()
        with listening(engine, calls) as ear:
            assert calls.came()
            for _ in range(3):
                wait_until(lambda: ear.hears)
                ear.mark()
                calls.forget()
                self.notify(engine)
                assert calls.came()
            assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # it is a QueuePool

    def test_nothing_is_heard_of_what_is_rolled_back(self, engine: Engine) -> None:
        calls = Calls()
        with listening(engine, calls) as ear:
            assert calls.came()
            ear.mark()
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE_CHANNEL})
                connection.rollback()
            before = calls.number
            calls.forget()
            self.notify(engine)
            assert calls.came()
            assert calls.number == before + 1

    def test_a_busy_worker_is_called_seldom_and_nothing_is_left_unread(self, engine: Engine) -> None:
        calls = Calls()
        with listening(engine, calls) as ear:
            assert calls.came()
            before = calls.number
            for _ in range(200):
                self.notify(engine)
            # Nobody has marked in between: two hundred notifications are a few calls.
            wait_until(lambda: calls.number > before)
            assert calls.number - before < 150
            calls.forget()
            ear.mark()
            self.notify(engine)
            assert calls.came()

    def test_a_lost_connection_comes_back_and_calls(self, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
        calls = Calls()
        with listening(engine, calls) as ear:
            assert calls.came()
            wait_until(lambda: ear.hears)
            calls.forget()
            with engine.begin() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
                )
            assert calls.came()
            assert "listening lost" in caplog.messages
            wait_until(lambda: ear.hears)
            ear.mark()
            calls.forget()
            self.notify(engine)
            assert calls.came()

    def test_a_server_that_is_not_there_is_waited_for(self, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
        nowhere = create_engine(engine.url.set(database="nowhere"))
        with listening(nowhere, Calls()) as ear:
            wait_until(lambda: "listening lost" in caplog.messages)
            assert not ear.hears
        nowhere.dispose()

    def test_it_ends_at_once_with_its_thread(self, engine: Engine) -> None:
        before = active_count()
        calls = Calls()
        ear = Notifications(engine, calls)
        assert calls.came()
        ear.close()
        assert active_count() == before

    def test_enqueueing_notifies(self, postgres_migrated: URL) -> None:
        outbox = create_engine(postgres_migrated)
        calls = Calls()
        with listening(outbox, calls) as ear:
            assert calls.came()
            ear.mark()
            calls.forget()
            put(outbox, new())
            assert calls.came()
        outbox.dispose()


class TestSoonest:
    def test_without_lanes_nothing_is_due(self, engine: Engine) -> None:
        with engine.connect() as connection:
            assert soonest(connection, ["authority"]) is None
            assert soonest(connection, []) is None

    def test_it_is_the_earliest_over_destinations_and_priorities(self, engine: Engine, clock: ManualClock) -> None:
        now = clock()
        hour = timedelta(hours=1)
        put(
            engine,
            new(due_at=now + 3 * hour),
            new(due_at=now + 2 * hour, priority=Priority.LOW),
            new(destination="registry", due_at=now + hour, priority=Priority.HIGH),
            new(destination="not served"),
            now=now,
        )
        with engine.connect() as connection:
            assert soonest(connection, ["authority"]) == now + 2 * hour
            assert soonest(connection, ["authority", "registry"]) == now + hour
