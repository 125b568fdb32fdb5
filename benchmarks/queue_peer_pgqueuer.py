"""PgQueuer as it comes, on asyncpg, one of the drivers that it offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.models import Job
from pgqueuer.queries import Queries

_ENTRY = "deliver"


class Queue:
    """``batch``: how many jobs are claimed at once."""

    def __init__(self, address: str, *, batch: int = 10) -> None:
        self._address = address
        self._batch = batch
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(address))
        self._queries = Queries.from_asyncpg_connection(self._connection)

    def prepare(self) -> None:
        self._loop.run_until_complete(self._queries.install())

    def enqueue(self, payloads: Sequence[str]) -> None:
        number = len(payloads)
        jobs = [payload.encode() for payload in payloads]
        self._loop.run_until_complete(self._queries.enqueue([_ENTRY] * number, jobs, [0] * number))

    def work(self, handle: Callable[[str], None]) -> None:
        queuer = PgQueuer.from_asyncpg_connection(self._connection)

        @queuer.entrypoint(_ENTRY)
        async def deliver(job: Job) -> None:
            assert job.payload is not None
            handle(job.payload.decode())

        self._loop.run_until_complete(queuer.run(batch_size=self._batch))
