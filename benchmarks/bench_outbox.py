"""The outbox on SQLite: enqueue by 500 and drain with handlers that do nothing, beside a bare queue of 40 lines.

``bound`` keeps no order, no attempts and no leases: it claims and settles batches of 100 in one table, a commit each.
The comparison with other queues belongs to the outbox's own benchmark, which is not written yet.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from figure import Figure

import outbox
from outbox import Delivered, Message, NewMessage, Policy, Rhythm, Worker

MESSAGES = 5000
BATCH = 500
CLAIM = 100
PAYLOAD = b"x" * 1024
LANES = 500


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:  # noqa: ARG001  it takes seconds as it is
    enqueue, drain = _outbox(folder / "outbox.db")
    bare_enqueue, bare_drain = _bare(folder / "bare.db")
    return [
        Figure(name="outbox_enqueue_by_500", value=enqueue, unit="messages/s", bound=bare_enqueue),
        Figure(name="outbox_drain_ordered", value=drain, unit="messages/s", bound=bare_drain),
    ]


def _outbox(database: Path) -> tuple[float, float]:
    engine = outbox.sqlite_engine(database)
    outbox.migrate(engine)
    messages = [
        NewMessage(destination="nowhere", kind="bench", payload=PAYLOAD, ordering_key=f"lane {number % LANES}")
        for number in range(MESSAGES)
    ]
    started = time.perf_counter()
    for first in range(0, MESSAGES, BATCH):
        with engine.begin() as connection:
            outbox.enqueue(connection, *messages[first : first + BATCH], now=datetime.now(UTC))
    enqueued = time.perf_counter() - started

    def handle(_message: Message) -> Delivered:
        return Delivered()

    worker = Worker(engine, {"nowhere": handle}, {"nowhere": Policy()}, name="bench", rhythm=Rhythm(threads=8))
    started = time.perf_counter()
    assert worker.drain(within=timedelta(minutes=5))
    drained = time.perf_counter() - started
    engine.dispose()
    return MESSAGES / enqueued, MESSAGES / drained


def _bare(database: Path) -> tuple[float, float]:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, state TEXT NOT NULL, payload BLOB NOT NULL)")
        connection.execute("CREATE INDEX queue_state ON queue (state, id)")
        started = time.perf_counter()
        for _ in range(0, MESSAGES, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO queue (state, payload) VALUES ('ready', ?)", [(PAYLOAD,)] * BATCH)
            connection.execute("COMMIT")
        enqueued = time.perf_counter() - started
        started = time.perf_counter()
        while claimed := _bare_claim(connection):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("UPDATE queue SET state = 'done' WHERE id = ?", claimed)
            connection.execute("COMMIT")
        drained = time.perf_counter() - started
    return MESSAGES / enqueued, MESSAGES / drained


def _bare_claim(connection: sqlite3.Connection) -> list[tuple[int]]:
    connection.execute("BEGIN IMMEDIATE")
    rows = connection.execute(
        "UPDATE queue SET state = 'leased' WHERE id IN"
        " (SELECT id FROM queue WHERE state = 'ready' ORDER BY id LIMIT ?) RETURNING id, payload",
        (CLAIM,),
    ).fetchall()
    connection.execute("COMMIT")
    return [(row[0],) for row in rows]
