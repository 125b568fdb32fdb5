"""The road in over real tables: synced, held, decided, killed in the middle."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select

from gateway.errors import Fault, GatewayError, Rejected, RuleViolation, Text, TransientError
from gateway.model.audit import first_fault
from gateway.model.ids import SchoolId
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows, snapshot_rows
from gateway.model.roster_plan import PlanState
from gateway.model.roster_quarantine import without_raw
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.model.steps import Step, StepOutcome
from gateway.roster.decisions import RosterDecisions
from gateway.roster.sync import RosterResult, RosterSync
from gateway.storage.roster import SqlRoster
from gateway.storage.schools import SqlSchools
from gateway.storage.tables.people import movement, roster_plan
from tests.roster_world import (
    SCHOOL,
    TODAY,
    UNPROVED,
    Database,
    Moments,
    Told,
    class_of,
    database,
    place,
    pupil,
    pupil_of,
    removing,
    roster,
    without,
)

SAID = roster(4).snapshot()
REJECTED = Rejected(
    record="P-9",
    kind="pupil",
    faults=(Fault(code="roster.snils", text=Text(ru="Не сходится.", en="Wrong."), line=7, field="snils"),),
    raw="<Pupil/>",
)


class World:
    """A school's database, a source, and the flows over them."""

    def __init__(self, base: Database) -> None:
        self.base = base
        self.source = Told(says=SAID)
        self.clock = Moments()
        self.thresholds = Thresholds()

    @property
    def sync(self) -> RosterSync:
        return RosterSync(
            units=self.base.units,
            source=self.source,
            clock=self.clock,
            new_id=self.base.new_id,
            rules=removing(self.thresholds),
        )

    @property
    def decisions(self) -> RosterDecisions:
        return RosterDecisions(units=self.base.units, clock=self.clock)

    def run(self, said: RosterSnapshot | None = None) -> RosterResult:
        self.source.says = said or self.source.says
        return self.sync.run()

    def says_what_is_said(self) -> bool:
        with self.base.unit() as unit:
            held = active_rows(unit.roster.state().rows, TODAY)
        return held == active_rows(snapshot_rows(self.source.says), TODAY)

    def counts(self) -> tuple[int, int, int]:
        """Audit entries, entries of the movement book, plans."""
        with self.base.unit() as unit:
            entries = list(unit.audit.entries())
        assert first_fault(entries) is None
        with self.base.engine.connect() as connection:
            return len(entries), _count(connection, movement), _count(connection, roster_plan)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with database(tmp_path) as base:
        yield World(base)


def test_the_first_sync_brings_everybody_in(world: World) -> None:
    result = world.sync.run(message="message-1")
    assert (result.created, result.updated, result.deactivated, result.rejected) == (19, 0, 0, 0)
    assert world.says_what_is_said()
    assert world.counts() == (19, 4, 1)
    with world.base.unit() as unit:
        run = unit.steps.last(Step.ROSTER_IN)
    assert run is not None
    assert (run.outcome, run.message, run.summary["created"]) == (StepOutcome.OK, "message-1", 19)
    (head,) = world.decisions.plans()
    assert (head.state, head.decided_by) == (PlanState.APPLIED, "registry")


def test_a_second_sync_changes_nothing_but_is_on_record(world: World) -> None:
    world.run()
    before = world.counts()
    result = world.run()
    assert (result.created, result.plan) == (0, None)
    assert world.counts() == before
    with world.base.unit() as unit:
        assert len(unit.steps.recent()) == 2


def test_every_change_is_audited_with_old_and_new(world: World) -> None:
    world.run()
    married = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Проба", patronymic="Примеровна"))
    result = world.run(replace(SAID, pupils=(married, *SAID.pupils[1:])))
    assert result.updated == 1
    with world.base.unit() as unit:
        last = list(unit.audit.entries())[-1].record
    assert (last.actor, last.role, last.channel, last.action) == ("registry", "system", "roster", "update")
    assert (last.object_kind, last.object_id) == ("pupil", pupil_of(1))
    assert (last.old, last.new) == ({"family": "Тестова"}, {"family": "Новая"})
    assert result.plan is not None
    assert result.plan in last.reason


def test_a_departure_and_a_transfer_reach_tables_and_book(world: World) -> None:
    world.run()
    moved = (place(2, 2, until=date(2026, 9, 20)), place(2, 1, since=date(2026, 9, 21)))
    said = without(SAID, 1)
    result = world.run(replace(said, enrollments=(*moved, *said.enrollments[1:])))
    assert (result.deactivated, result.transferred) == (3, 1)
    assert world.says_what_is_said()
    with world.base.engine.connect() as connection:
        rows = connection.execute(select(movement).where(movement.c.plan_id == result.plan)).mappings().all()
    assert {(row["kind"], row["pupil_id"], row["to_class_id"]) for row in rows} == {
        ("departure", pupil_of(1), None),
        ("class_transfer", pupil_of(2), class_of(1)),
    }
    assert world.run(SAID).reactivated == 3


def test_an_unproved_snapshot_adds_and_removes_nobody(world: World) -> None:
    world.run()
    said = without(SAID, 1)
    result = world.run(replace(said, pupils=(*said.pupils, pupil(9)), doubts=UNPROVED))
    assert (result.created, result.deactivated, result.complete) == (1, 0, False)
    assert world.decisions.plans()[0].doubts == UNPROVED


def test_too_many_removals_wait_for_a_person_and_the_rest_flows(world: World) -> None:
    world.run()
    world.thresholds = Thresholds(percent=0, records=1)
    said = without(SAID, 1, 2)
    result = world.run(replace(said, pupils=(*said.pupils, pupil(9))))
    assert (result.created, result.deactivated, result.held) == (1, 0, 6)
    with world.base.unit() as unit:
        run = unit.steps.last(Step.ROSTER_IN)
        assert unit.roster.state().of(RecordKind.PUPIL)[(pupil_of(1),)]["status"] == "active"
    assert run is not None
    assert run.outcome is StepOutcome.HELD
    assert result.held_plan is not None

    again = world.run()
    assert (again.plan, again.held_plan) == (None, result.held_plan)

    with pytest.raises(RuleViolation) as refused:
        world.decisions.apply(result.held_plan, by="zavuch", reason="order 5")
    assert refused.value.code == "roster.plan_held"
    head = world.decisions.approve(result.held_plan, by="zavuch", reason="order 5", role="deputy")
    assert head.state is PlanState.APPROVED
    head = world.decisions.apply(result.held_plan, by="zavuch", reason="order 5", role="deputy")
    assert (head.state, head.decided_by) == (PlanState.APPLIED, "zavuch")
    assert world.says_what_is_said()
    with world.base.unit() as unit:
        records = [entry.record for entry in unit.audit.entries()][-7:]
    assert {(one.actor, one.role) for one in records} == {("zavuch", "deputy")}
    assert [one.action for one in records] == ["approve", *["deactivate"] * 6]
    assert all("order 5" in one.reason for one in records)


def test_an_approval_outlives_the_night(world: World) -> None:
    """The same removals seen on the next day are the same plan, dated by the day on which they were first seen."""
    world.run()
    world.thresholds = Thresholds(percent=0, records=0)
    held = world.run(without(SAID, 1)).held_plan
    assert held is not None
    world.decisions.approve(held, by="zavuch", reason="order 5")
    world.clock.now += timedelta(days=1)
    assert world.run().held_plan == held
    assert world.decisions.show(held).head.state is PlanState.APPROVED
    world.decisions.apply(held, by="zavuch", reason="order 5")
    with world.base.unit() as unit:
        place_left = unit.roster.state().of(RecordKind.ENROLLMENT)[pupil_of(1), class_of(1), "2026-09-01"]
    assert place_left["valid_to"] == (TODAY - timedelta(days=1)).isoformat()
    assert world.run().held_plan is None


def test_a_newer_plan_supersedes_one_that_waits(world: World) -> None:
    world.run()
    world.thresholds = Thresholds(percent=0, records=0)
    held = world.run(without(SAID, 1)).held_plan
    assert held is not None
    world.run(SAID)
    assert world.decisions.show(held).head.state is PlanState.SUPERSEDED
    with pytest.raises(GatewayError) as refused:
        world.decisions.apply(held, by="zavuch", reason="late")
    assert refused.value.code == "roster.plan_closed"


def test_a_plan_may_be_looked_at_before_it_is_applied(world: World) -> None:
    (head,) = world.sync.plan()
    assert (head.state, world.counts()) == (PlanState.PROPOSED, (0, 0, 1))
    shown = world.decisions.show(head.id)
    assert len(shown.plan.changes) == 19
    assert world.sync.plan() == (head,)
    world.decisions.apply(head.id, by="koord", reason="begin")
    assert world.says_what_is_said()
    assert world.sync.plan() == ()


def test_a_plan_whose_records_changed_meanwhile_is_refused(world: World) -> None:
    world.run()
    married = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Проба"))
    world.source.says = replace(SAID, pupils=(married, *SAID.pupils[1:]))
    (head,) = world.sync.plan()
    with world.base.unit() as unit:
        unit.roster.decide(head.id, PlanState.SUPERSEDED, by="test", at=world.clock())
    world.run()
    with world.base.unit() as unit:
        unit.roster.decide(head.id, PlanState.PROPOSED, by="test", at=world.clock())
    before = world.counts()
    with pytest.raises(GatewayError) as refused:
        world.decisions.apply(head.id, by="koord", reason="late")
    assert refused.value.code == "roster.plan_outdated"
    assert world.counts() == before


def test_the_plan_that_was_shown_is_the_one_a_sync_applies(world: World) -> None:
    (head,) = world.sync.plan()
    assert world.run().plan == head.id
    assert world.counts()[2] == 1


def test_a_plan_shown_earlier_does_not_hide_what_was_rejected_since(world: World) -> None:
    (head,) = world.sync.plan()
    result = world.run(replace(SAID, rejected=(REJECTED,)))
    assert result.plan is not None
    assert result.plan != head.id
    assert world.decisions.show(result.plan).plan.rejected == without_raw((REJECTED,))
    assert world.decisions.show(head.id).head.state is PlanState.SUPERSEDED


def test_an_unknown_plan_is_told(world: World) -> None:
    with pytest.raises(GatewayError) as refused:
        world.decisions.show("id-none")
    assert refused.value.code == "roster.plan_unknown"


def test_rejected_records_are_kept_once_with_reason_and_raw_form(world: World) -> None:
    said = replace(SAID, rejected=(REJECTED,))
    result = world.run(said)
    assert result.rejected == 1
    assert result.plan is not None
    assert world.decisions.show(result.plan).plan.rejected == without_raw((REJECTED,))
    assert world.run().plan is None
    other = world.run(replace(SAID, rejected=(replace(REJECTED, record="P-10"),)))
    assert other.plan is not None
    assert world.counts()[2] == 2


def test_a_failing_source_changes_nothing(world: World) -> None:
    world.source.failure = TransientError("platform.timeout", Text(ru="Нет ответа.", en="No answer."))
    with pytest.raises(TransientError):
        world.run()
    assert world.counts() == (0, 0, 0)


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO roster_plan", "INSERT INTO pupil", "INSERT INTO movement", "INSERT INTO audit_entry",
     "UPDATE roster_plan", "INSERT INTO step_run"],
)  # fmt: skip
def test_killed_at_any_seam_nothing_is_half_written(world: World, statement: str) -> None:
    with world.base.dying_at(statement), pytest.raises(KeyboardInterrupt):
        world.run()
    assert world.counts() == (0, 0, 0)
    assert world.run().created == 19
    assert world.says_what_is_said()


def test_a_school_nobody_added_is_told(world: World) -> None:
    with world.base.engine.connect() as connection, pytest.raises(GatewayError) as refused:
        SqlRoster(connection, SchoolId("school-2")).school()
    assert refused.value.code == "school.unknown"


def test_the_days_of_a_plan_are_the_schools(world: World) -> None:
    """At 22:30 UTC it is tomorrow already in Moscow."""
    world.run()
    world.clock.now = world.clock.now.replace(hour=22, minute=30)
    world.run(without(SAID, 1))
    with world.base.engine.connect() as connection:
        left = connection.execute(select(movement.c.happened_on).where(movement.c.kind == "departure")).scalar_one()
    assert left == TODAY + timedelta(days=1)


def test_lists_are_paged_by_id(world: World) -> None:
    world.run()
    world.run(without(SAID, 1))
    with world.base.unit() as unit:
        first = unit.roster.listing(RecordKind.PUPIL, limit=3)
        rest = unit.roster.listing(RecordKind.PUPIL, after=first[-1].id)
        classes = unit.roster.listing(RecordKind.CLASS)
        staff = unit.roster.listing(RecordKind.STAFF)
    pupils = {one.source_id: one for one in [*first, *rest]}
    assert sorted(pupils) == ["P-1", "P-2", "P-3", "P-4"]
    assert (pupils["P-1"].active, pupils["P-1"].school_class) == (False, None)
    assert (pupils["P-2"].active, pupils["P-2"].school_class) == (True, class_of(2))
    assert pupils["P-2"].name == "Тестова Проба Примеровна"
    assert "Тестова" not in repr(pupils["P-2"])
    assert sorted(one.name for one in classes) == ["5А", "5Б"]
    assert [one.name for one in staff] == ["Учебный Учитель Образцович"]


def test_schools_are_added_once(world: World) -> None:
    with world.base.engine.begin() as connection:
        schools = SqlSchools(connection)
        assert schools.add(SCHOOL) is False
        other = School(id=SchoolId("school-2"), name="Школа № 102", registry_id="REG-0002", zone="Asia/Omsk")
        assert schools.add(other) is True
        assert schools.all() == [SCHOOL, other]
        assert schools.get(other.id) == other
        assert schools.get(SchoolId("school-3")) is None
        with pytest.raises(GatewayError) as refused:
            schools.add(School(id=SchoolId("school-3"), name="Школа № 103", registry_id="REG-0002"))
    assert refused.value.code == "school.taken"
