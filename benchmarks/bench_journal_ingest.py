"""Ingest of journal batches into SQLite: the whole flow beside the bare rows.

``value``: facts (lessons, marks, absences, homework) a second through `JournalIntake`, from posted bytes to the commit,
with schema check, rules, audit chain and idempotency. ``bound``: the same facts a second as bare rows through
``executemany`` into tables of the same shape, with one commit a batch and no rule. Both with WAL and full sync.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from figure import Figure
from sqlalchemy import insert, select

from gateway.bootstrap import Gateway
from gateway.model.journal import Batch
from gateway.roster.sync import RosterSync
from gateway.sandbox.journal_system import to_json, to_xml
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import SampleSchool, journal_day, school_days, schools, setup_batch
from gateway.sandbox.server import RunningServer
from gateway.settings import RegistrySettings, Settings
from gateway.storage.tables import journal as tables

DAYS = 10
PUPILS = 600
YEAR = 2025


def measure(folder: Path) -> list[Figure]:
    sample = next(schools(PUPILS, year=YEAR))
    batches = [journal_day(sample, day) for day in islice(school_days(sample), DAYS)]
    facts = sum(len(one.lessons) + len(one.marks) + len(one.absences) + len(one.homework) for one in batches)
    figures = []
    for form, write in (("json", to_json), ("xml", to_xml)):
        with _prepared(folder / f"{form}.db", sample) as gateway:
            seconds = _ingest(gateway, sample, batches, write, form)
            bound = _bare(gateway, folder / f"{form}-bare.db", len(batches))
        figures.append(
            Figure(name=f"journal_ingest_{form}", value=facts / seconds, unit="facts/s", bound=facts / bound)
        )
    return figures


def _prepared(database: Path, sample: SampleSchool) -> Gateway:
    with RunningServer(registry_emulator(Registry({sample.school.registry_id: sample}))) as registry:
        settings = Settings(database_url=f"sqlite:///{database}", registry=RegistrySettings(url=f"{registry.url}/"))
        gateway = Gateway(settings)
        gateway.upgrade_database()
        gateway.add_school(sample.school)
        sync: RosterSync = gateway.roster(sample.school.id)
        assert sync.run().created > 0
    gateway.journal(sample.school.id).accept(
        to_json(setup_batch(sample)), "application/json", "setup", "bench", sample.school.id
    )
    return gateway


def _ingest(
    gateway: Gateway, sample: SampleSchool, batches: Sequence[Batch], write: Callable[[Batch], bytes], form: str
) -> float:
    documents = [write(batch) for batch in batches]
    intake = gateway.journal(sample.school.id)
    started = time.perf_counter()
    for number, document in enumerate(documents):
        answer = intake.accept(document, f"application/{form}", f"day-{number}", "bench", sample.school.id)
        assert not answer.rejected
    return time.perf_counter() - started


def _bare(gateway: Gateway, database: Path, commits: int) -> float:
    """Write the rows that the flow has written, bare, into an empty database of the same shape."""
    with gateway.engine.connect() as connection:
        rows = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in (tables.lesson, tables.mark, tables.absence, tables.homework)
        }
    bare = Gateway(Settings(database_url=f"sqlite:///{database}"), clock=lambda: datetime.now(UTC))
    bare.upgrade_database()
    with bare:
        started = time.perf_counter()
        for part in range(commits):
            with bare.engine.begin() as connection:
                for table, whole in rows.items():
                    if share := whole[part::commits]:
                        connection.execute(insert(table), share)
        return time.perf_counter() - started
