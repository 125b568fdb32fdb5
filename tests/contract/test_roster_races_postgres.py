"""Two people, two syncs, two sources at once on a real PostgreSQL: one after the other, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import URL, func, select

from gateway.mapping.registry import pupil_id
from gateway.model.audit import AuditEntry, first_fault
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_plan import PlanState
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.roster.sync import RosterSync
from gateway.storage.tables.people import movement
from tests.roster_life_world import Life, at_once
from tests.roster_world import SCHOOL, TODAY, database_at, removing, roster, without

pytestmark = pytest.mark.postgres

SAID = roster(40).snapshot()
AT_ONCE = 4


@pytest.fixture
def life(postgres_url: URL) -> Iterator[Life]:
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        yield Life(base=base)


def held(life: Life) -> str:
    life.run(SAID)
    plan = life.run(without(SAID, *range(1, 20))).held_plan
    assert plan is not None
    return plan


def lines(life: Life) -> int:
    with life.base.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(movement)).scalar_one()


def test_of_people_who_apply_a_plan_at_once_one_does(life: Life) -> None:
    plan = held(life)
    life.decisions.approve(plan, by="zavuch", reason="left")
    before = lines(life)
    done = at_once(*[lambda: life.decisions.apply(plan, by="zavuch", reason="left").state] * AT_ONCE)
    assert sorted(map(str, done)) == ["applied", *["roster.plan_closed"] * (AT_ONCE - 1)]
    assert lines(life) - before == len(range(1, 20))
    with life.base.unit() as unit:
        assert first_fault(list(unit.audit.entries())) is None


def test_who_approves_while_another_rejects_is_first_or_late(life: Life) -> None:
    plan = held(life)
    at_once(
        lambda: life.decisions.approve(plan, by="zavuch", reason="left").state,
        lambda: life.decisions.reject(plan, by="director", reason="here").state,
    )
    state = life.decisions.show(plan).head.state
    assert state is PlanState.REJECTED
    assert at_once(lambda: life.decisions.apply(plan, by="zavuch", reason="left")) == ["roster.plan_closed"]


def test_a_plan_is_taken_back_once_however_many_ask(life: Life) -> None:
    life.run(SAID)
    before = life.state()
    plan = life.applied(without(SAID, 1))
    done = at_once(*[lambda: life.reverting.run(plan, by="zavuch", reason="here").head.state] * AT_ONCE)
    assert sorted(map(str, done)) == ["reverted", *["roster.plan_not_applied"] * (AT_ONCE - 1)]
    assert life.state() == before


class Together:
    """A source that answers when all who ask have asked."""

    def __init__(self, says: RosterSnapshot, barrier: Barrier) -> None:
        self.says = says
        self.barrier = barrier

    def snapshot(self, _school: School) -> RosterSnapshot:
        self.barrier.wait()
        return self.says


def test_two_syncs_at_once_bring_everybody_in_once_and_remove_nobody(life: Life) -> None:
    barrier = Barrier(2)
    other = replace(
        SAID,
        source="other",
        pupils=tuple(replace(one, id=pupil_id(SCHOOL.id, f"O-{one.source_id}")) for one in SAID.pupils[:1]),
        guardians=(),
        guardianships=(),
        enrollments=(),
        staff=(),
        classes=(),
    )

    def sync(says: RosterSnapshot) -> RosterSync:
        rules = replace(removing(Thresholds()), name=says.source)
        return RosterSync(
            units=life.base.units,
            source=Together(says, barrier),
            clock=life.clock,
            new_id=life.base.new_id,
            rules=rules,
        )

    at_once(sync(SAID).run, sync(other).run)
    life.run(SAID)
    in_force = active_rows(life.state().rows, TODAY)
    assert {fields["source_id"] for fields in in_force[RecordKind.PUPIL].values()} >= {
        one.source_id for one in SAID.pupils
    }
    removed = at_once(sync(SAID).run, sync(without(SAID, 1)).run)
    assert sum(getattr(one, "deactivated", 0) for one in removed) in {0, 3}
    assert first_fault(audit(life)) is None


def audit(life: Life) -> list[AuditEntry]:
    with life.base.unit() as unit:
        return list(unit.audit.entries())
