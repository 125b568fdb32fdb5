"""New SQLite files for tests: filled once in a session, copied from then on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from gateway.storage.engine import open_engine
from gateway.storage.migrations import upgrade
from gateway.storage.tables import metadata

Fill = Callable[[Engine], None]

_FILLED: dict[Fill, bytes] = {}


def new_file(path: Path, fill: Fill) -> Engine:
    """Return an engine on a new file as ``fill``, a function of a module, fills an empty one.

    What was in the file before is gone; who has it open still goes on with what is gone.
    """
    if fill not in _FILLED:
        _FILLED[fill] = _filled(fill)
    for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        part.unlink(missing_ok=True)
    engine = open_engine(f"sqlite:///{path}")
    path.write_bytes(_FILLED[fill])
    return engine


def with_tables(engine: Engine) -> None:
    """Make all tables of the gateway, and nothing in them."""
    metadata.create_all(engine)


def upgraded_file(path: Path) -> None:
    """Put an empty database there, as ``gateway db upgrade`` leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new_file(path, upgrade).dispose()


def _filled(fill: Fill) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "filled.db"
        engine = open_engine(f"sqlite:///{path}")
        fill(engine)
        engine.dispose()
        return path.read_bytes()
