"""SQLite set up so that it can carry a queue: WAL, full sync, and write transactions that cannot fail half-way.

The standard driver begins transactions by itself, only before a write and always DEFERRED. A transaction that reads
first and writes later then fails with "database is locked" as soon as somebody else wrote in between, and no timeout
helps. So SQLAlchemy takes over: it emits BEGIN IMMEDIATE, which waits its turn at the start (SQLAlchemy manual,
"Enabling Non-Legacy SQLite Transactional Modes"; the hook works the same with every Python from 3.11 on).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

_BEGIN = "sqlite_begin"


def sqlite_engine(path: Path | str, *, busy_timeout: timedelta = timedelta(seconds=10)) -> Engine:
    """Open (or create) a database file, set up as ``configure_sqlite`` says."""
    return configure_sqlite(create_engine(URL.create("sqlite", database=str(path))), busy_timeout=busy_timeout)


def configure_sqlite(engine: Engine, *, busy_timeout: timedelta = timedelta(seconds=10)) -> Engine:
    """Set up every connection of a SQLite engine; call it before the first connection is made.

    Args:
        engine: An engine for a SQLite database. It is returned, for chaining.
        busy_timeout: How long a transaction waits for its turn to write before "database is locked".

    Returns:
        The same engine: journal in WAL mode, every commit synced to disk (``synchronous=FULL``), foreign keys
        enforced, every transaction begun IMMEDIATE except on ``reading(engine)``.
    """
    milliseconds = int(busy_timeout.total_seconds() * 1000)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # The timeout comes first: changing the journal mode already needs a turn.
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'IMMEDIATE')}")

    return engine


def reading(engine: Engine) -> Engine:
    """Return the engine for transactions that only read: on SQLite they neither wait for a writer nor stop one.

    The connection pool is shared with the given engine. On PostgreSQL nothing changes.
    """
    return engine.execution_options(**{_BEGIN: "DEFERRED"})
