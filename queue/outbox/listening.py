"""Hearing of a commit in another process at once, and knowing when to look next without one.

PostgreSQL says it: ``enqueue`` notifies ``outbox_wake`` once a call, and a connection of its own listens. SQLite does
not; but ``PRAGMA data_version`` tells a connection for a few microseconds' work whether any other one has committed.
Neither is needed for anything but speed: a worker that hears nothing polls.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from select import select as wait_readable
from socket import socketpair
from threading import Event, Thread
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, PoolProxiedConnection, text
from sqlalchemy.exc import SQLAlchemyError

from outbox import tables
from outbox.message import Priority
from outbox.placing_postgresql import WAKE_CHANNEL

_log = logging.getLogger("outbox.worker")


WATCH, SLOW_WATCH = 0.003, 0.01
"""Seconds between two looks at SQLite's ``data_version`` while a worker is idle; and when it has been idle for long."""

_LONG = 60.0

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_STILL_THERE = 30.0
_GATHER = 0.05


class Ear(Protocol):
    """How a worker hears that there may be something to do."""

    @property
    def patience(self) -> float | None:
        """After how many seconds of waiting to ask ``heard`` again; None where there is no need to ask."""

    @property
    def hears(self) -> bool:
        """Whether it would hear a commit now; where not, the worker has to poll."""

    def mark(self) -> None:
        """Begin to attend; called before the worker looks for messages, so that nothing falls between."""

    def heard(self) -> bool:
        """Say whether somebody has committed since ``mark``."""

    def close(self) -> None:
        """Let go of connections and threads."""


def listen(engine: Engine, wake: Callable[[], None]) -> Ear:
    """Return the best ear for a database.

    Args:
        engine: The database. One connection is opened beside its pool and made as the pool makes them.
        wake: Called, from any thread, when there may be something to do.
    """
    if engine.dialect.name == "postgresql" and engine.dialect.driver == "psycopg":
        return Notifications(engine, wake)
    if engine.dialect.name == "sqlite" and engine.url.database not in {None, "", ":memory:"}:
        return DataVersion(engine)
    return Deaf()


class Deaf:
    """Hears nothing: for databases and drivers that say nothing."""

    patience = None
    hears = False

    def mark(self) -> None:
        """Do nothing."""

    def heard(self) -> bool:
        """Say no."""
        return False

    def close(self) -> None:
        """Do nothing."""


class DataVersion:
    """Watches SQLite's ``data_version``. To be used in one thread.

    The number differs from the last time if and only if another connection has committed meanwhile (SQLite manual,
    "PRAGMA data_version"); those of this worker count, too, and cost it one look in vain.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed_at = monotonic()
        self._connection: PoolProxiedConnection | None = None
        self._marked: int | None = None

    @property
    def patience(self) -> float:
        """After how many seconds to look again."""
        return WATCH if monotonic() - self._changed_at < _LONG else SLOW_WATCH

    @property
    def hears(self) -> bool:
        """Whether the watch stands."""
        return self._connection is not None

    def mark(self) -> None:
        """Remember the present version; opens the connection where there is none."""
        if self._connection is None:
            with suppress(SQLAlchemyError, sqlite3.Error):
                self._connection = self._engine.raw_connection()
                self._connection.detach()
        version = self._version()
        if version != self._marked:
            self._changed_at = monotonic()
        self._marked = version

    def heard(self) -> bool:
        """Say whether the version is another one by now."""
        return self._connection is not None and self._version() != self._marked

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _version(self) -> int | None:
        if self._connection is None or self._connection.dbapi_connection is None:
            return None
        try:
            (version,) = self._connection.dbapi_connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            # A disk that fails. The worker polls until the next ``mark``, which opens the connection anew.
            _log.warning("watch lost", extra={"error": type(error).__name__})
            with suppress(sqlite3.Error):
                self.close()
            self._connection = None
            return None
        return int(version)


class Notifications:
    """Listens on PostgreSQL, in a thread and with a connection of its own, and comes back when it is cut off."""

    patience = None

    def __init__(self, engine: Engine, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._wake = wake
        self._hears = Event()
        self._wanted = Event()
        self._closed = Event()
        # Closing one end makes the other readable: that is how the thread is called off.
        self._calling, self._called = socketpair()
        self._thread = Thread(target=self._attend, name="outbox-listening", daemon=True)
        self._thread.start()

    @property
    def hears(self) -> bool:
        """Whether the connection stands."""
        return self._hears.is_set()

    def mark(self) -> None:
        """Ask to be called."""
        self._wanted.set()

    def heard(self) -> bool:
        """Say no: this ear calls by itself."""
        return False

    def close(self) -> None:
        """End the thread and its connection."""
        self._closed.set()
        self._wanted.set()
        self._calling.close()
        self._thread.join()
        self._called.close()

    def _attend(self) -> None:
        # The driver's own errors reach us unwrapped: this connection is used beneath SQLAlchemy.
        driver_error = self._engine.dialect.loaded_dbapi.Error
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.detach()
                    connection.exec_driver_sql(f"LISTEN {WAKE_CHANNEL}")
                    self._hears.set()
                    pause = _FIRST_PAUSE
                    # What was committed while nobody listened.
                    self._wake()
                    self._hear(connection)
            except (SQLAlchemyError, driver_error, OSError) as error:
                _log.warning("listening lost", extra={"error": type(error).__name__})
            self._hears.clear()
            self._closed.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _hear(self, connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        while True:
            readable, _, _ = wait_readable([driver.fileno(), self._called], [], [], _STILL_THERE)
            if self._closed.is_set():
                return
            if not readable:
                # A connection that died without a word is noticed here.
                driver.execute("SELECT 1")
                continue
            if any(True for _ in driver.notifies(timeout=0)):
                self._wake()
                # A busy worker looks again by itself: until it has, or for a moment, one call is as good as a hundred.
                self._wanted.clear()
                self._wanted.wait(_GATHER)


_SOONEST = {
    "postgresql": """
        SELECT min(soonest.wake_at) AS at
        FROM unnest(CAST(:destinations AS text[])) AS served(name)
        CROSS JOIN unnest(CAST(:priorities AS integer[])) AS urgency(level)
        CROSS JOIN LATERAL (
            SELECT wake_at FROM outbox_lane
            WHERE destination = served.name AND priority = urgency.level AND wake_at IS NOT NULL
            ORDER BY wake_at LIMIT 1
        ) AS soonest
    """,
    "sqlite": """
        SELECT min((
            SELECT wake_at FROM outbox_lane
            WHERE destination = served.value AND priority = urgency.value AND wake_at IS NOT NULL
            ORDER BY wake_at LIMIT 1
        )) AS at
        FROM json_each(:destinations) AS served, json_each(:priorities) AS urgency
    """,
}
"""One look into the index for each destination and priority, however many lanes wait."""


def soonest(connection: Connection, destinations: Collection[str]) -> datetime | None:
    """Return when the next lane of these destinations is due; in the past where one could not be claimed.

    Returns:
        None where no lane is ready or waiting.
    """
    dialect = connection.dialect.name
    statement = text(_SOONEST[dialect]).columns(at=tables.Moment)
    names: Any = sorted(destinations)
    levels: Any = [level.value for level in Priority]
    if dialect == "sqlite":
        names, levels = json.dumps(names), json.dumps(levels)
    moment: datetime | None = connection.execute(statement, {"destinations": names, "priorities": levels}).scalar()
    return moment
