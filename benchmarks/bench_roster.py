"""Rosters of schools with years of history: 100 000 pupils, 4 500 classes, 1.2 million enrolments, on PostgreSQL.

School by school, read from the sandbox's registry, which is a process of its own; figures of one school are measured
one after the other, so that a busy machine slows all of them. With a key, as in earnest: each record is also kept
sealed as it came.

``roster_apply``: records a second from the snapshot to the commit (matched, planned, stored, applied with links,
movement book and audit chain); bound: the very rows that it wrote, from Python tuples by ``COPY`` into staging and one
``MERGE`` a table. The aim is a ratio of 0.33 and more.

``roster_again``: records a second of a sync that changes nothing; bound: reading alone. The aim is 0.77 and more.
``cpu_ratio`` compares the gateway's own work only: waiting for the registry hides it.

``roster_growth``: ``roster_apply`` over its bound with the fullest tables, beside the same with the emptiest; and
``roster_school`` of one school of 10 000 pupils beside one of 600. The aim is 0.8 to 1.25.

``roster_memory``: the most memory that the gateway's process held in the first load of a school, this program's own
rows included; bound: the aim, 500 MB. It grows with the school: see ``megabytes`` of ``roster_school``.

``roster_pages``: pages of 1 000 users a second of our OneRoster provider at the end of 900 000, beside the first pages.

``--quick`` takes a few schools, one of 1 200 pupils, and 30 000 users.
"""

from __future__ import annotations

import base64
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from figure import Figure
from places import postgres_place
from roster_bound import merge, rows_of
from roster_history import HistoricRosters
from roster_memory import forget_peak, peak_megabytes
from roster_pages import paging
from roster_registry import running_registry

from gateway.bootstrap import Gateway
from gateway.model.ids import SchoolId
from gateway.model.roster import RosterSnapshot, snapshot_counts
from gateway.model.school import School
from gateway.ports.roster import RosterSource
from gateway.settings import RegistrySettings, Settings, StorageSettings

PUPILS, FEW_PUPILS = 100_000, 1200
SCHOOL_SIZE = 600
MANY_IN_ONE, SOME_IN_ONE = 17, 2
"""So many made-up schools are put together in one: 10 200 pupils, 1 200."""
USERS, FEW_USERS = 900_000, 30_000
MEMORY_AIM = 500
_KEY = base64.b64encode(bytes(32)).decode()


@dataclass(kw_only=True, slots=True)
class Watched:
    """A source that notes how long it took to read, in seconds of the clock and of this process's own work."""

    source: RosterSource
    seconds: float = 0.0
    cpu: float = 0.0
    records: int = 0

    def snapshot(self, school: School) -> RosterSnapshot:
        """Read."""
        with stopped() as watch:
            read = self.source.snapshot(school)
        self.seconds, self.cpu = watch.seconds, watch.cpu
        self.records = sum(snapshot_counts(read).values())
        return read


@dataclass(kw_only=True, slots=True)
class Watch:
    """Seconds of the clock, and of this process's own work."""

    seconds: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one school took: seconds of the first load without reading, of its bare rows, of the second sync."""

    records: int
    applied: float
    bare: float
    again: Watch
    reading: Watch
    megabytes: float


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    pupils = FEW_PUPILS if quick else PUPILS
    together = range(1, 1 + (SOME_IN_ONE if quick else MANY_IN_ONE))
    numbers = {_registry_id(number): (number,) for number in range(1, 1 + pupils // SCHOOL_SIZE)}
    with _installation(HistoricRosters(numbers=numbers, pupils=pupils)) as (gateway, bare):
        schools = [_measured(gateway, bare, registry_id) for registry_id in numbers]
    whole = HistoricRosters(numbers={_registry_id(1): together}, pupils=SCHOOL_SIZE * len(together))
    with _installation(whole) as (gateway, bare):
        large = _measured(gateway, bare, _registry_id(1))
    figures = list(_figures(schools, large))
    return [*figures, paging(folder, users=FEW_USERS if quick else USERS)]


@contextmanager
def stopped() -> Iterator[Watch]:
    """Give a watch that is right at the end."""
    watch = Watch()
    began, worked = time.perf_counter(), time.process_time()
    yield watch
    watch.seconds, watch.cpu = time.perf_counter() - began, time.process_time() - worked


def _registry_id(number: int) -> str:
    return f"REG-{number:04d}"


@contextmanager
def _installation(rosters: HistoricRosters) -> Iterator[tuple[Gateway, Gateway]]:
    """Give a gateway before a registry with these rosters, and an empty database of the same shape."""
    with running_registry(rosters) as url, postgres_place(Path()) as (address, bare_address):
        settings = Settings(
            database_url=address, registry=RegistrySettings(url=url), storage=StorageSettings(seal_key=_KEY)
        )
        with Gateway(settings) as gateway, Gateway(Settings(database_url=bare_address)) as bare:
            gateway.upgrade_database()
            bare.upgrade_database()
            gc.freeze()  # as the gateway's command does
            yield gateway, bare


def _measured(gateway: Gateway, bare: Gateway, registry_id: str) -> Measured:
    """Load a school, write its bare rows, sync it again."""
    _say(registry_id)
    school = SchoolId(f"school-{int(registry_id.removeprefix('REG-'))}")
    gateway.add_school(School(id=school, name=f"Школа {registry_id}", registry_id=registry_id))
    sync = gateway.roster(school)
    source = Watched(source=sync.source)
    sync = replace(sync, source=source)
    forget_peak()
    with stopped() as first:
        result = sync.run()
    megabytes = peak_megabytes()
    assert result.created == source.records
    applied = first.seconds - source.seconds
    taken = merge(bare.engine, rows_of(gateway.engine, school))
    with stopped() as again:
        result = sync.run()
    assert result.plan is None
    return Measured(
        records=source.records,
        applied=applied,
        bare=taken,
        again=again,
        reading=Watch(seconds=source.seconds, cpu=source.cpu),
        megabytes=megabytes,
    )


def _figures(schools: Sequence[Measured], large: Measured) -> Iterator[Figure]:
    records = sum(one.records for one in schools)
    again, reading = (Watch(seconds=sum(w.seconds for w in ws), cpu=sum(w.cpu for w in ws)) for ws in _watches(schools))
    yield Figure(
        name="roster_apply",
        value=records / sum(one.applied for one in schools),
        unit="records/s",
        bound=records / sum(one.bare for one in schools),
        peers={"records": records, "schools": len(schools)},
    )
    yield Figure(
        name="roster_again",
        value=records / again.seconds,
        unit="records/s",
        bound=records / reading.seconds,
        peers={"cpu_ratio": reading.cpu / again.cpu},
    )
    few = max(1, len(schools) // 10)
    yield Figure(
        name="roster_growth", value=_over_bound(schools[-few:]), unit="of the bound", bound=_over_bound(schools[:few])
    )
    yield Figure(
        name="roster_school",
        value=_over_bound([large]),
        unit="of the bound",
        bound=_over_bound(schools),
        peers={"records": large.records, "megabytes": large.megabytes},
    )
    yield Figure(name="roster_memory", value=max(one.megabytes for one in schools), unit="MB", bound=MEMORY_AIM)


def _watches(schools: Sequence[Measured]) -> tuple[list[Watch], list[Watch]]:
    return [one.again for one in schools], [one.reading for one in schools]


def _over_bound(schools: Sequence[Measured]) -> float:
    """Return how fast these were loaded, where 1 is the bare rows of the same schools."""
    return sum(one.bare for one in schools) / sum(one.applied for one in schools)


def _say(what: str) -> None:
    print(f"\r{what} … ", end="", file=sys.stderr, flush=True)
