"""Locks, absences, shrinking sources and rejected plans over real tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.errors import GatewayError, TransientError
from gateway.errors import Text as Words
from gateway.model.people import Status
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_ladder import Absence
from gateway.model.roster_plan import PlanState
from gateway.model.roster_run import RunOutcome
from gateway.model.roster_source import REGISTRY_RULES, Ladder, Limits, SourceRules, Thresholds
from gateway.roster.decisions import RosterDecisions
from gateway.roster.locks import FieldLocks
from gateway.roster.sync import RosterResult, RosterSync
from gateway.storage.tables.people import movement
from tests.roster_world import (
    Database,
    Moments,
    Told,
    class_of,
    database,
    pupil_of,
    roster,
    teacher,
    without,
)

SAID = roster(4).snapshot()
PUPIL = (RecordKind.PUPIL, (pupil_of(1),))


class World:
    """A school's database, a source, and the flows over them."""

    def __init__(self, base: Database) -> None:
        self.base = base
        self.source = Told(says=SAID)
        self.clock = Moments()
        self.rules: SourceRules = REGISTRY_RULES

    @property
    def sync(self) -> RosterSync:
        return RosterSync(
            units=self.base.units, source=self.source, clock=self.clock, new_id=self.base.new_id, rules=self.rules
        )

    @property
    def locks(self) -> FieldLocks:
        return FieldLocks(units=self.base.units, clock=self.clock, new_id=self.base.new_id)

    def absences(self, source: str | None = None) -> list[Absence]:
        with self.base.unit() as unit:
            return list(unit.roster_absences.all(source=source))

    @property
    def decisions(self) -> RosterDecisions:
        return RosterDecisions(units=self.base.units, clock=self.clock)

    def run(self, said: RosterSnapshot | None = None) -> RosterResult:
        self.source.says = said or self.source.says
        return self.sync.run()

    def held(self, kind: RecordKind = PUPIL[0], key: tuple[str, ...] = PUPIL[1]) -> dict[str, object]:
        with self.base.unit() as unit:
            return dict(unit.roster.state().of(kind)[key])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with database(tmp_path) as base:
        made = World(base)
        made.run()
        yield made


def test_a_value_the_school_sets_survives_until_it_is_given_free(world: World) -> None:
    world.locks.lock(*PUPIL, "family", value="Школьная", by="zavuch", reason="passport seen", role="deputy")
    result = world.run()
    assert (result.updated, result.warnings) == (0, 1)
    assert world.held()["family"] == "Школьная"
    (lock,) = world.locks.all()
    assert (lock.field, lock.locked_by) == ("family", "zavuch")
    with world.base.unit() as unit:
        actions = [entry.record.action for entry in unit.audit.entries()][-2:]
    assert actions == ["update", "lock"]
    world.locks.unlock(*PUPIL, "family", by="zavuch", reason="mended there")
    assert world.run().updated == 1
    assert world.held()["family"] == "Тестова"
    assert world.locks.all() == []


def test_the_same_remark_makes_no_new_plan_every_night(world: World) -> None:
    world.locks.lock(*PUPIL, "family", value="Школьная", by="zavuch", reason="passport seen")
    first = world.run().plan
    assert first is not None
    assert world.decisions.show(first).plan.warnings[0].kept == "Школьная"
    assert world.run().plan is None


def test_suspending_by_hand_is_entered_in_the_movement_book(world: World) -> None:
    world.locks.lock(*PUPIL, "status", value="suspended", by="zavuch", reason="order 7")
    with world.base.engine.connect() as connection:
        kinds = connection.execute(select(movement.c.kind).where(movement.c.pupil_id == pupil_of(1))).scalars().all()
    assert sorted(kinds) == ["admission", "departure"]
    world.run()
    assert world.held()["status"] == Status.SUSPENDED


@pytest.mark.parametrize(
    ("kind", "key", "field", "value", "code"),
    [
        (RecordKind.PUPIL, ("nobody",), "family", None, "roster.record_unknown"),
        (*PUPIL, "source_id", None, "roster.lock_field"),
        (*PUPIL, "shoe_size", None, "roster.lock_field"),
        (*PUPIL, "birth_date", "soon", "roster.lock_value"),
        (RecordKind.CLASS, (class_of(1),), "class_teacher", "nobody", "roster.lock_value"),
    ],
)
def test_a_lock_that_means_nothing_is_refused_and_nothing_changes(
    world: World, kind: RecordKind, key: tuple[str, ...], field: str, value: str | None, code: str
) -> None:
    with pytest.raises(GatewayError) as refused:
        world.locks.lock(kind, key, field, value=value, by="zavuch", reason="why")
    assert refused.value.code == code
    assert world.locks.all() == []
    assert world.run().plan is None


def test_a_field_that_is_not_locked_cannot_be_given_free(world: World) -> None:
    with pytest.raises(GatewayError) as refused:
        world.locks.unlock(*PUPIL, "family", by="zavuch", reason="why")
    assert refused.value.code == "roster.lock_unknown"


def test_a_class_teacher_of_the_schools_choice(world: World) -> None:
    world.run(replace(SAID, staff=(*SAID.staff, teacher(2))))
    key = (class_of(1),)
    world.locks.lock(RecordKind.CLASS, key, "class_teacher", value=teacher(2).id, by="director", reason="order 9")
    assert world.run().updated == 0
    assert world.held(RecordKind.CLASS, key)["class_teacher"] == teacher(2).id


def test_the_ladder_over_nights(world: World) -> None:
    world.rules = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=2, archive_after=10))
    seen = []
    for _ in range(14):
        result = world.run(without(SAID, 1))
        seen.append((result.deactivated, result.archived, world.held()["status"]))
        world.clock.now += timedelta(days=1)
    suspended, archived = Status.SUSPENDED, Status.ARCHIVED
    assert [one[2] for one in seen] == ["active"] * 2 + [suspended] * 11 + [archived]
    assert sum(one[0] for one in seen) == 3
    assert sum(one[1] for one in seen) == 1
    assert world.run(SAID).reactivated == 3
    assert world.held()["status"] == Status.ACTIVE
    assert world.absences() == []


def test_who_is_missing_is_listed_while_they_wait(world: World) -> None:
    world.rules = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=5))
    result = world.run(without(SAID, 1))
    assert (result.plan, result.missing) == (None, 3)
    world.clock.now += timedelta(days=1)
    world.run()
    absences = world.absences("registry")
    assert {(one.kind, one.times) for one in absences} == {
        (RecordKind.PUPIL, 2), (RecordKind.GUARDIANSHIP, 2), (RecordKind.ENROLLMENT, 2)
    }  # fmt: skip
    assert world.absences("lists") == []


def test_a_source_that_shrinks_below_half_removes_nobody_until_a_person_accepts_it(world: World) -> None:
    result = world.run(without(SAID, 1, 2, 3))
    assert (result.deactivated, result.complete, result.held_plans) == (0, False, ())
    with world.base.unit() as unit:
        run = unit.roster_runs.newest()[0]
    assert "4" in run.doubts[0].ru
    with world.base.unit() as unit:
        unit.roster_runs.accept(run.id, by="zavuch", at=world.clock())
    assert world.run().held == 9


def test_nothing_at_all_removes_nobody(world: World) -> None:
    result = world.run(RosterSnapshot(source="registry", school=SAID.school))
    assert (result.deactivated, result.held_plans, result.complete) == (0, (), False)


def test_what_a_person_rejected_is_not_asked_again_every_night(world: World) -> None:
    nothing = Thresholds(percent=0, records=0)
    world.rules = replace(REGISTRY_RULES, limits=Limits.everywhere(removals=nothing), plan_days=5)
    held = world.run(without(SAID, 1)).held_plan
    assert held is not None
    world.decisions.reject(held, by="zavuch", reason="the registry is wrong")
    assert world.run().held_plan is None
    assert world.decisions.show(held).head.state is PlanState.REJECTED
    world.clock.now += timedelta(days=6)
    assert world.run().held_plan not in {None, held}


def test_removals_and_updates_wait_apart(world: World) -> None:
    nothing = Thresholds(percent=0, records=0)
    world.rules = replace(REGISTRY_RULES, limits=Limits.everywhere(removals=nothing, updates=nothing))
    everybody = tuple(replace(one, name=replace(one.name, patronymic="")) for one in SAID.pupils)
    result = world.run(without(replace(SAID, pupils=everybody), 1))
    removals, updates = result.held_plans
    world.decisions.approve(updates, by="zavuch", reason="true")
    world.decisions.apply(updates, by="zavuch", reason="true")
    assert world.run().held_plans == (removals,)
    assert world.held()["status"] == Status.ACTIVE


def test_a_source_that_does_not_answer_leaves_a_failed_run_and_nothing_else(world: World) -> None:
    world.source.failure = TransientError("platform.timeout", Words(ru="Нет ответа.", en="No answer."))
    with pytest.raises(TransientError):
        world.run()
    with world.base.unit() as unit:
        run = unit.roster_runs.newest()[0]
    assert (run.outcome, run.error) == (RunOutcome.FAILED, "platform.timeout")
    assert world.held()["status"] == Status.ACTIVE
