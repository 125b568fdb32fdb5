"""What is wrong before anything begins is said at once, with what has to be done."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, insert

from outbox import tables
from outbox.errors import MovedAwayError, SchemaMismatchError
from outbox.intake import enqueue
from outbox.message import Delivered, NewMessage
from outbox.migrations import migrate
from outbox.sqlite import sqlite_engine
from outbox.worker import Worker

NOW = datetime(2026, 9, 1, tzinfo=UTC)
SOON = timedelta(seconds=30)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database in which there is nothing."""
    if request.param == "sqlite":
        engine = sqlite_engine(tmp_path / "empty.db")
    else:
        url: URL = request.getfixturevalue("new_postgres")()
        engine = create_engine(url)
    yield engine
    engine.dispose()


def new(to: str) -> NewMessage:
    return NewMessage(destination=to, kind="k", payload=b"x")


def begin(engine: Engine) -> bool:
    return Worker(engine, {"authority": lambda _message: Delivered()}, name="w").drain(within=SOON)


def warnings(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    records = [record for record in caplog.records if record.name == "outbox.worker"]
    return [
        (record.message, getattr(record, "destination", None))
        for record in records
        if record.levelno >= logging.WARNING
    ]


def test_a_worker_refuses_a_database_that_was_not_migrated_and_says_what_to_do(empty: Engine) -> None:
    with pytest.raises(SchemaMismatchError, match=r"no outbox tables .*outbox\.migrate"):
        begin(empty)


def test_so_does_a_producer(empty: Engine) -> None:
    with pytest.raises(SchemaMismatchError, match=r"outbox\.migrate") as caught, empty.begin() as connection:
        enqueue(connection, new("authority"), now=NOW)
    assert caught.value.found is None


def test_a_worker_refuses_a_queue_that_was_moved(engine: Engine) -> None:
    with engine.begin() as connection:
        moved = {"name": tables.MOVED, "set_at": NOW, "set_by": "anna", "reason": "moved to elsewhere"}
        connection.execute(insert(tables.switch).values(moved))
    with pytest.raises(MovedAwayError, match="moved to elsewhere"):
        begin(engine)


def test_a_destination_that_has_messages_and_no_handler_is_named(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        enqueue(connection, new("portal"), new("authority"), new("Portal"), new("portal"), now=NOW)
    assert begin(engine)
    unhandled = "messages wait for a destination without a handler here"
    assert warnings(caplog) == [(unhandled, "Portal"), (unhandled, "portal")]


def test_where_each_has_its_handler_nothing_is_said(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with engine.begin() as connection:
        enqueue(connection, new("authority"), now=NOW)
    assert begin(engine)
    assert warnings(caplog) == []


def test_an_engine_for_sqlite_that_nobody_has_set_up_is_pointed_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    migrate(engine)
    assert begin(engine)
    engine.dispose()
    assert warnings(caplog) == [("SQLite engine not set up: use sqlite_engine or configure_sqlite", None)]
