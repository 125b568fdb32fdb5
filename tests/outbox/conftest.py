"""Databases for the outbox's tests: a real SQLite file and a real PostgreSQL, empty for each test."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from outbox import migrate, sqlite_engine
from outbox.tables import metadata
from outbox.testing import ManualClock


@pytest.fixture(scope="session")
def postgres_migrated(new_postgres: Callable[[], URL]) -> URL:
    """Migrate one database, which is emptied for every test: ten times faster than a copy of it."""
    url = new_postgres()
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
