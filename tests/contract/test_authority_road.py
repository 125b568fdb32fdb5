"""The export's road over real tables, a real queue and a real connection: journal, package, intake, receipt."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from threading import Barrier, Thread

import httpx
import pytest
from sqlalchemy import URL, Engine, func, select, update

import outbox
from gateway.adapters.authority.adapter import AuthorityIntake
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.errors import PermanentError, Text, TransientError
from gateway.exports.performance import PerformanceExport
from gateway.exports.receipts import record_receipt
from gateway.mapping.performance import read_performance
from gateway.model.attendance import AbsenceKind
from gateway.model.audit import first_fault
from gateway.model.batch import Batch
from gateway.model.export_package import PackageState, Receipt, ReceiptStatus
from gateway.model.ids import PeriodId
from gateway.model.performance_facts import performance_report
from gateway.model.school import FIRST_GRADE, Period, PeriodKind
from gateway.model.steps import Step
from gateway.sandbox.authority import authority_emulator
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.school import SampleSchool, school_days, schools
from gateway.sandbox.server import Emulator, RunningServer
from gateway.schemas.xml import parse_xml
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import SigningIdentity
from gateway.signing.signer import IdentitySigner
from gateway.storage.audit import SqlAuditLog
from gateway.storage.tables.documents import export_package
from gateway.storage.tables.journal import mark
from gateway.storage.tables.runs import step_run
from outbox import Delivered, Message, Outcome, Policy, Refused, Retry, Rhythm, Worker
from tests.export_world import ExportWork, enter_days, enter_school, open_database, units

SAMPLE: SampleSchool = next(schools(60, year=2025))
QUARTER: Period = next(p for p in SAMPLE.periods if p.kind is PeriodKind.QUARTER and p.number == 1)
DAYS = tuple(islice(school_days(SAMPLE), 4))


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def director(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("keys") / "school", now=now())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Batch]]:
    """Give a database file with the school and four days of its journal, and what was entered."""
    path = tmp_path_factory.mktemp("school") / "gateway.db"
    engine = open_database(f"sqlite:///{path}")
    enter_school(engine, SAMPLE)
    batches = enter_days(engine, SAMPLE, DAYS)
    engine.dispose()  # the last connection brings the write-ahead log into the file
    return path, batches


@pytest.fixture
def engine(filled: tuple[Path, list[Batch]], tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(filled[0], tmp_path / "gateway.db")
    opened = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def emulator(director: SigningIdentity) -> Emulator:
    return authority_emulator(senders=["school-gateway"], roots=director.roots, clock=now)


@pytest.fixture
def server(emulator: Emulator) -> Iterator[RunningServer]:
    with RunningServer(emulator) as running:
        yield running


def exporting(
    engine: Engine, director: SigningIdentity, seam: Callable[[str], None] = lambda _name: None
) -> PerformanceExport:
    numbers = count(1)
    return PerformanceExport(
        units=units(engine, SAMPLE.school.id, now, seam),
        signer=IdentitySigner(identity=director, clock=now),
        clock=now,
        new_id=lambda: f"id-{next(numbers)}-{now().timestamp()}",
    )


def delivered(engine: Engine, server: RunningServer) -> None:
    """Let a worker deliver everything, as the delivery of the gateway does."""
    intake = AuthorityIntake(
        AuthoritySettings(address=f"{server.url}/intake", sender="school-gateway", timeout=timedelta(seconds=1))
    )

    def handle(message: Message) -> Outcome:
        package = str(message.idempotency_key)
        try:
            receipt = intake.submit(package, message.payload)
        except TransientError as error:
            return Retry(reason=error.code, retry_after=error.retry_after)
        except PermanentError as error:
            return Refused(reason=error.code)
        record_receipt(
            units(engine, SAMPLE.school.id, now),
            package=package,
            receipt=receipt,
            attempts=message.attempts,
            clock=now,
        )
        return Delivered(receipt=receipt.id)

    policy = Policy(initial_delay=timedelta(milliseconds=10), max_delay=timedelta(milliseconds=20))
    worker = Worker(
        engine,
        {"authority": handle},
        {"authority": policy},
        name="test",
        rhythm=Rhythm(busy_poll=timedelta(milliseconds=1), idle_poll=timedelta(milliseconds=1)),
    )
    assert worker.drain(within=timedelta(seconds=60))
    intake.close()


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            "packages": connection.scalar(select(func.count()).select_from(export_package)) or 0,
            "messages": len(outbox.find(connection).entries),
            "audit": len(tuple(SqlAuditLog(connection, SAMPLE.school.id).entries())),
            "runs": connection.scalar(select(func.count()).select_from(step_run)) or 0,
        }


def test_the_report_counts_what_the_journal_was_told(engine: Engine, filled: tuple[Path, list[Batch]]) -> None:
    with units(engine, SAMPLE.school.id, now)() as unit:
        facts = unit.exports.facts(QUARTER.id)
        assert unit.exports.facts(PeriodId("none")) is None
    assert facts is not None
    grades = {one.id: one.grade for one in SAMPLE.classes}
    grade_of = {p.pupil: grades[p.school_class] for p in SAMPLE.enrollments if p.covers(QUARTER.end)}
    reported = {pupil for pupil, grade in grade_of.items() if grade <= QUARTER.last_grade}
    marks = [one for batch in filled[1] for one in batch.marks if one.pupil in reported and one.value is not None]
    absences = Counter(one.kind for batch in filled[1] for one in batch.absences if one.pupil in reported)
    counts = performance_report(facts, QUARTER.end).counts
    assert (counts.pupils, counts.classes) == (len(reported), len({grade for grade in grades.values() if grade <= 9}))
    assert counts.marks == len(marks) > 0
    assert counts.late == absences[AbsenceKind.LATE]
    assert counts.missed == absences.total() - absences[AbsenceKind.LATE] - absences[AbsenceKind.EXEMPT] > 0
    assert not any(grade_of[one.pupil] == FIRST_GRADE for one in marks)


def test_refused_three_times_and_timed_out_once_the_package_arrives_once_and_the_receipt_is_kept(
    engine: Engine, director: SigningIdentity, emulator: Emulator, server: RunningServer
) -> None:
    emulator.faults.replace(
        [
            Fault(operation="SubmitPackage", kind=FaultKind.REFUSE, times=3),
            Fault(operation="SubmitPackage", kind=FaultKind.TIMEOUT, seconds=3),
        ]
    )
    package = exporting(engine, director).run(QUARTER.id).package
    delivered(engine, server)
    (taken,) = httpx.get(f"{server.url}/_sandbox/accepted").json()
    assert (taken["packageId"], taken["deliveries"]) == (package.id, 2)
    with units(engine, SAMPLE.school.id, now)() as unit:
        kept = unit.exports.package(package.id)
        run = unit.steps.last(Step.EXPORT_OUT)
    assert kept is not None
    assert run is not None
    assert (kept.state, kept.receipt) == (PackageState.ACCEPTED, "RECEIPT-000001")
    assert (kept.document, kept.signature, kept.content_digest) == (
        package.document,
        package.signature,
        package.content_digest,
    )
    assert run.summary == {
        "documents": 1,
        "bytes": package.size,
        "attempts": 5,
        "receipt": "RECEIPT-000001",
        "rejected": 0,
    }


def test_a_second_run_changes_nothing_and_a_corrected_mark_makes_the_next_version(
    engine: Engine, director: SigningIdentity, server: RunningServer
) -> None:
    export = exporting(engine, director)
    first = export.run(QUARTER.id).package
    delivered(engine, server)
    before = rows(engine)
    assert not export.run(QUARTER.id).changed
    assert {**rows(engine), "runs": 0} == {**before, "runs": 0}
    with engine.begin() as connection:
        touched = select(mark.c.id).where(mark.c.voided.is_(False)).order_by(mark.c.id).limit(1).scalar_subquery()
        connection.execute(update(mark).where(mark.c.id == touched).values(voided=True))
    rehearsal = export.rehearse(QUARTER.id)
    assert rehearsal.accepted is not None
    assert rehearsal.counts.marks == rehearsal.accepted.marks - 1
    second = export.run(QUARTER.id).package
    delivered(engine, server)
    assert (first.version, second.version) == (1, 2)
    assert [taken["packageId"] for taken in httpx.get(f"{server.url}/_sandbox/accepted").json()] == [
        first.id,
        second.id,
    ]
    with units(engine, SAMPLE.school.id, now)() as unit:
        assert [package.id for package in unit.exports.recent()] == [second.id, first.id]
    with engine.connect() as connection:
        assert first_fault(SqlAuditLog(connection, SAMPLE.school.id).entries()) is None


def test_no_name_and_no_number_of_a_person_leaves_the_school(engine: Engine, director: SigningIdentity) -> None:
    document = exporting(engine, director).run(QUARTER.id).package.document.decode()
    report, _ = read_performance(parse_xml(document.encode()))
    assert {pupil.registry_id for row in report.classes for pupil in row.pupils} <= {
        pupil.source_id for pupil in SAMPLE.pupils
    }
    for pupil in SAMPLE.pupils:
        assert pupil.name.family not in document
        assert pupil.name.patronymic not in document
        assert str(pupil.snils) not in document


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("seam", ["exports", "outbound", "audit", "steps"])
def test_killed_at_any_seam_nothing_is_left_and_the_next_run_completes(
    engine: Engine, director: SigningIdentity, server: RunningServer, seam: str
) -> None:
    before = rows(engine)
    met: list[str] = []

    def kill(name: str) -> None:
        met.append(name)
        if name == seam and (name != "exports" or met.count("exports") == 5):  # the last use, after the enqueueing
            raise Killed

    with pytest.raises(Killed):
        exporting(engine, director, kill).run(QUARTER.id)
    assert rows(engine) == before
    exporting(engine, director).run(QUARTER.id)
    delivered(engine, server)
    assert len(httpx.get(f"{server.url}/_sandbox/accepted").json()) == 1


def test_killed_between_receipt_and_settlement_the_answer_is_noted_once(
    engine: Engine, director: SigningIdentity
) -> None:
    package = exporting(engine, director).run(QUARTER.id).package
    receipt = Receipt(
        id="R-1", package=package.id, accepted_at=now(), status=ReceiptStatus.ACCEPTED, records_accepted=1
    )
    noted = [
        record_receipt(
            units(engine, SAMPLE.school.id, now), package=package.id, receipt=receipt, attempts=attempts, clock=now
        )
        for attempts in (1, 2)
    ]
    assert noted == [None, None]
    assert rows(engine)["audit"] == 2


def test_storage_tells_whether_an_answer_changed_anything(engine: Engine, director: SigningIdentity) -> None:
    package = exporting(engine, director).run(QUARTER.id).package
    receipt = Receipt(
        id="R-1", package=package.id, accepted_at=now(), status=ReceiptStatus.ACCEPTED, records_accepted=1
    )
    no = Text(ru="нет", en="no")

    def with_exports(act: Callable[[ExportWork], bool]) -> bool:
        with units(engine, SAMPLE.school.id, now)() as unit:
            return act(unit)

    assert with_exports(lambda unit: unit.exports.refuse(package.id, "authority.refused", no, now()))
    assert not with_exports(lambda unit: unit.exports.refuse(package.id, "authority.refused", no, now()))
    assert with_exports(lambda unit: unit.exports.accept(package.id, receipt, now()))
    assert not with_exports(lambda unit: unit.exports.accept(package.id, receipt, now()))
    assert not with_exports(lambda unit: unit.exports.refuse(package.id, "authority.refused", no, now()))
    with units(engine, SAMPLE.school.id, now)() as unit:
        accepted = unit.exports.last_accepted("performance", QUARTER.id)
        assert accepted is not None
        assert accepted.receipt == "R-1"
        assert unit.exports.newest("performance", PeriodId("other")) is None


@pytest.fixture
def postgres(postgres_url: URL) -> Iterator[Engine]:
    engine = open_database(postgres_url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()


@pytest.mark.postgres
def test_two_exports_at_once_on_postgresql_make_one_package(postgres: Engine, director: SigningIdentity) -> None:
    enter_school(postgres, SAMPLE)
    enter_days(postgres, SAMPLE, DAYS[:1])
    both_have_read = Barrier(2)
    results: list[bool] = []

    def run() -> None:
        waited: list[str] = []

        def seam(name: str) -> None:
            waited.append(name)
            if waited.count("exports") == 3:  # facts and newest package are read; now both want to enter theirs
                both_have_read.wait(timeout=30)

        results.append(exporting(postgres, director, seam).run(QUARTER.id).changed)

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results) == [False, True]
    assert rows(postgres) == {"packages": 1, "messages": 1, "audit": 1, "runs": 2}
