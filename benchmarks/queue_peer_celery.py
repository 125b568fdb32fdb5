"""Celery as it comes, on Redis, results not kept, one worker process without children."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from celery import Celery

_TASK = "deliver"


class Queue:
    """``late``: whether a task is acknowledged after it was run, as the outbox does, or before."""

    def __init__(self, address: str, *, late: bool = True) -> None:
        self._app = Celery("bench", broker=address)
        self._app.conf.update(task_ignore_result=True, task_acks_late=late, worker_hijack_root_logger=False)

    def prepare(self) -> None:
        """Nothing: Redis has nothing to be made."""

    def enqueue(self, payloads: Sequence[str]) -> None:
        with self._app.producer_or_acquire() as producer:
            for payload in payloads:  # it knows no batches
                self._app.send_task(_TASK, args=(payload,), producer=producer)

    def work(self, handle: Callable[[str], None]) -> None:
        self._app.task(name=_TASK)(handle)
        self._app.worker_main(["worker", "--pool=solo", "--loglevel=ERROR", "--without-gossip", "--without-mingle"])
