"""Procrastinate as it comes: asynchronous worker, LISTEN, jobs kept (``delete_jobs`` left at "never")."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from procrastinate import App, PsycopgConnector

_TASK = "deliver"


class Queue:
    """``concurrency``: how many jobs the worker runs at once."""

    def __init__(self, address: str, *, concurrency: int = 1) -> None:
        self._address = address
        self._concurrency = concurrency
        self._app = App(connector=PsycopgConnector(conninfo=address))
        self._opened: App | None = None

    def prepare(self) -> None:
        maker = App(connector=PsycopgConnector(conninfo=self._address))
        with maker.open():
            maker.schema_manager.apply_schema()

    def enqueue(self, payloads: Sequence[str]) -> None:
        opened = self._opened = self._opened or self._app.open()
        deferrer = opened.configure_task(_TASK, allow_unknown=True)
        if len(payloads) == 1:
            deferrer.defer(payload=payloads[0])
        else:
            deferrer.batch_defer(*({"payload": payload} for payload in payloads))

    def work(self, handle: Callable[[str], None]) -> None:
        @self._app.task(name=_TASK)
        async def deliver(payload: str) -> None:
            handle(payload)

        self._app.run_worker(concurrency=self._concurrency)
