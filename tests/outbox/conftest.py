"""Databases for the outbox's tests: a real SQLite file and a real PostgreSQL, empty for each test."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from outbox.migrations import migrate
from outbox.sqlite import sqlite_engine
from outbox.tables import counter, metadata, sequence
from outbox.testing import ManualClock, memory_engine

_MEMORY = URL.create("sqlite", database=":memory:")


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


_FILES_AND_SERVERS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each sort of database; in memory, too, where its module wants it and no address is asked for."""
    chosen = any("database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "database" in metafunc.fixturenames and not chosen:
        wanted = getattr(metafunc.module, "IN_MEMORY_TOO", False)
        in_memory = wanted and "database" not in signature(metafunc.function).parameters
        metafunc.parametrize("database", [*_FILES_AND_SERVERS, *(["memory"] if in_memory else [])], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Give the address of a migrated, empty database, of each sort in turn."""
    if request.param == "memory":
        return _MEMORY
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "outbox.db")
        return URL.create("sqlite", database=str(tmp_path / "outbox.db"))
    url: URL = request.getfixturevalue("postgres_migrated")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
        connection.execute(text(f"ALTER SEQUENCE {sequence.name} RESTART"))
        connection.execute(counter.insert().values(name="seq", next=1))
    engine.dispose()
    return url


@pytest.fixture
def engine(database: URL) -> Iterator[Engine]:
    """Give an engine on a migrated, empty database, of each sort in turn."""
    if database == _MEMORY:
        engine = memory_engine()
        migrate(engine)
    elif database.drivername == "sqlite":
        engine = sqlite_engine(database.database or "")
    else:
        engine = create_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands still."""
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
