"""The roster on a real PostgreSQL: the same rows, and two syncs at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier

import pytest
from sqlalchemy import URL

from gateway.model.audit import first_fault
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows, snapshot_rows
from gateway.model.roster_plan import PlanState
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.roster.decisions import RosterDecisions
from gateway.roster.sync import RosterSync
from tests.roster_world import TODAY, Database, Moments, Told, database_at, place, removing, roster, without

pytestmark = pytest.mark.postgres

SAID = roster(4).snapshot()


@pytest.fixture
def base(postgres_url: URL) -> Iterator[Database]:
    """Put the school into a fresh database."""
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        yield base


@dataclass
class Together:
    """A source whose readers all have their snapshot before any of them goes on."""

    says: RosterSnapshot
    readers: Barrier

    def snapshot(self, _school: School) -> RosterSnapshot:
        self.readers.wait(timeout=60)
        return self.says


def held(base: Database) -> object:
    with base.unit() as unit:
        assert first_fault(unit.audit.entries()) is None
        return active_rows(unit.roster.state().rows, TODAY)


def test_two_syncs_at_once_write_once_and_the_road_goes_on(base: Database) -> None:
    together = Together(says=SAID, readers=Barrier(2))
    both = RosterSync(units=base.units, source=together, clock=Moments(), new_id=base.new_id)
    with ThreadPoolExecutor(max_workers=2) as threads:
        results = [one.result() for one in [threads.submit(both.run), threads.submit(both.run)]]
    assert sorted(result.created for result in results) == [0, 19]
    assert held(base) == active_rows(snapshot_rows(SAID), TODAY)

    said = without(SAID, 1)
    renamed = replace(SAID.pupils[1], name=PersonName(family="Новая", given="Проба"))
    moved = (place(2, 2, until=TODAY), place(2, 1, since=TODAY.replace(day=2)), *said.enrollments[1:])
    told = Told(says=replace(said, pupils=(renamed, *said.pupils[1:]), enrollments=moved))
    strict = Thresholds(percent=0, records=0)
    sync = RosterSync(units=base.units, source=told, clock=Moments(), new_id=base.new_id, rules=removing(strict))
    result = sync.run()
    assert (result.updated, result.transferred, result.held) == (1, 1, 3)
    assert sync.run().held_plan == result.held_plan

    decisions = RosterDecisions(units=base.units, clock=Moments())
    assert result.held_plan is not None
    decisions.approve(result.held_plan, by="zavuch", reason="order 5")
    assert decisions.apply(result.held_plan, by="zavuch", reason="order 5").state is PlanState.APPLIED
    assert held(base) == active_rows(snapshot_rows(told.says), TODAY)
    with base.unit() as unit:
        assert len(unit.roster.listing(RecordKind.PUPIL)) == 4
