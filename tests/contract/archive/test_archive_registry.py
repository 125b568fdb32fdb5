"""The registry keeps what it is given, each version once, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, create_engine

from gateway.model.archive import ArchiveEntry
from gateway.model.ids import ClassId, PeriodId, SchoolId
from gateway.storage.archive import SqlArchive
from gateway.storage.tables import metadata
from outbox import sqlite_engine

SCHOOL = SchoolId("school-1")
ENTRY = ArchiveEntry(
    id="e-1",
    file_name="2026-2027_1-четверть_5А.pdf",
    version=1,
    year=2026,
    period=PeriodId("q1"),
    school_class=ClassId("c-5a"),
    source_digest="d" * 64,
    sha256="a" * 64,
    size=123,
    pages=4,
    signed_by="CN=Директор",
    certificate_sha256="c" * 64,
    signed_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
    location="school-1/2026-2027_1-четверть_5А.pdf",
    retention_until=date(2032, 8, 31),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    is_sqlite = request.param == "sqlite"
    engine = (
        sqlite_engine(tmp_path / "gateway.db") if is_sqlite else create_engine(request.getfixturevalue("postgres_url"))
    )
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_an_entry_comes_back_as_it_was(database: Engine) -> None:
    with database.begin() as connection:
        assert SqlArchive(connection, SCHOOL).add(ENTRY)

    with database.begin() as connection:
        assert SqlArchive(connection, SCHOOL).entries() == [ENTRY]
        assert SqlArchive(connection, SCHOOL).of_period(PeriodId("q1")) == [ENTRY]
        assert SqlArchive(connection, SCHOOL).of_period(PeriodId("q2")) == []
        assert SqlArchive(connection, SchoolId("school-2")).entries() == []


def test_a_version_is_added_once(database: Engine) -> None:
    with database.begin() as connection:
        archive = SqlArchive(connection, SCHOOL)
        assert archive.add(ENTRY)
        assert not archive.add(replace(ENTRY, id="e-2", sha256="b" * 64))
        assert archive.add(replace(ENTRY, id="e-3", version=2))

    with database.begin() as connection:
        entries = SqlArchive(connection, SCHOOL).entries()
    assert [(entry.id, entry.version) for entry in entries] == [("e-1", 1), ("e-3", 2)]


def test_who_adds_the_same_version_waits_for_the_first_to_end(database: Engine) -> None:
    first_added, second_done = Event(), Event()

    def second() -> bool:
        first_added.wait(30)
        with database.begin() as connection:
            added = SqlArchive(connection, SCHOOL).add(replace(ENTRY, id="e-2"))
        second_done.set()
        return added

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with database.begin() as connection:
            assert SqlArchive(connection, SCHOOL).add(ENTRY)
            first_added.set()
            assert not second_done.wait(0.3)
        assert waiting.result(30) is False
