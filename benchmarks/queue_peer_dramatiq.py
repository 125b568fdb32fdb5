"""Dramatiq as it comes, on Redis or, through dramatiq-pg, on PostgreSQL: 8 threads a process, its default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import dramatiq

_TASK = "deliver"
_QUEUE = "default"


class Queue:
    """The address says which broker."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._broker = _broker(address)
        self._broker.declare_queue(_QUEUE)

    def prepare(self) -> None:
        if not self._address.startswith("postgresql"):
            return  # Redis has nothing to be made
        import psycopg2  # noqa: PLC0415  only where dramatiq-pg is installed
        from dramatiq_pg import generate_init_sql  # noqa: PLC0415

        connection = psycopg2.connect(self._address)
        with connection, connection.cursor() as cursor:
            cursor.execute(generate_init_sql())
        connection.close()

    def enqueue(self, payloads: Sequence[str]) -> None:
        for payload in payloads:  # it knows no batches
            self._broker.enqueue(
                dramatiq.Message(queue_name=_QUEUE, actor_name=_TASK, args=(payload,), kwargs={}, options={})
            )

    def work(self, handle: Callable[[str], None]) -> None:
        dramatiq.actor(handle, actor_name=_TASK, queue_name=_QUEUE, broker=self._broker)
        dramatiq.Worker(self._broker, worker_threads=8).start()
        Event().wait()


def _broker(address: str) -> Any:
    if address.startswith("postgresql"):
        from dramatiq_pg import PostgresBroker  # noqa: PLC0415  only where it is installed

        return PostgresBroker(url=address, results=False)
    from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415  likewise

    return RedisBroker(url=address)
