"""The sandbox's registry in a process of its own, as a registry is: its memory and its work are not the gateway's."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from roster_history import HistoricRosters

from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.server import RunningServer

_FAREWELL = 10.0
_PAGE = 2000
"""Records a page."""


@contextmanager
def running_registry(rosters: HistoricRosters) -> Iterator[str]:
    """Give the address of a registry that holds these rosters."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(rosters, theirs), daemon=True)
    process.start()
    try:
        yield str(ours.recv())
    finally:
        ours.send(None)
        process.join(_FAREWELL)
        process.kill()


def _serve(rosters: HistoricRosters, caller: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    with RunningServer(registry_emulator(Registry(rosters, page_size=_PAGE))) as server:
        caller.send(f"{server.url}/")
        caller.recv()
