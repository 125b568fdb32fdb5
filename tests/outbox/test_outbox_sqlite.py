"""SQLite is set up so that a queue on it neither loses a commit nor trips over its neighbours."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import QueuePool, create_engine, func, select, text
from sqlalchemy.exc import OperationalError, StatementError

from outbox.intake import enqueue
from outbox.message import NewMessage
from outbox.migrations import migrate
from outbox.sqlite import configure_sqlite, reading, sqlite_engine
from outbox.tables import destination, message
from outbox.testing import ManualClock, memory_engine


def test_every_connection_has_the_durable_settings(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "q.db")
    with engine.connect() as one, engine.connect() as two:
        pass
    for _ in (one, two):
        with reading(engine).connect() as connection:
            found = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint")
            }
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
        assert found == {**wanted, "wal_autocheckpoint": 4000}
    engine.dispose()


def test_nobody_can_write_between_the_read_and_the_write_of_a_transaction(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "q.db")
    migrate(engine)
    impatient = sqlite_engine(tmp_path / "q.db", busy_timeout=timedelta(milliseconds=20))
    with engine.begin() as connection:
        connection.execute(select(destination)).all()
        # With a deferred BEGIN the rival would succeed, and our own write would fail with "database is locked".
        with pytest.raises(OperationalError, match="locked"), impatient.begin() as rival:
            rival.execute(destination.insert().values(name="rival"))
        connection.execute(destination.insert().values(name="first"))
    with reading(engine).connect() as connection:
        assert connection.execute(select(destination.c.name)).scalars().all() == ["first"]
    engine.dispose()
    impatient.dispose()


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_it(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "q.db")
    migrate(engine)
    with engine.begin() as writer:
        writer.execute(destination.insert().values(name="unseen"))
        with reading(engine).connect() as reader:
            assert reader.execute(select(destination)).all() == []
    engine.dispose()


def test_schema_changes_are_part_of_the_transaction(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "q.db")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE half (x INTEGER)"))
        connection.rollback()
        assert connection.execute(text("SELECT name FROM sqlite_master")).all() == []
    engine.dispose()


def test_a_naive_time_is_refused_by_the_tables(tmp_path: Path, clock: ManualClock) -> None:
    engine = sqlite_engine(tmp_path / "q.db")
    migrate(engine)
    naive = clock().replace(tzinfo=None)
    with engine.connect() as connection, pytest.raises(StatementError, match="naive"):
        connection.execute(select(message).where(message.c.created_at < naive))
    engine.dispose()


def test_a_database_in_memory_with_one_connection_serves_threads_in_turn(clock: ManualClock) -> None:
    engine = configure_sqlite(
        create_engine(
            "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}
        )
    )
    migrate(engine)

    def put(number: int) -> None:
        with engine.begin() as connection:
            before = connection.execute(select(func.count()).select_from(message)).scalar_one()
            enqueue(
                connection,
                *(NewMessage(destination="a", kind="k", payload=b"", ordering_key=str(number)) for _ in range(3)),
                now=clock(),
            )
            assert connection.execute(select(func.count()).select_from(message)).scalar_one() == before + 3

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, range(20)))
    with reading(engine).connect() as connection:
        assert connection.execute(select(func.count()).select_from(message)).scalar_one() == 60
    engine.dispose()


@pytest.mark.parametrize("in_memory", [False, True])
def test_an_error_of_a_full_disk_does_not_quote_the_payload(
    tmp_path: Path, clock: ManualClock, *, in_memory: bool
) -> None:
    engine = memory_engine() if in_memory else sqlite_engine(tmp_path / "q.db")
    migrate(engine)
    new = NewMessage(destination="authority", kind="marks", payload=b"Petrov" * 100_000)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))
        with pytest.raises(OperationalError, match="full") as caught:
            enqueue(connection, new, now=clock())
        connection.rollback()
    assert "Petrov" not in str(caught.value)
    engine.dispose()
