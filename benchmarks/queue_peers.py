"""Other people's queues, each in a throw-away environment of its own, and the Redis that some of them need.

Nothing of this is a dependency of the project: ``--peers`` installs it from the package index for as long as the
benchmark runs. What cannot be had is reported as not measured, with the reason.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from queue_entrant import Entrant, NotMeasuredError

_REDIS_START = 10.0
_REDIS_DATABASES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A queue of somebody else: where it keeps its messages, which module drives it, what has to be installed."""

    name: str
    home: str
    module: str
    requires: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


_PGQUEUER = ("pgqueuer==1.6.0", "asyncpg==0.32.0")
_PROCRASTINATE = ("procrastinate==3.10.0", "psycopg[binary,pool]==3.3.9")
_HUEY = ("huey==3.5.4", "redis==6.4.0", "psycopg[binary]==3.3.9")
_CELERY = ("celery[redis]==5.7.0",)
_DRAMATIQ_PG = ("dramatiq-pg==0.12.0", "dramatiq==1.18.0", "psycopg2-binary==2.9.13")
_DRAMATIQ = ("dramatiq[redis]==2.2.1",)

PEERS = (
    Peer(
        name="PgQueuer, batch 10",
        home="postgresql",
        module="queue_peer_pgqueuer",
        requires=_PGQUEUER,
        options={"batch": 10},
    ),
    Peer(
        name="PgQueuer, batch 100",
        home="postgresql",
        module="queue_peer_pgqueuer",
        requires=_PGQUEUER,
        options={"batch": 100},
    ),
    Peer(
        name="Procrastinate, concurrency 1",
        home="postgresql",
        module="queue_peer_procrastinate",
        requires=_PROCRASTINATE,
        options={"concurrency": 1},
    ),
    Peer(
        name="Procrastinate, concurrency 10",
        home="postgresql",
        module="queue_peer_procrastinate",
        requires=_PROCRASTINATE,
        options={"concurrency": 10},
    ),
    Peer(name="Dramatiq on PostgreSQL", home="postgresql", module="queue_peer_dramatiq", requires=_DRAMATIQ_PG),
    Peer(name="Huey on PostgreSQL", home="postgresql", module="queue_peer_huey", requires=_HUEY),
    Peer(name="Huey on SQLite", home="sqlite", module="queue_peer_huey", requires=_HUEY),
    Peer(name="Dramatiq on Redis", home="redis", module="queue_peer_dramatiq", requires=_DRAMATIQ),
    Peer(name="Huey on Redis", home="redis", module="queue_peer_huey", requires=_HUEY),
    Peer(
        name="Celery on Redis, acks late",
        home="redis",
        module="queue_peer_celery",
        requires=_CELERY,
        options={"late": True},
    ),
    Peer(
        name="Celery on Redis, acks early",
        home="redis",
        module="queue_peer_celery",
        requires=_CELERY,
        options={"late": False},
    ),
)


def entered(peer: Peer, folder: Path, homes: Mapping[str, Callable[[], str]]) -> Entrant:
    """Install a peer, if that was not done yet, and enter it.

    Raises:
        NotMeasuredError: It cannot be installed, or there is no place for its messages.
    """
    if peer.home not in homes:
        raise NotMeasuredError(f"no {peer.home} here")
    return Entrant(
        name=peer.name,
        place=f"{peer.module}:Queue",
        new_address=homes[peer.home],
        options=peer.options,
        python=_installed(peer.requires, folder),
    )


def _installed(requires: tuple[str, ...], folder: Path) -> Path:
    home = folder / requires[0].partition("==")[0].partition("[")[0]
    python, stamp = home / "bin" / "python", home / "installed"
    if not stamp.exists():
        _run([sys.executable, "-m", "venv", str(home)], "no environment")
        _run([str(python), "-m", "pip", "install", "--quiet", *requires], "cannot be installed")
        stamp.touch()
    return python


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["no reason given"]
        raise NotMeasuredError(f"{failure}: {lines[-1]}")


@contextmanager
def redis_home(folder: Path) -> Iterator[Callable[[], str]]:
    """Run a Redis with its own settings, which do not sync at every write, and hand out its databases one by one.

    Raises:
        NotMeasuredError: There is none, and it cannot be installed.
    """
    program = _redis_program()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--databases", str(_REDIS_DATABASES)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _expect_listening(port)
            numbers = count()
            yield lambda: f"redis://127.0.0.1:{port}/{next(numbers)}"
        finally:
            server.kill()  # asked kindly, it would save first, and stay where it cannot


def _redis_program() -> str:
    if found := shutil.which("redis-server"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing redis-server ...", file=sys.stderr)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "redis-server"]):
            subprocess.run(["apt-get", *command], env=quiet, capture_output=True, check=False)  # noqa: S607
    if found := shutil.which("redis-server"):
        return found
    raise NotMeasuredError("no redis-server, and it cannot be installed without root and apt")


def _expect_listening(port: int) -> None:
    deadline = time.monotonic() + _REDIS_START
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NotMeasuredError(f"redis-server did not start within {_REDIS_START:.0f} s")
