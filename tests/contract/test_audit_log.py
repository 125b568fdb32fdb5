"""The audit chain in the database: what was sealed comes back and holds, also when several write at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete, update

from gateway.model.audit import GENESIS, AuditRecord, ChainFault, FaultReason, first_fault
from gateway.model.ids import SchoolId
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.tables import metadata
from gateway.storage.tables.audit import audit_entry, audit_head

SCHOOL, OTHER = SchoolId("school-1"), SchoolId("school-2")
RECORD = AuditRecord(
    at=datetime(2026, 9, 15, 8, 0, 0, 123456, tzinfo=UTC),
    actor="клиент",
    role="journal",
    channel="journal",
    action="update",
    object_kind="mark",
    object_id="M-1",
    old=None,
    new={"value": 5, "comment": "«ёж»\t\u2028", "weight": None, "members": ["b", "a"], "half": 0.5},
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url").render_as_string(hide_password=False)
    engine = open_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def append(engine: Engine, *records: AuditRecord, school: SchoolId = SCHOOL) -> None:
    with engine.begin() as connection:
        SqlAuditLog(connection, school).append(records)


def fault(engine: Engine, school: SchoolId = SCHOOL) -> ChainFault | None:
    with engine.begin() as connection:
        log = SqlAuditLog(connection, school)
        return first_fault(log.entries(), head=log.head())


def test_what_was_sealed_comes_back_as_it_was(engine: Engine) -> None:
    append(engine, RECORD, replace(RECORD, old=RECORD.new, new={}))
    append(engine, replace(RECORD, reason="отмена"))
    with engine.begin() as connection:
        log = SqlAuditLog(connection, SCHOOL)
        entries, head = list(log.entries()), log.head()
    assert [entry.record for entry in entries] == [
        RECORD,
        replace(RECORD, old=RECORD.new, new={}),
        replace(RECORD, reason="отмена"),
    ]
    assert head == (3, entries[-1].hash)
    assert first_fault(entries, head=head) is None


def test_before_the_first_entry_the_chain_is_empty_and_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        assert SqlAuditLog(connection, SCHOOL).head() == (0, GENESIS)
    assert fault(engine) is None
    append(engine)
    assert fault(engine) is None


def test_every_school_has_a_chain_of_its_own(engine: Engine) -> None:
    append(engine, RECORD)
    append(engine, RECORD, RECORD, school=OTHER)
    with engine.begin() as connection:
        numbers = [[e.sequence for e in SqlAuditLog(connection, school).entries()] for school in (SCHOOL, OTHER)]
    assert numbers == [[1], [1, 2]]
    assert (fault(engine), fault(engine, OTHER)) == (None, None)


def test_a_transaction_rolled_back_leaves_no_gap(engine: Engine) -> None:
    append(engine, RECORD)
    with pytest.raises(RuntimeError), engine.begin() as connection:  # noqa: PT012  the failure comes after the writing
        SqlAuditLog(connection, SCHOOL).append([RECORD])
        raise RuntimeError
    append(engine, RECORD)
    assert fault(engine) is None
    with engine.begin() as connection:
        assert SqlAuditLog(connection, SCHOOL).head()[0] == 2


def test_several_writers_at_once_make_one_chain(engine: Engine) -> None:
    writers, each = 4, 5
    together = Barrier(writers)

    def write(number: int) -> None:
        together.wait(30)
        for turn in range(each):
            append(engine, replace(RECORD, actor=f"writer {number}", object_id=f"{turn}"))

    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write, range(writers)))
    assert fault(engine) is None
    with engine.begin() as connection:
        log = SqlAuditLog(connection, SCHOOL)
        written = [(entry.record.actor, entry.record.object_id) for entry in log.entries()]
    assert sorted(written) == sorted((f"writer {n}", f"{turn}") for n in range(writers) for turn in range(each))


def test_tampering_behind_our_back_is_found_at_its_place(engine: Engine) -> None:
    append(engine, *(replace(RECORD, object_id=f"M-{number}") for number in range(1, 6)))
    third = (audit_entry.c.school_id == SCHOOL) & (audit_entry.c.sequence == 3)
    with engine.begin() as connection:
        connection.execute(update(audit_entry).where(third).values(new={"value": 2}))
    assert fault(engine) == ChainFault(sequence=3, reason=FaultReason.CHANGED)
    with engine.begin() as connection:
        connection.execute(delete(audit_entry).where(third))
    assert fault(engine) == ChainFault(sequence=3, reason=FaultReason.MISSING)


def test_an_end_cut_off_is_found_by_the_head(engine: Engine) -> None:
    append(engine, RECORD, RECORD)
    with engine.begin() as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence == 2))
    assert fault(engine) == ChainFault(sequence=2, reason=FaultReason.MISSING)
    with engine.begin() as connection:
        connection.execute(delete(audit_head))
    append(engine)
    assert fault(engine) is not None


def test_changes_are_read_on_from_a_number(engine: Engine) -> None:
    append(engine, *(replace(RECORD, object_id=f"M-{number}") for number in range(1, 6)))
    append(engine, RECORD, school=OTHER)
    with engine.begin() as connection:
        log = SqlAuditLog(connection, SCHOOL)
        pages = [[entry.sequence for entry in log.changes(since, 2)] for since in (0, 2, 4, 5, 99)]
        assert list(log.entries()) == list(log.changes(0, 99))
    assert pages == [[1, 2], [3, 4], [5], [], []]


def test_what_somebody_did_is_found_by_name_and_time(engine: Engine) -> None:
    hour = timedelta(hours=1)
    mine = [replace(RECORD, actor="t-1", at=RECORD.at + number * hour, source="10.0.0.1") for number in range(4)]
    append(engine, *mine, replace(RECORD, actor="t-2"))
    append(engine, *mine, school=OTHER)
    with engine.begin() as connection:
        found = list(SqlAuditLog(connection, SCHOOL).by_actor("t-1", RECORD.at + hour, RECORD.at + 3 * hour))
    assert [entry.record for entry in found] == mine[1:3]


def test_many_entries_at_once_make_the_same_chain(engine: Engine) -> None:
    # So many that they go by COPY where there is one.
    many = [replace(RECORD, object_id=f"M-{number}", old=None if number % 2 else RECORD.new) for number in range(500)]
    append(engine, *many)
    append(engine, RECORD)
    with engine.begin() as connection:
        assert [entry.record for entry in SqlAuditLog(connection, SCHOOL).entries()] == [*many, RECORD]
    assert fault(engine) is None


@pytest.mark.parametrize("form", [0, 1, 3, -1])
def test_a_form_that_it_was_not_sealed_in_is_found(engine: Engine, form: int) -> None:
    append(engine, RECORD, RECORD, RECORD)
    with engine.begin() as connection:
        connection.execute(update(audit_entry).where(audit_entry.c.sequence == 2).values(seal=form))
    assert fault(engine) == ChainFault(sequence=2, reason=FaultReason.CHANGED)


@pytest.mark.parametrize("column", ["source", "client", "reason"])
def test_from_where_and_by_what_is_sealed_too(engine: Engine, column: str) -> None:
    append(engine, RECORD, replace(RECORD, source="10.0.0.1", client="c-1"))
    with engine.begin() as connection:
        connection.execute(update(audit_entry).where(audit_entry.c.sequence == 2).values({column: "other"}))
    assert fault(engine) == ChainFault(sequence=2, reason=FaultReason.CHANGED)
