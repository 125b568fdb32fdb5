"""Ingest of one school day of 100 schools (60 000 pupils) by one batch a school, beside the bare rows.

``value``: records of the day a second through `JournalIntake`, from posted bytes to the commit, with schema check,
rules, audit chain and idempotency. ``bound``: as many records a second if the very rows that the flow has written, a
row of the record and a row of its audit entry each, go from a list of Python tuples into empty tables of the same
shape and with the same indices, with no parsing, no rule and no hash: by ``executemany`` on SQLite, by ``COPY`` on
PostgreSQL, where ``executemany`` stands beside it as a peer. Everything with one commit a school, and synced.
The forms have a day of the same schools each. ``--quick`` takes three schools; ``peers`` tells how many schools and
facts there were.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from figure import Figure
from places import PLACES
from sqlalchemy import Engine

from gateway.bootstrap import Gateway
from gateway.journal.intake import Sender
from gateway.model.access import Scope
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey, RecordKind, key_of, records_of
from gateway.sandbox.journal_system import to_json, to_xml
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import SampleSchool, journal_day, school_days, schools, setup_batch
from gateway.sandbox.server import RunningServer
from gateway.settings import RegistrySettings, Settings
from gateway.storage.journal_rows import TABLES
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.records import RECORD_TABLES

PUPILS = 60_000
FEW_PUPILS = 1800
YEAR = 2025
FORMS: Mapping[str, Callable[[Batch], bytes]] = {"json": to_json, "xml": to_xml}


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One school's day that was taken in: its records' keys, and the last audit entry before it."""

    school: SchoolId
    keys: Mapping[RecordKind, set[RecordKey]]
    since: int


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    figures = []
    samples = list(schools(FEW_PUPILS if quick else PUPILS, year=YEAR))
    for database, place in PLACES.items():
        here = folder / database
        here.mkdir()
        with place(here) as (address, bare_address), _gateway(address, samples) as gateway:
            gc.freeze()  # as the gateway's command does; the sample schools are no part of what is measured
            for number, form in enumerate(FORMS):
                days, seconds = _ingest(gateway, samples, form, number)
                bare = _bare(gateway, bare_address, days)
                facts = sum(len(keys) for day in days for keys in day.keys.values())
                (_, bound), *others = ((way, facts / taken) for way, taken in bare.items())
                figures.append(
                    Figure(
                        name=f"journal_ingest_{database}_{form}",
                        value=facts / seconds,
                        unit="facts/s",
                        bound=bound,
                        peers={**dict(others), "schools": len(days), "facts": facts},
                    )
                )
    return figures


def _gateway(address: str, samples: list[SampleSchool]) -> Gateway:
    with RunningServer(registry_emulator(Registry({one.school.registry_id: one for one in samples}))) as registry:
        gateway = Gateway(Settings(database_url=address, registry=RegistrySettings(url=f"{registry.url}/")))
        gateway.upgrade_database()
        for number, sample in enumerate(samples, start=1):
            _say(f"set up school {number} of {len(samples)}")
            gateway.add_school(sample.school)
            assert gateway.roster(sample.school.id).run().created > 0
            answer = _post(gateway, sample, to_json(setup_batch(sample)), "json", "set-up")
            assert not answer.rejected
    return gateway


def _ingest(gateway: Gateway, samples: list[SampleSchool], form: str, number: int) -> tuple[list[Day], float]:
    """Post a day of every school: day ``number`` of its year, from 0. Return the days, and the seconds it took."""
    days, seconds = [], 0.0
    for place, sample in enumerate(samples, start=1):
        _say(f"{form}: school {place} of {len(samples)}, {seconds:.0f} s")
        school = sample.school.id
        batch = journal_day(sample, next(islice(school_days(sample), number, None)))
        content = FORMS[form](batch)
        with gateway.database.reading(school) as unit:
            since, _ = unit.audit.head()
        keys = {
            kind: {key_of(record) for record in records} for kind in RecordKind if (records := records_of(batch, kind))
        }
        started = time.perf_counter()
        answer = _post(gateway, sample, content, form, f"day {number}")
        seconds += time.perf_counter() - started
        assert not answer.rejected
        days.append(Day(school=school, keys=keys, since=since))
    return days, seconds


def _post(gateway: Gateway, sample: SampleSchool, content: bytes, form: str, key: str) -> Any:
    school = sample.school.id
    return gateway.journal(school).accept(
        content, f"application/{form}", key, Sender(client="bench", school=school, scopes=frozenset(Scope))
    )


def _bare(gateway: Gateway, address: str, days: list[Day]) -> Mapping[str, float]:
    """Write the rows of the records and of their audit entries into empty tables, a school a commit; seconds by way."""
    ways = WAYS[gateway.engine.dialect.name]
    seconds = dict.fromkeys(ways, 0.0)
    with Gateway(Settings(database_url=address)) as bare:
        bare.upgrade_database()
        for way, write in ways.items():
            for number, day in enumerate(days, start=1):
                _say(f"bare rows, {way}: school {number} of {len(days)}")
                rows = _rows_of(gateway.engine, day)
                started = time.perf_counter()
                with bare.engine.begin() as connection:
                    for name, found in rows.items():
                        write(connection.connection, name, found)
                seconds[way] += time.perf_counter() - started
            with bare.engine.begin() as connection:
                for name in {*(RECORD_TABLES[kind].name for kind in RecordKind), audit_entry.name}:
                    connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
    return seconds


def _rows_of(source: Engine, day: Day) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a day has written, as the driver gives it; JSON as the text it came as."""
    rows = {}
    with source.connect() as connection:
        for kind, keys in day.keys.items():
            home = TABLES[kind]
            statement = f"SELECT * FROM {home.table.name} WHERE school_id = '{day.school}'"  # noqa: S608
            raw = connection.exec_driver_sql(statement).mappings()
            rows[home.table.name] = [tuple(map(_as_sent, row.values())) for row in raw if home.key_of_row(row) in keys]
            assert len(rows[home.table.name]) == len(keys)
        statement = f"SELECT * FROM audit_entry WHERE school_id = '{day.school}' AND sequence > {day.since}"  # noqa: S608
        rows[audit_entry.name] = [tuple(map(_as_sent, row)) for row in connection.exec_driver_sql(statement)]
    return rows


def _as_sent(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _executed(driver: Any, name: str, rows: list[tuple[Any, ...]]) -> None:
    mark = "?" if isinstance(driver.driver_connection, sqlite3.Connection) else "%s"
    marks = ", ".join([mark] * len(rows[0]))
    driver.cursor().executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608


def _copied(driver: Any, name: str, rows: list[tuple[Any, ...]]) -> None:
    with driver.cursor().copy(f"COPY {name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


WAYS: Mapping[str, Mapping[str, Callable[[Any, str, list[tuple[Any, ...]]], None]]] = {
    "sqlite": {"executemany": _executed},
    "postgresql": {"COPY": _copied, "executemany": _executed},
}
"""How the bare rows are written; the first way is the bound."""


def _say(what: str) -> None:
    print(f"\r{what} … ", end="", file=sys.stderr, flush=True)
