"""Huey as it comes, on PostgreSQL, Redis or SQLite (synced at every commit), results not kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.api import Task


class Queue:
    """The address says which storage; ``workers``: threads of the consumer."""

    def __init__(self, address: str, *, workers: int = 1) -> None:
        self._workers = workers
        self._huey = _huey(address)
        self._handle: Callable[[str], None] | None = None
        self._task: Any = self._huey.task(name="deliver")(self._deliver)

    def prepare(self) -> None:
        """Nothing: the tables were made with the storage."""

    def enqueue(self, payloads: Sequence[str]) -> None:
        for payload in payloads:  # it knows no batches
            task: Task = self._task.s(payload)
            self._huey.enqueue(task)

    def work(self, handle: Callable[[str], None]) -> None:
        self._handle = handle
        self._huey.create_consumer(workers=self._workers, periodic=False).run()

    def _deliver(self, payload: str) -> None:
        assert self._handle is not None
        self._handle(payload)


def _huey(address: str) -> Huey:
    if address.startswith("postgresql"):
        return PostgresHuey("bench", dsn=address, results=False)
    if address.startswith("redis"):
        return RedisHuey("bench", url=address, results=False)
    return SqliteHuey("bench", filename=address, fsync=True, results=False)
