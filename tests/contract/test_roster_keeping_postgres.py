"""Locks, absences and the ladder on a real PostgreSQL, with more rows than go one by one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import URL

from gateway.model.ids import SchoolId
from gateway.model.people import Status
from gateway.model.roster import RecordKind
from gateway.model.roster_ladder import Absence
from gateway.model.roster_source import REGISTRY_RULES, Ladder
from gateway.roster.locks import FieldLocks
from gateway.roster.sync import RosterSync
from gateway.storage.roster_keeping import SqlRosterAbsences
from tests.roster_world import TODAY, Database, Moments, Told, database_at, pupil_of, roster, without

pytestmark = pytest.mark.postgres

SAID = roster(4).snapshot()
MANY = 300


@pytest.fixture
def base(postgres_url: URL) -> Iterator[Database]:
    """Put the school into a fresh database."""
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        yield base


def test_the_ladder_and_a_lock_over_some_nights(base: Database) -> None:
    told, clock = Told(says=SAID), Moments()
    rules = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=1, archive_after=1))
    sync = RosterSync(units=base.units, source=told, clock=clock, new_id=base.new_id, rules=rules)
    sync.run()
    locks = FieldLocks(units=base.units, clock=clock, new_id=base.new_id)
    locks.lock(RecordKind.PUPIL, (pupil_of(2),), "family", value="Школьная", by="zavuch", reason="passport")
    told.says = without(SAID, 1)
    seen = []
    for _ in range(4):
        sync.run()
        with base.unit() as unit:
            pupils = unit.roster.state().of(RecordKind.PUPIL)
        seen.append(pupils[pupil_of(1),]["status"])
        clock.now += timedelta(days=1)
    assert seen == [Status.ACTIVE, Status.SUSPENDED, Status.SUSPENDED, Status.ARCHIVED]
    assert pupils[pupil_of(2),]["family"] == "Школьная"


def test_absences_are_kept_by_source_and_only_what_differs_is_written(base: Database) -> None:
    def absences(number: int, source: str) -> list[Absence]:
        return [
            Absence(source=source, kind=RecordKind.PUPIL, key=(pupil_of(one),), since=TODAY) for one in range(number)
        ]

    with base.unit() as unit:
        unit.roster_absences.keep("registry", absences(MANY, "registry"))
        unit.roster_absences.keep("lists", absences(2, "lists"))
        unit.roster_absences.keep("registry", [replace(one, times=2) for one in absences(MANY - 1, "registry")])
        kept = unit.roster_absences.all(source="registry")
        assert {one.times for one in kept} == {2}
        assert (len(kept), len(unit.roster_absences.all())) == (MANY - 1, MANY + 1)
    with base.engine.connect() as connection:
        assert SqlRosterAbsences(connection, SchoolId("school-2")).all() == []
