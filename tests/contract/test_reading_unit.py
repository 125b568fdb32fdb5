"""What only reads waits for no writer, sees one state of the school and cannot write, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, event, insert, text
from sqlalchemy.exc import DBAPIError

from gateway.model.ids import SchoolId, SubjectId
from gateway.model.journal_records import Record, RecordKind, Stored
from gateway.model.school import Subject
from gateway.storage.engine import open_engine
from gateway.storage.tables import metadata
from gateway.storage.tables.school import school
from gateway.storage.work import Database, Work

SCHOOL = SchoolId("school-1")
NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
    engine = open_engine(url)
    if request.param == "sqlite":
        # Whoever has to wait for the writer of these tests waits for nobody: it gives up at once.
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout = 0"))
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(school), {"school_id": SCHOOL, "name": "Школа", "registry_id": "1", "zone": "UTC"})
    yield Database(engine, lambda: NOW)
    engine.dispose()


def subjects(work: Work) -> list[str]:
    return [one.record.id for one in work.records.page(RecordKind.SUBJECTS, after=None, limit=9, where={})]


def test_eight_read_while_one_writes_and_none_waits(database: Database) -> None:
    with database.unit(SCHOOL) as writing:
        writing.journal.add(RecordKind.SUBJECTS, [subject("new")])
        for _ in range(8):
            with database.reading(SCHOOL) as reading:
                assert subjects(reading) == []
    with database.reading(SCHOOL) as reading:
        assert subjects(reading) == ["new"]


def test_a_reading_sees_one_state_to_its_end(database: Database) -> None:
    with database.reading(SCHOOL) as reading:
        before = subjects(reading)
        with database.unit(SCHOOL) as writing:
            writing.journal.add(RecordKind.SUBJECTS, [subject("new")])
        assert subjects(reading) == before


@pytest.mark.postgres
def test_postgresql_refuses_to_write_where_only_reading_was_promised(postgres_url: URL) -> None:
    engine = open_engine(postgres_url.render_as_string(hide_password=False))
    metadata.create_all(engine)
    with pytest.raises(DBAPIError, match="read-only"), Database(engine, lambda: NOW).reading(SCHOOL) as reading:
        reading.journal.add(RecordKind.SUBJECTS, [subject("new")])
    with engine.begin() as connection:  # the same connection writes again when it is taken for writing
        connection.execute(text("CREATE TABLE written (id int)"))
    engine.dispose()


def subject(name: str) -> Stored[Record]:
    return Stored(record=Subject(id=SubjectId(name), name="Математика"), version=1)
