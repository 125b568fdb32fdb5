"""What SQLite itself allows (WAL, synced at every commit): the same bare queues as on PostgreSQL, on sqlite3."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from queue_stage import key_of

_RUN = 10
_POLL = 0.002


class _Bare:
    """A connection, and the loop of claim, handle, settle."""

    SCHEMA = ""

    def __init__(self, address: str, *, batch: int = 100) -> None:
        self._connection = sqlite3.connect(address, isolation_level=None, timeout=60)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._batch = batch

    def prepare(self) -> None:
        self._connection.executescript(self.SCHEMA)

    def drain(self, handle: Callable[[str], None]) -> None:
        while claimed := self._claim():
            for _, payload in claimed:
                handle(payload)
            self._settle([number for number, _ in claimed])

    def work(self, handle: Callable[[str], None]) -> None:
        seen = None
        while True:
            while (version := self._connection.execute("PRAGMA data_version").fetchone()) == seen:
                time.sleep(_POLL)
            seen = version
            self.drain(handle)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        yield self._connection
        self._connection.execute("COMMIT")

    def _claim(self) -> list[tuple[int, str]]:
        raise NotImplementedError

    def _settle(self, numbers: list[int]) -> None:
        raise NotImplementedError


class Unordered(_Bare):
    """One table; whoever comes first takes what is next."""

    SCHEMA = """
        CREATE TABLE bare_queue (id INTEGER PRIMARY KEY, state INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL);
        CREATE INDEX bare_ready ON bare_queue (id) WHERE state = 0
    """

    def enqueue(self, payloads: Sequence[str]) -> None:
        with self._writing() as connection:
            connection.executemany("INSERT INTO bare_queue (payload) VALUES (?)", [(one,) for one in payloads])

    def _claim(self) -> list[tuple[int, str]]:
        with self._writing() as connection:
            return connection.execute(
                "UPDATE bare_queue SET state = 1 WHERE id IN"
                " (SELECT id FROM bare_queue WHERE state = 0 ORDER BY id LIMIT ?) RETURNING id, payload",
                (self._batch,),
            ).fetchall()

    def _settle(self, numbers: list[int]) -> None:
        with self._writing() as connection:
            connection.executemany("UPDATE bare_queue SET state = 2 WHERE id = ?", [(one,) for one in numbers])


class Ordered(_Bare):
    """Lanes, messages and attempts."""

    SCHEMA = """
        CREATE TABLE bare_lane (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, head INTEGER, wake_at REAL, lease_until REAL,
            fence INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX bare_wake ON bare_lane (wake_at) WHERE wake_at IS NOT NULL;
        CREATE TABLE bare_message (
            seq INTEGER PRIMARY KEY, lane INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
            created_at REAL NOT NULL, finished_at REAL, payload TEXT NOT NULL
        );
        CREATE INDEX bare_unfinished ON bare_message (lane, seq) WHERE finished_at IS NULL;
        CREATE TABLE bare_attempt (
            message INTEGER, number INTEGER, started_at REAL NOT NULL, finished_at REAL NOT NULL,
            outcome TEXT NOT NULL, status INTEGER, PRIMARY KEY (message, number)
        ) WITHOUT ROWID
    """

    def enqueue(self, payloads: Sequence[str]) -> None:
        now = time.time()
        with self._writing() as connection:
            for payload in payloads:
                key = key_of(payload)
                found = connection.execute("SELECT id, head FROM bare_lane WHERE key = ?", (key,)).fetchone()
                if found is None:
                    found = connection.execute("INSERT INTO bare_lane (key) VALUES (?)", (key,)).lastrowid, None
                seq = connection.execute(
                    "INSERT INTO bare_message (lane, created_at, payload) VALUES (?, ?, ?)", (found[0], now, payload)
                ).lastrowid
                if found[1] is None:
                    connection.execute("UPDATE bare_lane SET head = ?, wake_at = ? WHERE id = ?", (seq, now, found[0]))

    def _claim(self) -> list[tuple[int, str]]:
        now = time.time()
        with self._writing() as connection:
            self._fences = connection.execute(
                "SELECT id, fence + 1 FROM bare_lane WHERE wake_at <= ? ORDER BY wake_at LIMIT ?", (now, self._batch)
            ).fetchall()
            connection.executemany(
                "UPDATE bare_lane SET wake_at = NULL, lease_until = ?, fence = fence + 1 WHERE id = ?",
                [(now + 60, lane) for lane, _ in self._fences],
            )
            return list(
                chain.from_iterable(
                    connection.execute(
                        "SELECT seq, payload FROM bare_message WHERE lane = ? AND finished_at IS NULL"
                        " ORDER BY seq LIMIT ?",
                        (lane, _RUN),
                    )
                    for lane, _ in self._fences
                )
            )

    def _settle(self, numbers: list[int]) -> None:
        now = time.time()
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO bare_attempt SELECT seq, attempts + 1, ?, ?, 'delivered', 200 FROM bare_message"
                " WHERE seq = ?",
                [(now, now, seq) for seq in numbers],
            )
            connection.executemany(
                "UPDATE bare_message SET attempts = attempts + 1, finished_at = ? WHERE seq = ?",
                [(now, seq) for seq in numbers],
            )
            for lane, fence in self._fences:
                follower = connection.execute(
                    "SELECT min(seq) FROM bare_message WHERE lane = ? AND finished_at IS NULL", (lane,)
                ).fetchone()[0]
                connection.execute(
                    "UPDATE bare_lane SET head = ?, wake_at = ?, lease_until = NULL WHERE id = ? AND fence = ?",
                    (follower, follower and now, lane, fence),
                )
