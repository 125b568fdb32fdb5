"""Requests counted in the database, one row a caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, case, delete, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from gateway.ports.access import Counted
from gateway.storage.tables.access import request_count
from gateway.storage.tables.columns import UtcDateTime

_KEPT = timedelta(days=1)
"""Callers who have not come for longer are forgotten when a new one comes."""


class SqlRequestCounter:
    """Counts requests; each call is a short transaction of its own, whose loss in a power cut would not matter."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, caller: str, *, now: datetime, window: timedelta) -> Counted | None:
        """Count a request and return how many there were in the caller's present window; ``None`` if that must wait."""
        try:
            with self._transaction() as connection:
                counted = _count(connection, caller, now, window)
            if counted == Counted(requests=1, since=now):
                with self._transaction() as connection:
                    _forget(connection, now - _KEPT)
        except OperationalError as error:
            if "locked" in str(error.orig):  # SQLite: somebody else has been writing for longer than we wait
                return None
            raise
        return counted

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                with connection.begin():
                    connection.execute(text("SET LOCAL synchronous_commit = off"))
                    yield connection
                return
            # Before the first statement no transaction has begun, and these hold for the connection: put them back.
            driver = connection.connection.cursor()
            before = [driver.execute(f"PRAGMA {name}").fetchone()[0] for name in _WAITING]
            try:
                for name, value in _WAITING.items():
                    driver.execute(f"PRAGMA {name} = {value}")
                with connection.begin():
                    yield connection
            finally:
                for name, value in zip(_WAITING, before, strict=True):
                    driver.execute(f"PRAGMA {name} = {value}")
                driver.close()


_WAITING = {"busy_timeout": 100, "synchronous": 1}
"""Wait for a writer for a tenth of a second at most, and for no disk (``NORMAL``)."""


def _count(connection: Connection, caller: str, now: datetime, window: timedelta) -> Counted:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    start, requests = request_count.c.window_start, request_count.c.requests
    over = start <= literal(now - window, UtcDateTime())
    row = connection.execute(
        dialect.insert(request_count)
        .values(caller=caller, window_start=now, requests=1)
        .on_conflict_do_update(
            index_elements=["caller"],
            set_={
                "requests": case((over, 1), else_=requests + 1),
                "window_start": case((over, literal(now, UtcDateTime())), else_=start),
            },
        )
        .returning(requests, start)
    ).one()
    return Counted(requests=row.requests, since=row.window_start)


def _forget(connection: Connection, before: datetime) -> None:
    """Forget callers of long ago; one that comes back at this moment is passed over, so that nobody waits."""
    old = select(request_count.c.caller).where(request_count.c.window_start < before).with_for_update(skip_locked=True)
    connection.execute(delete(request_count).where(request_count.c.caller.in_(old)))
