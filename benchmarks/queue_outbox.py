"""The outbox, entered like any other queue: strict order by key, attempts and receipts kept, everything as it comes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from queue_http import CLIENTS, THREADS
from queue_stage import key_of
from sqlalchemy import Engine, create_engine, make_url

from outbox.intake import enqueue
from outbox.message import Delivered, Message, NewMessage
from outbox.migrations import migrate
from outbox.rhythm import Rhythm
from outbox.sqlite import sqlite_engine
from outbox.worker import Worker

DESTINATION = "nowhere"


class Queue:
    """The address is that of a PostgreSQL database or the path of a SQLite file."""

    def __init__(self, address: str) -> None:
        self._engine = open_engine(address)

    def prepare(self) -> None:
        migrate(self._engine)

    def enqueue(self, payloads: Sequence[str]) -> None:
        with self._engine.begin() as connection:
            enqueue(connection, *map(new_message, payloads), now=datetime.now(UTC))

    def work(self, handle: Callable[[str], None]) -> None:
        worker = self._worker(handle)
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run()

    def drain(self, handle: Callable[[str], None]) -> None:
        assert self._worker(handle).drain(within=timedelta(minutes=5))

    def _worker(self, handle: Callable[[str], None]) -> Worker:
        def deliver(message: Message) -> Delivered:
            handle(message.payload.decode())
            return Delivered(receipt=message.id, status=200)

        return Worker(self._engine, {DESTINATION: deliver}, name=_name())


class Delivering(Queue):
    """The same, with a handler that posts the payload by HTTP in one of ``queue_http.THREADS`` threads."""

    def __init__(self, address: str, *, url: str, client: str) -> None:
        super().__init__(address)
        self._url = url
        self._client = client

    def _worker(self, handle: Callable[[str], None]) -> Worker:
        post = CLIENTS[self._client](self._url)

        def deliver(message: Message) -> Delivered:
            handle(message.payload.decode())
            status, answer = post(message.payload)
            assert status == 200
            return Delivered(status=status, answer=answer)

        return Worker(self._engine, {DESTINATION: deliver}, name=_name(), rhythm=Rhythm(threads=THREADS))


def _name() -> str:
    return f"bench-{os.getpid()}"


def open_engine(address: str) -> Engine:
    """Open the database at an address."""
    if not address.startswith("postgresql"):
        return sqlite_engine(address)
    return create_engine(make_url(address).set(drivername="postgresql+psycopg"))


def new_message(payload: str) -> NewMessage:
    """Return the message for a payload of ``queue_stage.payload``."""
    return NewMessage(
        destination=DESTINATION,
        kind="bench",
        content_type="application/json",
        ordering_key=key_of(payload),
        payload=payload.encode(),
    )
