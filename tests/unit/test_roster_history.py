"""Runs, their measure, and what becomes of plans that wait: rejected with a reason, left to expire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.errors import Fault, GatewayError, Rejected, Text, TransientError
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanState
from gateway.model.roster_run import RunOutcome
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.roster.refresh import OneRecord
from gateway.roster.sync import RosterSync
from gateway.storage.tables.people import roster_plan
from tests.roster_life_world import SAID, Life
from tests.roster_world import SCHOOL, UNPROVED, database, pupil, pupil_of, without

STRICT = Thresholds(percent=0, records=0)
BAD = Rejected(
    record="P-9",
    kind="pupil",
    faults=(Fault(code="roster.snils", text=Text(ru="Не сходится.", en="Wrong.")),),
    raw="<Pupil><family>Тестова</family></Pupil>",
)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def accepted(life: Life) -> object:
    with life.base.unit() as unit:
        return unit.roster_runs.last_accepted("registry")


def test_every_sync_is_on_record_with_counts_and_plans(life: Life) -> None:
    life.run(replace(SAID, rejected=(BAD,)))
    life.run(SAID)
    second, first = life.history.newest()
    assert (first.outcome, second.outcome) == (RunOutcome.APPLIED, RunOutcome.UNCHANGED)
    assert first.counts["pupil"] == {"received": 5, "rejected": 1, "create": 4}
    assert (first.received()[RecordKind.PUPIL], first.total("create")) == (5, 19)
    story = life.history.story(first.id)
    assert [one.state for one in story.plans] == [PlanState.APPLIED]
    assert first.started_at < first.finished_at


def test_a_failed_sync_is_on_record_with_its_error(life: Life) -> None:
    life.source.failure = TransientError("platform.timeout", Text(ru="Нет ответа.", en="No answer."))
    with pytest.raises(TransientError):
        life.run()
    (run,) = life.history.newest()
    assert (run.outcome, run.error) == (RunOutcome.FAILED, "platform.timeout")
    assert run.error_text == Text(ru="Нет ответа.", en="No answer.")
    assert accepted(life) is None


def test_only_proved_runs_are_the_measure_of_the_next_one(life: Life) -> None:
    life.run(SAID)
    measure = accepted(life)
    assert isinstance(measure, dict)
    assert measure[RecordKind.PUPIL] == 4
    life.run(replace(without(SAID, 1), doubts=UNPROVED))
    life.run(replace(without(SAID, 1), partial=True))
    assert accepted(life) == measure


def test_a_run_whose_removals_wait_is_no_measure_until_they_are_done(life: Life) -> None:
    life.run(SAID)
    life.thresholds = STRICT
    (held,) = life.run(without(SAID, 1)).held_plans
    assert accepted(life)[RecordKind.PUPIL] == 4  # type: ignore[index]  # counts
    life.decisions.approve(held, by="zavuch", reason="order 5")
    life.decisions.apply(held, by="zavuch", reason="order 5")
    assert accepted(life)[RecordKind.PUPIL] == 3  # type: ignore[index]  # counts


def test_a_person_may_call_the_numbers_of_a_doubted_run_right(life: Life) -> None:
    life.run(SAID)
    life.run(replace(without(SAID, 1), doubts=UNPROVED))
    run = life.history.newest()[0]
    done = life.history.accept(run.id, by="zavuch", reason="the school is smaller", role="deputy")
    assert done.accepted_by == "zavuch"
    assert accepted(life)[RecordKind.PUPIL] == 3  # type: ignore[index]  # counts
    with life.base.unit() as unit:
        last = list(unit.audit.entries())[-1].record
    assert (last.actor, last.action, last.object_id, last.reason) == (
        "zavuch",
        "accept",
        run.id,
        "the school is smaller",
    )


def test_a_partial_run_cannot_be_a_measure(life: Life) -> None:
    life.run(replace(SAID, partial=True))
    with pytest.raises(GatewayError) as refused:
        life.history.accept(life.history.newest()[0].id, by="zavuch", reason="no")
    assert refused.value.code == "roster.run_no_measure"


def test_an_unknown_run_is_told(life: Life) -> None:
    with pytest.raises(GatewayError) as refused:
        life.history.story("no-such-run")
    assert refused.value.code == "roster.run_unknown"


def test_a_rejected_plan_is_closed_with_its_reason_and_not_asked_about_again(life: Life) -> None:
    life.run(SAID)
    life.thresholds = STRICT
    (held,) = life.run(without(SAID, 1)).held_plans
    head = life.decisions.reject(held, by="zavuch", reason="she is here", role="deputy")
    assert (head.state, head.decisions[-1].reason) == (PlanState.REJECTED, "she is here")
    with pytest.raises(GatewayError) as refused:
        life.decisions.apply(held, by="zavuch", reason="late")
    assert refused.value.code == "roster.plan_closed"
    assert life.run().held_plans == ()
    with life.base.unit() as unit:
        assert unit.roster.state().of(RecordKind.PUPIL)[(pupil_of(1),)]["status"] == "active"
        actions = [one.record.action for one in unit.audit.entries()]
    assert actions[-1] == "reject"


def test_a_plan_that_waited_too_long_expires(life: Life) -> None:
    life.run(SAID)
    life.thresholds = STRICT
    (held,) = life.run(without(SAID, 1)).held_plans
    life.clock.now += timedelta(days=6)
    assert replace(life.decisions, days={"registry": 7}).expire() == []
    life.clock.now += timedelta(days=1)
    (head,) = replace(life.decisions, days={"registry": 7}).expire()
    assert (head.id, head.state) == (held, PlanState.EXPIRED)
    with pytest.raises(GatewayError) as refused:
        life.decisions.approve(held, by="zavuch", reason="late")
    assert refused.value.code == "roster.plan_closed"
    assert life.run().held_plans != ()


def test_all_decisions_about_a_plan_are_kept(life: Life) -> None:
    life.run(SAID)
    life.thresholds = STRICT
    (held,) = life.run(without(SAID, 1)).held_plans
    life.decisions.approve(held, by="zavuch", reason="order 5")
    head = life.decisions.apply(held, by="koord", reason="done")
    assert [(one.state, one.by, one.reason) for one in head.decisions] == [
        (PlanState.APPROVED, "zavuch", "order 5"),
        (PlanState.APPLIED, "koord", "done"),
    ]


def test_the_raw_form_of_a_rejected_record_is_not_in_the_plan(life: Life) -> None:
    life.run(replace(SAID, rejected=(BAD,)))
    with life.base.engine.connect() as connection:
        stored = connection.execute(select(roster_plan.c.rejected)).scalars().all()
    assert "<Pupil>" not in str(stored)
    (one,) = life.quarantine.records()
    assert life.quarantine.record(one.id).raw == BAD.raw


class Single:
    """A source that knows pupil 1, and pupil 9, by name of their ids."""

    def one(self, school: School, kind: RecordKind, source_id: str) -> object:
        assert (school, kind) == (SCHOOL, RecordKind.PUPIL)
        known = {"P-1": replace(pupil(1), birth_date=pupil(1).birth_date.replace(day=9)), "P-9": pupil(9)}
        return replace(without(SAID, 1, 2, 3, 4), staff=(), classes=(), guardians=(), pupils=(known[source_id],))


@pytest.mark.parametrize(("source_id", "changed"), [("P-1", (0, 1)), ("P-9", (1, 0))])
def test_a_single_record_is_refreshed_and_nobody_is_missed(
    life: Life, source_id: str, changed: tuple[int, int]
) -> None:
    life.run(SAID)
    life.thresholds = STRICT
    (held,) = life.run(without(SAID, 4)).held_plans
    measure = accepted(life)
    one = OneRecord(source=Single(), kind=RecordKind.PUPIL, source_id=source_id)  # type: ignore[arg-type]  # a source
    result = RosterSync(units=life.base.units, source=one, clock=life.clock, new_id=life.base.new_id).run()
    assert (result.created, result.updated, result.deactivated, result.missing) == (*changed, 0, 0)
    assert life.decisions.show(held).head.state is PlanState.HELD
    assert accepted(life) == measure
    assert life.history.newest()[0].partial
