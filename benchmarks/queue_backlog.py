"""The outbox with much waiting in it: a million messages that are due, a million that are not, a key that is blocked.

Each is a ``Queue`` whose ``prepare`` fills the database first; after that it is measured like the empty one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from queue_outbox import DESTINATION, Queue
from queue_stage import payload
from sqlalchemy import Connection, Engine, Table, func, select, text

from outbox import tables
from outbox.intake import enqueue
from outbox.message import NewMessage, Refused
from outbox.worker import Worker

_CHUNK = 50_000
_BLOCKED = "blocked"
_FOLLOWERS = 10_000


class Waiting(Queue):
    """``waiting`` messages, each in a lane of its own; due ``due_in`` seconds from now."""

    def __init__(self, address: str, *, waiting: int, due_in: float = 0.0) -> None:
        super().__init__(address)
        self._waiting = waiting
        self._due_in = timedelta(seconds=due_in)

    def prepare(self) -> None:
        super().prepare()
        now = datetime.now(UTC)
        seed = NewMessage(
            destination=DESTINATION,
            kind="bench",
            payload=payload(0).encode(),
            ordering_key="seed",
            due_at=now + self._due_in if self._due_in else None,
        )
        with self._engine.begin() as connection:
            enqueue(connection, seed, now=now)
        multiply(self._engine, self._waiting - 1)


class Blocked(Queue):
    """Beside the 10 000 keys there is one whose dead head has many followers."""

    def prepare(self) -> None:
        super().prepare()
        message = NewMessage(destination=DESTINATION, kind="bench", payload=b"{}", ordering_key=_BLOCKED)
        self._enqueue([message])
        refuse = Worker(self._engine, {DESTINATION: lambda _: Refused(reason="no")}, name="refusing")
        assert refuse.drain(within=timedelta(minutes=1))
        self._enqueue([message] * _FOLLOWERS)
        _analyze(self._engine)  # plans made with the knowledge that one key has nearly everything are the hard case

    def _enqueue(self, messages: list[NewMessage]) -> None:
        with self._engine.begin() as connection:
            enqueue(connection, *messages, now=datetime.now(UTC))


def multiply(engine: Engine, copies: int) -> None:
    """Copy the only message of an outbox, and its lane, so many times: the database does it faster than any client."""
    for first in range(1, copies + 1, _CHUNK):
        print(f"\rcopying: {first} of {copies} ... ", end="", file=sys.stderr, flush=True)
        with engine.begin() as connection:
            _copy(connection, first, min(first + _CHUNK - 1, copies))
    _analyze(engine)


def _analyze(engine: Engine) -> None:
    """Do now what the database, or its keeper, would do by itself sooner or later."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")


def _copy(connection: Connection, first: int, last: int) -> None:
    """Give copy n of the seed the number seed + 2 n, and its lane the number after that."""
    seed, lane = connection.execute(
        select(tables.message.c.seq, tables.message.c.lane).order_by(tables.message.c.seq).limit(1)
    ).one()
    base = max(seed, lane)
    number, of_lane = f"{base} + 2 * n", f"{base} + 2 * n + 1"
    name = "'copy ' || n"
    message = {"seq": number, "id": name, "lane": of_lane, "ordering_key": name}
    for table, key, changed in (
        (tables.message, f"seq = {seed}", message),
        (tables.payload, f"message = {seed}", {"message": number}),
        (tables.lane, f"id = {lane}", {"id": of_lane, "key": "'k:copy ' || n", "head": number}),
    ):
        connection.execute(text(_copy_statement(connection, table, key, changed)), {"first": first, "last": last})
    _number_from(connection, base + 2 * last + 2)


def _copy_statement(connection: Connection, table: Table, key: str, changed: Mapping[str, str]) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    values = ", ".join(changed.get(column.name, f'source."{column.name}"') for column in table.c)
    if connection.dialect.name == "postgresql":
        numbers = "SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"
    else:
        numbers = "SELECT :first AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < :last"
    return (
        f"WITH RECURSIVE numbers(n) AS ({numbers}), source AS (SELECT * FROM {table.name} WHERE {key})"  # noqa: S608
        f" INSERT INTO {table.name} ({columns}) SELECT {values} FROM numbers CROSS JOIN source"
    )


def _number_from(connection: Connection, following: int) -> None:
    """Let the next message get at least this number."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.setval(tables.sequence.name, following)))
    else:
        connection.execute(tables.counter.update().values(next=following))
