"""Syncs that are killed, raced and overtaken, with real processes on real databases: nothing half-done, nobody lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import URL, func, select

from gateway.model.audit import first_fault
from gateway.model.rollover import Outcome
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, active_rows
from gateway.model.roster_plan import PlanState
from gateway.model.school import School
from gateway.roster.sync import RosterSync
from gateway.storage.tables import metadata
from gateway.storage.tables.people import movement
from tests.rollover_world import Year, year
from tests.roster_life_world import PATIENCE, Life, at_once
from tests.roster_world import TODAY, Moments, database, database_at, roster, without

SAID = roster(40).snapshot()
GONE = without(SAID, *range(1, 6))
ROOT = Path(__file__).parents[2]

DIES = """
import sys
from itertools import count
from sqlalchemy import event
from gateway.storage.engine import open_engine
from tests.roster_life_world import Life
from tests.roster_world import Database, roster, without

engine = open_engine(sys.argv[1])

def wait(_connection, _cursor, sql, *_rest):
    if sys.argv[2] in sql:
        print("inside", flush=True)
        sys.stdin.read()

event.listen(engine, "before_cursor_execute", wait)
Life(base=Database(engine=engine, ids=count(5000))).run(without(roster(40).snapshot(), *range(1, 6)))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Life]:
    if request.param == "sqlite":
        with database(tmp_path) as base:
            yield Life(base=base)
        return
    address: URL = request.getfixturevalue("postgres_url")
    with database_at(address.render_as_string(hide_password=False)) as base:
        yield Life(base=base)


@pytest.fixture
def raced(postgres_url: URL) -> Iterator[Life]:
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        yield Life(base=base)


def rows(life: Life) -> dict[str, int]:
    with life.base.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def chain_is_whole(life: Life) -> bool:
    with life.base.unit() as unit:
        return first_fault(list(unit.audit.entries())) is None


# killed


@pytest.mark.parametrize("at", ["UPDATE pupil", "INSERT INTO step_run"])
def test_a_sync_that_is_killed_inside_its_transaction_has_never_been(life: Life, at: str) -> None:
    life.run(SAID)
    before, counted = life.state(), rows(life)
    address = life.base.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", DIES, address, at], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "inside\n"
        child.kill()
    assert (life.state(), rows(life)) == (before, counted)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(life.run, GONE).result(timeout=PATIENCE)
    assert (done.deactivated, done.held) == (15, 0)
    assert chain_is_whole(life)
    assert life.run(GONE).plan is None


# people


@pytest.mark.postgres
def test_two_who_approve_one_plan_at_once_have_approved_it_once(raced: Life) -> None:
    raced.run(SAID)
    (held,) = raced.run(without(SAID, *range(1, 20))).held_plans
    done = at_once(
        lambda: raced.decisions.approve(held, by="zavuch", reason="left").state,
        lambda: raced.decisions.approve(held, by="director", reason="left").state,
    )
    assert done == [PlanState.APPROVED, PlanState.APPROVED]
    head = raced.decisions.show(held).head
    assert [one.state for one in head.decisions] == [PlanState.APPROVED]
    with raced.base.unit() as unit:
        approvals = [one.record.actor for one in unit.audit.entries() if one.record.action == "approve"]
    assert approvals == [head.decisions[0].by]
    assert len(active_rows(raced.state().rows, TODAY)[RecordKind.PUPIL]) == 40


class Meanwhile:
    """A source during whose reading something else happens."""

    def __init__(self, says: RosterSnapshot, happens: Callable[[], object]) -> None:
        self.says = says
        self.happens = happens

    def snapshot(self, _school: School) -> RosterSnapshot:
        self.happens()
        return self.says


def test_a_plan_that_is_agreed_to_and_taken_back_while_a_sync_reads_is_not_done_again(life: Life) -> None:
    life.run(SAID)
    few = without(SAID, *range(1, 20))
    (held,) = life.run(few).held_plans

    def happens() -> None:
        life.decisions.approve(held, by="zavuch", reason="left")
        life.decisions.apply(held, by="zavuch", reason="left")
        life.reverting.run(held, by="director", reason="they are here")

    sync = replace(life.sync, source=Meanwhile(few, happens))
    assert isinstance(sync, RosterSync)
    result = sync.run()
    assert (result.deactivated, result.held > 0) == (0, True)
    assert len(active_rows(life.state().rows, TODAY)[RecordKind.PUPIL]) == 40
    assert chain_is_whole(life)


# the end of the year


def in_force(state: RosterState) -> int:
    return sum(row["status"] == "active" for row in state.of(RecordKind.PUPIL).values())


@pytest.mark.postgres
def test_a_sync_while_the_year_is_turned_comes_before_or_after_it(postgres_url: URL, tmp_path: Path) -> None:
    with year(tmp_path, postgres_url.render_as_string(hide_password=False)) as school:
        school.settle()
        school.decide(8, Outcome.LEAVES)
        shown = school.roll_over.plan()
        barrier = Barrier(2)

        def turns() -> object:
            barrier.wait()
            return school.roll_over.apply(shown.head.id, by="zavuch", reason="the year ends").state

        sync = replace(
            school.sync, source=Meanwhile(school.source.says, barrier.wait), clock=Moments(now=school.clock.now)
        )
        turned, synced = at_once(turns, sync.run)
        assert turned in {PlanState.APPLIED, "year.rollover_outdated"}
        assert not isinstance(synced, str)
        assert seated(school) == {1} or turned != PlanState.APPLIED
        with school.base.unit() as unit:
            assert first_fault(list(unit.audit.entries())) is None
        assert in_force(school.state()) == 8
        with school.base.engine.connect() as connection:
            entered = connection.execute(select(movement.c.id)).scalars().all()
        assert len(entered) == len(set(entered))


def seated(school: Year) -> set[int]:
    """In how many classes at a time pupils sit who have a place in the new year."""
    first = "2027-09-01"
    places = [
        str(row["pupil"])
        for row in school.state().of(RecordKind.ENROLLMENT).values()
        if str(row["valid_from"]) <= first and (row["valid_to"] is None or str(row["valid_to"]) >= first)
    ]
    return {places.count(one) for one in places}
