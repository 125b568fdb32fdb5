"""``gateway serve``, ``gateway worker``: the two processes of an installation."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

import click
from prometheus_client import CollectorRegistry, start_http_server

from gateway.bootstrap import make_worker
from gateway.cli.context import Session, command
from gateway.cli.moments import LENGTH
from gateway.cli.output import Voice
from gateway.cli.queue_words import told
from gateway.cli.undelivered import not_drained
from gateway.logs import set_up_logs
from gateway.web import create_web
from gateway.web.serving import open_server
from gateway.web.wiring import web_services
from outbox import Observer
from outbox.metrics import WorkerMetrics

_LOOPBACK = "127.0.0.1"


def add_to(main: click.Group) -> None:
    """Add the commands."""
    command(main, "serve")(serve)
    command(main, "worker")(worker)


def serve(session: Session, voice: Voice) -> None:
    """Run the web service: journal and portal interfaces, console, health. Any number may run on one database."""
    set_up_logs()
    web = session.gateway.settings.web
    session.gateway.check_database()
    server = open_server(
        create_web(web_services(session.gateway)),
        host=web.host,
        port=web.port,
        threads=web.threads,
        connections=web.connections,
        max_body_bytes=web.max_body_mib * 2**20,
        trusted_proxy=web.trusted_proxy,
        trusted_proxies=web.trusted_proxies,
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    voice.answer({"ok": True, "address": f"http://{web.host}:{server.effective_port}"})
    server.run()


@click.option(
    "--drain",
    "seconds",
    type=LENGTH,
    default=None,
    metavar="SECONDS",
    help="Deliver what there is, for at most so many seconds, and end; exit code 1 if something is left.",
)
def worker(session: Session, voice: Voice, seconds: float | None) -> None:
    """Deliver messages and run scheduled steps until told to stop. Any number may run on one database."""
    set_up_logs()
    session.gateway.check_database()
    with _observer(session.gateway.settings.worker.metrics_port) as observer:
        made = make_worker(session.gateway, observer)
        signal.signal(signal.SIGTERM, lambda *_: made.stop())
        signal.signal(signal.SIGINT, lambda *_: made.stop())
        # What is loaded by now stays until the end: the collector need not walk over it again with each batch.
        gc.collect()
        gc.freeze()
        with told():
            if seconds is None:
                made.run()
            elif not made.drain(within=timedelta(seconds=seconds)):
                raise not_drained(session.gateway, seconds)
    voice.answer({"ok": True})


@contextmanager
def _observer(port: int) -> Iterator[Observer | None]:
    """Serve what is counted of this worker to whoever asks on this machine; nothing is counted without a port."""
    if not port:
        yield None
        return
    registry = CollectorRegistry()
    server, thread = start_http_server(port, addr=_LOOPBACK, registry=registry)
    try:
        yield WorkerMetrics(registry)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
