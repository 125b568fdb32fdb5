"""A school year closed over real tables, on SQLite and PostgreSQL: refused with everything missing, then closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete

from gateway.cli.main import main
from gateway.control.acting import By
from gateway.control.years import Years
from gateway.errors import DocumentError, GatewayError, RuleViolation
from gateway.model.archive import ArchiveEntry
from gateway.model.audit import first_fault
from gateway.model.ids import ClassId, CorrectionId, PeriodId, RecordId, YearId
from gateway.model.journal import PeriodMark
from gateway.model.journal_records import KIND_OF, RecordKind, Stored
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import Correction, Decision
from gateway.model.rules.batch import check_batch
from gateway.model.school import AcademicYear, Period, PeriodKind, YearState
from gateway.model.year_duties import YearTask
from gateway.storage.engine import open_engine
from gateway.storage.tables import metadata
from gateway.storage.work import Database
from outbox import tables as queue_tables
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_1,
    CLASS_5,
    CLASS_10,
    LEAVER,
    MATHS,
    SCHOOL,
    TEACHER,
    VERA,
    batch,
    lesson,
    seed,
    setup_batch,
    small_school,
)

NOW = datetime(2027, 8, 20, 9, 0, tzinfo=UTC)
BY = By(actor="coordinator", role="administrator", source="192.0.2.7")
YEAR = AcademicYear(id=YearId("2026"), year=2026, start=date(2026, 9, 1), end=date(2027, 8, 30), state=YearState.OPEN)
WHOLE = Period(
    id=PeriodId("y"), year=2026, kind=PeriodKind.YEAR, number=1, start=date(2026, 9, 1), end=date(2027, 5, 31)
)
MOVED = MovementOrder(
    id=RecordId("move-1"),
    pupil=LEAVER,
    kind=MovementKind.DEPARTURE,
    happened_on=date(2026, 9, 10),
    document="Приказ № 4",
    informed_at=datetime(2026, 9, 10, 9, 0, tzinfo=UTC),
)
ASKED = Correction(
    id=CorrectionId("correction-1"),
    record_kind="lessons",
    record="L-1",
    reason="Описка в теме",
    requested_by=TEACHER,
    requested_at=datetime(2027, 5, 27, 9, 0, tzinfo=UTC),
)


@dataclass(kw_only=True)
class World:
    """A school at the end of its year."""

    engine: Engine
    now: datetime = NOW

    @property
    def database(self) -> Database:
        return Database(self.engine, lambda: self.now)

    @property
    def years(self) -> Years:
        return Years(school=SCHOOL.id, units=self.database.units(SCHOOL.id), clock=lambda: self.now)

    def put(self, *records: Any) -> None:
        with self.database.unit(SCHOOL.id) as unit:
            for record in records:
                unit.journal.put(KIND_OF[type(record)], [Stored(record=record, version=1)])

    def sign(self, *classes: ClassId) -> None:
        with self.database.unit(SCHOOL.id) as unit:
            for one in classes:
                assert unit.archive.add(entry(one))

    def state(self) -> tuple[YearState, int]:
        with self.database.unit(SCHOOL.id) as unit:
            held = unit.records.get(RecordKind.YEARS, ("2026",))
        assert held is not None
        return held.record.state, held.version

    def make_ready(self) -> None:
        self.put(*(mark(pupil) for pupil in (ANNA, BORIS, VERA)))
        self.sign(CLASS_1, CLASS_5, CLASS_10)
        self.put(replace(MOVED, entered_at=MOVED.informed_at))
        with self.database.unit(SCHOOL.id) as unit:
            unit.journal.put(RecordKind.CORRECTIONS, [Stored(record=decided(), version=2)])


def decided() -> Correction:
    return replace(ASKED, decision=Decision.REFUSED, decided_by=TEACHER, decided_at=ASKED.requested_at)


def mark(pupil: Any) -> PeriodMark:
    return PeriodMark(id=RecordId(f"PM-{pupil}"), pupil=pupil, subject=MATHS, period=WHOLE.id, value=4)


def entry(school_class: ClassId) -> ArchiveEntry:
    return ArchiveEntry(
        id=f"archive-{school_class}",
        file_name=f"2026-2027_год_{school_class}.pdf",
        version=1,
        year=2026,
        period=WHOLE.id,
        school_class=school_class,
        source_digest="0" * 64,
        sha256="0" * 64,
        size=1,
        pages=1,
        signed_by="Директор",
        certificate_sha256="0" * 64,
        signed_at=NOW,
        location=f"archive/{school_class}.pdf",
        retention_until=date(2032, 8, 31),
    )


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give a database with all tables; they are emptied for every test."""
    address = f"sqlite:///{tmp_path_factory.mktemp('years') / 'gateway.db'}"
    if request.param == "postgres":
        address = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
    opened = open_engine(address)
    for tables in (metadata, queue_tables.metadata):
        tables.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    with engine.begin() as connection:
        for tables in (metadata, queue_tables.metadata):
            for table in reversed(tables.sorted_tables):
                connection.execute(delete(table))
        seed(connection, small_school())
    opened = World(engine=engine)
    frame = setup_batch()
    opened.put(YEAR, WHOLE, *frame.subjects, *frame.groups, lesson(), MOVED, ASKED)
    return opened


def test_an_unfinished_year_is_refused_with_everything_that_is_missing(world: World) -> None:
    """R-ACAD-22: and nothing is written."""
    with pytest.raises(DocumentError) as caught:
        world.years.close(2026, by=BY, document="Приказ № 90")
    assert caught.value.code == "year.not_ready"
    assert [(one.code, one.record) for one in caught.value.faults] == [
        ("year.marks_missing", f"y {CLASS_5} {MATHS}"),
        ("year.no_archives", "2026"),
        ("year.movement_open", "move-1"),
        ("year.correction_open", "correction-1"),
    ]
    assert tuple(caught.value.faults) == tuple(world.years.findings(2026))
    assert world.state() == (YearState.OPEN, 1)
    with world.database.unit(SCHOOL.id) as unit:
        assert list(unit.audit.entries()) == []


def test_a_class_without_a_signed_archive_is_named(world: World) -> None:
    world.make_ready()
    assert world.years.findings(2026) == ()
    with world.database.unit(SCHOOL.id) as unit:
        unit.journal.put(RecordKind.PERIODS, [Stored(record=quarter(), version=1)])
    found = {(one.code, one.record) for one in world.years.findings(2026)}
    assert ("year.archive_missing", f"q1 {CLASS_5}") in found


def quarter() -> Period:
    return replace(WHOLE, id=PeriodId("q1"), kind=PeriodKind.QUARTER, end=date(2026, 10, 25))


def test_a_finished_year_is_closed_with_its_document_in_the_audit(world: World) -> None:
    """R-ACAD-22: from then on it is read only."""
    world.make_ready()
    closed = world.years.close(2026, by=BY, document=" Приказ № 90 ")
    assert closed == replace(YEAR, state=YearState.CLOSED)
    assert world.state() == (YearState.CLOSED, 2)
    with world.database.unit(SCHOOL.id) as unit:
        (told,) = unit.audit.entries()
        assert first_fault([told], head=unit.audit.head()) is None
        late = batch(lessons=(lesson("L-late", hour=11),))
        reference = unit.journal.reference(late)
        assert reference is not None
        faults = check_batch(late, reference, now=NOW).faults
    assert (told.record.actor, told.record.reason, told.record.object_id) == ("coordinator", "Приказ № 90", "2026")
    assert "journal.year_closed" in {fault.code for fault in faults[RecordKind.LESSONS, 0]}
    assert world.years.report(2026).findings == ()
    with pytest.raises(RuleViolation) as caught:
        world.years.close(2026, by=BY, document="Приказ № 91")
    assert caught.value.code == "year.closed_already"


def test_no_batch_closes_a_year(world: World) -> None:
    """R-ACAD-22: it would go round the preconditions."""
    world.make_ready()
    closing = batch(years=(replace(YEAR, state=YearState.CLOSED),))
    with world.database.unit(SCHOOL.id) as unit:
        reference = unit.journal.reference(closing)
        assert reference is not None
        faults = check_batch(closing, reference, now=NOW).faults
    assert [fault.code for fault in faults[RecordKind.YEARS, 0]] == ["journal.year_closing"]


@pytest.mark.parametrize(
    ("year", "state", "document", "code"),
    [
        (2026, YearState.PLANNING, "Приказ", "year.not_open"),
        (2030, YearState.OPEN, "Приказ", "year.unknown"),
        (2026, YearState.OPEN, "  ", "year.document_missing"),
    ],
)
def test_what_is_no_closing_is_refused(world: World, year: int, state: YearState, document: str, code: str) -> None:
    world.put(replace(YEAR, state=state))
    with pytest.raises(GatewayError) as caught:
        world.years.close(year, by=BY, document=document)
    assert caught.value.code == code


def test_the_report_is_of_the_year_that_is_to_be_closed_next(world: World) -> None:
    """R-ACAD-21, R-ROST-08: with its named days."""
    later = replace(
        YEAR, id=YearId("2027"), year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30), state=YearState.PLANNING
    )
    world.put(later)
    found = world.years.report()
    assert found.year == YEAR
    assert {one.task for one in found.duties} == set(YearTask)
    done = {one.task: one.done for one in found.duties}
    assert (done[YearTask.NEXT_YEAR], done[YearTask.CLOSING]) == (True, False)
    assert {one.school_class for one in found.duties if one.task is YearTask.GROUP_LISTS} == {
        CLASS_1,
        CLASS_5,
        CLASS_10,
    }


def test_the_commands_show_and_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"sqlite:///{tmp_path / 'gateway.db'}"
    monkeypatch.setenv("GATEWAY_DATABASE_URL", address)
    runner = CliRunner()
    assert runner.invoke(main, ["db", "upgrade"]).exit_code == 0
    engine = open_engine(address)
    with engine.begin() as connection:
        seed(connection, small_school())
    World(engine=engine).put(YEAR)
    engine.dispose()
    shown = runner.invoke(main, ["year", "show", "--json"])
    assert shown.exit_code == 0, shown.output
    content = json.loads(shown.stdout)
    assert (content["year"], content["state"]) == (2026, "open")
    assert [one["code"] for one in content["findings"]] == ["year.no_year_period"]
    assert runner.invoke(main, ["year", "show"]).exit_code == 0
    refused = runner.invoke(main, ["year", "close", "2026", "--document", "Приказ № 90", "--json"])
    assert refused.exit_code == 1
    told = json.loads(refused.stderr)
    assert (told["code"], [one["code"] for one in told["faults"]]) == ("year.not_ready", ["year.no_year_period"])
