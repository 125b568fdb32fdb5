"""The web server is killed (SIGKILL) in the middle of taking a batch: nothing half-written, nothing doubled."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, Connection, create_engine, func, select, text

from gateway.bootstrap import Gateway
from gateway.demo.preparation import DemoFolder
from gateway.demo.processes import Program, free_ports
from gateway.model.access import Scope
from gateway.model.audit import first_fault
from gateway.model.batch import Batch
from gateway.sandbox.journal_system import Form, JournalSystem
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import SampleSchool, journal_day, nth_school, school_days, setup_batch
from gateway.sandbox.server import RunningServer
from gateway.settings import read_settings
from gateway.storage.tables import metadata
from tests.e2e.demo_world import SIZE, counts, rows
from tests.e2e.installation import Installation

WRITING = (Scope.JOURNAL_WRITE, Scope.JOURNAL_CORRECT, Scope.HEALTH_WRITE, Scope.INCIDENTS_WRITE, Scope.RULES_WRITE)
PATIENCE = 30.0
"""Seconds; only a test that fails waits so long."""


def posted_and_killed(
    journal: JournalSystem, batch: Batch, key: str, server: Program, in_the_middle: Callable[[], bool]
) -> None:
    """Post a batch; kill the server when ``in_the_middle()`` says so; the sender is left without an answer."""
    with ThreadPoolExecutor(1) as threads:
        posting = threads.submit(journal.post, batch, idempotency_key=key)
        deadline = time.monotonic() + PATIENCE
        while not in_the_middle():
            assert not posting.done(), posting.result()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server.kill()
        with pytest.raises(httpx.HTTPError):
            posting.result(PATIENCE)


# SQLite: a trigger that never ends keeps the transaction open after everything but the last row is written.

ENDLESS = "SELECT count(*) FROM lesson a, lesson b, lesson c, lesson d, lesson e WHERE a.number + b.number < 0"
TRIGGER = f"CREATE TRIGGER endless AFTER INSERT ON step_run WHEN new.step = 'journal_in' BEGIN {ENDLESS}; END"


def new_day(site: Installation) -> Batch:
    """Return the newest day that was not posted."""
    days = {day for (day,) in rows(site.folder, "SELECT DISTINCT day FROM lesson")}
    unposted = [d for d in school_days(site.sample, last=site.scenario.last_day) if d.isoformat() not in days]
    return journal_day(site.sample, unposted[-1])


def is_being_written(site: Installation) -> bool:
    with closing(sqlite3.connect(site.folder / "gateway.db", timeout=0, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        database.execute("ROLLBACK")
        return False


@contextmanager
def trigger(site: Installation) -> Iterator[None]:
    with closing(sqlite3.connect(site.folder / "gateway.db", timeout=PATIENCE)) as database:
        database.execute(TRIGGER)
        yield
        database.execute("DROP TRIGGER endless")
        database.commit()


def test_on_sqlite_the_batch_posted_again_is_written_once(site: Installation) -> None:
    batch, key = new_day(site), site.new_key()
    site.post(b"", Form.JSON)  # gets the token, so that only the batch is to be written
    before = counts(site.folder)
    with trigger(site):
        posted_and_killed(site.journal, batch, key, site.server, lambda: is_being_written(site))
    assert counts(site.folder) == before

    site.server.start()
    site.server.announcement()
    answers = [site.journal.post(batch, idempotency_key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    written = Counter(counts(site.folder))
    written.subtract(before)
    assert written["lesson"] == len(batch.lessons) == answers[0].content["accepted"]["lessons"]
    assert written["mark"] == len(batch.marks)
    assert written["absence"] == len(batch.absences)
    assert (written["journal_batch"], written["step_run"]) == (1, 1)
    assert written["audit_entry"] == sum(answers[0].content["accepted"].values())
    assert site.cli("audit", "verify", "--school", site.sample.school.id).code == 0


# PostgreSQL: somebody holds the head of the audit chain, so the server waits for it with the batch's rows written.


@dataclass(frozen=True, kw_only=True, slots=True)
class Municipal:
    """A school on PostgreSQL and its web server."""

    gateway: Gateway
    sample: SampleSchool
    server: Program
    journal: JournalSystem

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.gateway.engine.connect() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
            }


@pytest.fixture
def municipal(postgres_url: URL, tmp_path: Path) -> Iterator[Municipal]:
    sample = nth_school(1, SIZE, year=2025)
    [web] = free_ports(1)
    config = tmp_path / "gateway.toml"
    with ExitStack() as stack:
        registry = registry_emulator(Registry({sample.school.registry_id: sample}))
        address = stack.enter_context(RunningServer(registry)).url
        config.write_text(
            f'database_url = "{postgres_url.render_as_string(hide_password=False)}"\n'
            f'data_folder = "{tmp_path}"\n[web]\nport = {web}\n[registry]\nurl = "{address}/"\n',
            encoding="utf-8",
        )
        gateway = stack.enter_context(Gateway(read_settings(config, {})))
        gateway.upgrade_database()
        gateway.add_school(sample.school)
        client = gateway.clients.add(sample.school.id, "journal", WRITING, by="test")
        assert gateway.roster(sample.school.id).run().created > SIZE
        lock = stack.enter_context(DemoFolder(tmp_path).taken())
        server = stack.enter_context(Program(["serve", "--json"], config=config, log=tmp_path / "serve.log", lock=lock))
        server.announcement()
        url = f"http://127.0.0.1:{web}"
        journal = stack.enter_context(JournalSystem(url, client.client_id, client.secret))
        assert journal.post(setup_batch(sample), idempotency_key="set-up").status == 200
        yield Municipal(gateway=gateway, sample=sample, server=server, journal=journal)


def waits_for_the_chain(connection: Connection) -> bool:
    waiting = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return any("audit_head" in query for query in connection.execute(text(waiting)).scalars())


@pytest.mark.postgres
def test_on_postgresql_the_batch_posted_again_is_written_once(municipal: Municipal, postgres_url: URL) -> None:
    school = municipal.sample.school.id
    batch = journal_day(municipal.sample, next(iter(school_days(municipal.sample))))
    before = municipal.counts()
    holder = create_engine(postgres_url)
    with holder.connect() as chain, holder.connect() as watch:
        chain.execute(select(metadata.tables["audit_head"]).with_for_update())
        watching = watch.execution_options(isolation_level="AUTOCOMMIT")
        posted_and_killed(municipal.journal, batch, "day", municipal.server, lambda: waits_for_the_chain(watching))
        chain.rollback()
    holder.dispose()
    assert municipal.counts() == before

    municipal.server.start()
    municipal.server.announcement()
    answers = [municipal.journal.post(batch, idempotency_key="day") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    written = Counter(municipal.counts())
    written.subtract(before)
    assert (written["lesson"], written["mark"]) == (len(batch.lessons), len(batch.marks))
    assert (written["journal_batch"], written["step_run"]) == (1, 1)
    assert written["audit_entry"] == sum(answers[0].content["accepted"].values())
    with municipal.gateway.database.unit(school) as unit:
        assert first_fault(unit.audit.entries(), head=unit.audit.head()) is None
