"""Taking an applied plan back over real tables: exactly, or not at all, and never with what others refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import DocumentError, GatewayError
from gateway.model.access import ConsoleUser, Role
from gateway.model.audit import first_fault
from gateway.model.movement_book import balance, uncancelled
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_plan import HoldCause, PlanState
from gateway.model.roster_source import Thresholds
from gateway.storage.tables.access import console_user, portal_subscription
from gateway.storage.tables.journal import absence, lesson
from gateway.storage.tables.people import movement
from gateway.storage.tables.school import study_group
from tests.roster_life_world import SAID, Life
from tests.roster_world import (
    NOON,
    SCHOOL,
    class_of,
    database,
    guardian,
    place,
    pupil,
    pupil_of,
    teacher,
    without,
)

NEWCOMER = replace(SAID, pupils=(*SAID.pupils, pupil(9)), enrollments=(*SAID.enrollments, place(9, 1)))
MARRIED = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Проба", patronymic="Примеровна"))
RENAMED = replace(SAID, pupils=(MARRIED, *SAID.pupils[1:]))


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        life = Life(base=base)
        life.run(SAID)
        yield life


def moved() -> RosterSnapshot:
    """Pupil 2 goes into the other class, pupil 1 leaves, pupil 9 comes."""
    said = without(NEWCOMER, 1)
    seats = (place(2, 2, until=date(2026, 9, 20)), place(2, 1, since=date(2026, 9, 21)))
    return replace(said, enrollments=(*seats, *said.enrollments[1:]))


def test_a_plan_of_every_action_is_taken_back_exactly(life: Life) -> None:
    before = life.state()
    plan = life.applied(moved())
    assert life.state() != before
    done = life.reverting.run(plan, by="zavuch", reason="wrong file", role="deputy")
    assert life.state() == before
    assert (done.head.state, done.head.decided_by) == (PlanState.REVERTED, "zavuch")
    assert [one.state for one in done.head.decisions] == [PlanState.APPLIED, PlanState.REVERTED]
    assert done.head.decisions[-1].reason == "wrong file"
    assert done.how.withdrawn == ()


def test_the_book_is_never_changed_only_added_to(life: Life) -> None:
    with life.base.unit() as unit:
        book = unit.roster.movements()
    plan = life.applied(moved())
    with life.base.unit() as unit:
        lines = unit.roster.book(plan)
    assert {one.movement.kind.value for one in lines} == {"admission", "departure", "class_transfer"}
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    with life.base.unit() as unit:
        after = unit.roster.movements()
    counter = [one for one in after if one.cancels is not None]
    assert done.cancelled == len(lines) == len(counter)
    assert {one.cancels for one in counter} == {one.id for one in lines}
    assert [one for one in after if one.cancels is None] == [*book, *lines]
    assert uncancelled(after) == tuple(book)
    for school_class in (None, class_of(1), class_of(2)):
        days = {"first": date(2026, 9, 10), "last": date(2026, 10, 31), "school_class": school_class}
        assert balance(after, **days) == balance(book, **days)


def test_every_row_that_is_taken_back_is_audited(life: Life) -> None:
    plan = life.applied(RENAMED)
    life.reverting.run(plan, by="zavuch", reason="wrong file", role="deputy")
    with life.base.unit() as unit:
        entries = list(unit.audit.entries())
    assert first_fault(entries) is None
    row, itself = [one.record for one in entries][-2:]
    assert (row.actor, row.role, row.action, row.object_id) == ("zavuch", "deputy", "revert", pupil_of(1))
    assert (row.old, row.new) == ({"family": "Новая"}, {"family": "Тестова"})
    assert (itself.object_kind, itself.object_id) == ("roster_plan", plan)


def test_a_plan_whose_fields_were_changed_since_is_refused_with_the_list(life: Life) -> None:
    plan = life.applied(RENAMED)
    again = replace(MARRIED, name=PersonName(family="Третья", given="Проба", patronymic="Примеровна"))
    life.run(replace(SAID, pupils=(again, *SAID.pupils[1:])))
    before, lines = life.state(), life.count(movement)
    with pytest.raises(DocumentError) as refused:
        life.reverting.run(plan, by="zavuch", reason="late")
    assert refused.value.code == "roster.revert_refused"
    assert [one.record for one in refused.value.faults] == [f"pupil/{pupil_of(1)}"]
    assert "Третья" not in str(refused.value)
    assert (life.state(), life.count(movement)) == (before, lines)
    assert life.decisions.show(plan).head.state is PlanState.APPLIED


def test_a_later_change_of_other_fields_stays(life: Life) -> None:
    plan = life.applied(RENAMED)
    life.run(replace(SAID, pupils=(replace(MARRIED, birth_date=date(2015, 3, 5)), *SAID.pupils[1:])))
    life.reverting.run(plan, by="zavuch", reason="wrong name")
    held = life.state().of(RecordKind.PUPIL)[(pupil_of(1),)]
    assert (held["family"], held["birth_date"]) == ("Тестова", "2015-03-05")


def test_a_created_record_that_the_journal_names_is_put_out_of_force(life: Life) -> None:
    plan = life.applied(NEWCOMER)
    life.put(lesson, **LESSON)
    life.put(absence, lesson_id="L-1", pupil_id=pupil_of(9), kind="unexcused", voided=False)
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    named = {(row.kind, row.key) for row in done.how.withdrawn}
    seat = (pupil_of(9), class_of(1), "2026-09-01")
    assert named == {(RecordKind.PUPIL, (pupil_of(9),)), (RecordKind.ENROLLMENT, seat)}
    assert f"pupil/{pupil_of(9)}" in done.summary()["withdrawn"]  # type: ignore[operator]  # a list of names
    after = life.state()
    assert after.of(RecordKind.PUPIL)[(pupil_of(9),)]["status"] == "suspended"
    assert after.of(RecordKind.ENROLLMENT)[seat]["valid_to"] == "2026-08-31"


def test_a_created_pupil_whom_a_group_names_stays(life: Life) -> None:
    plan = life.applied(NEWCOMER)
    group = {"id": "G-1", "name": "Английский", "kind": "subgroup", "subject_id": "english", "version": 1}
    life.put(study_group, **group, members=[pupil_of(9)], dated=[])
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert [row.key for row in done.how.withdrawn] == [(pupil_of(9),)]


def test_a_created_guardian_who_reads_the_diary_stays(life: Life) -> None:
    said = replace(SAID, guardians=(*SAID.guardians, guardian(9)))
    plan = life.applied(said)
    life.put(portal_subscription, client_id="portal", guardian_id=guardian(9).id, pupil_id=pupil_of(1), created_at=NOON)
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert [(row.kind, row.key) for row in done.how.withdrawn] == [(RecordKind.GUARDIAN, (guardian(9).id,))]


def test_closed_accounts_stay_closed_and_are_named(life: Life) -> None:
    with_two = replace(SAID, staff=(*SAID.staff, teacher(2)))
    life.run(with_two)
    with life.base.unit() as unit:
        unit.access.add_user(account("leaves", teacher(2).id))
    plan = life.applied(SAID)
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert done.still_closed == ("leaves",)
    assert life.state().of(RecordKind.STAFF)[(teacher(2).id,)]["status"] == "active"
    with life.base.unit() as unit:
        assert [one.disabled for one in unit.access.users()] == [True]


def test_whoever_a_plan_brought_in_loses_the_account_with_it(life: Life) -> None:
    plan = life.applied(replace(SAID, staff=(*SAID.staff, teacher(2))))
    with life.base.unit() as unit:
        unit.access.add_user(account("newcomer", teacher(2).id))
    done = life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert [row.key for row in done.how.withdrawn] == [(teacher(2).id,)]
    with life.base.unit() as unit:
        assert [one.disabled for one in unit.access.users()] == [True]
    assert life.count(console_user) == 1


def test_a_preview_does_nothing(life: Life) -> None:
    plan = life.applied(moved())
    before, lines = life.state(), life.count(movement)
    seen = life.reverting.preview(plan)
    assert (len(seen.how.restored), seen.cancelled, seen.head.state) == (4, 3, PlanState.APPLIED)
    assert (life.state(), life.count(movement)) == (before, lines)


def test_a_plan_is_taken_back_once(life: Life) -> None:
    plan = life.applied(RENAMED)
    life.reverting.run(plan, by="zavuch", reason="wrong file")
    with pytest.raises(GatewayError) as refused:
        life.reverting.run(plan, by="zavuch", reason="again")
    assert refused.value.code == "roster.plan_not_applied"


@pytest.mark.parametrize("statement", ["UPDATE pupil", "DELETE FROM pupil", "INSERT INTO movement",
                                       "INSERT INTO audit_entry", "UPDATE roster_plan"])  # fmt: skip
def test_killed_at_any_seam_nothing_is_half_taken_back(life: Life, statement: str) -> None:
    plan = life.applied(moved())
    before, lines = life.state(), life.count(movement)
    with life.base.dying_at(statement), pytest.raises(KeyboardInterrupt):
        life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert (life.state(), life.count(movement)) == (before, lines)
    assert life.decisions.show(plan).head.state is PlanState.APPLIED


def test_the_next_sync_does_not_do_again_what_was_taken_back(life: Life) -> None:
    before = life.state()
    life.reverting.run(life.applied(moved()), by="zavuch", reason="wrong file")
    result = life.run(replace(moved(), pupils=(*moved().pupils, pupil(10))))
    assert result.created == 1
    assert life.state().of(RecordKind.PUPIL).keys() - before.of(RecordKind.PUPIL).keys() == {(pupil(10).id,)}
    (held,) = result.held_plans
    head = life.decisions.show(held).head
    assert {reason.cause for reason in head.hold} == {HoldCause.REVERTED}

    life.decisions.approve(held, by="zavuch", reason="it was right after all")
    life.decisions.apply(held, by="zavuch", reason="it was right after all")
    assert life.run().held_plans == ()


def test_a_plan_that_removed_is_taken_back_and_asked_about_again(life: Life) -> None:
    plan = life.applied(without(SAID, 1))
    life.reverting.run(plan, by="zavuch", reason="they are here")
    result = life.run()
    assert (result.deactivated, result.held) == (0, 3)
    life.thresholds = Thresholds()
    assert life.state().of(RecordKind.PUPIL)[(pupil_of(1),)]["status"] == "active"


LESSON = {
    "id": "L-1",
    "day": date(2026, 9, 15),
    "number": 1,
    "starts_at": NOON,
    "ends_at": NOON,
    "subject_id": "math",
    "teacher_id": teacher(1).id,
    "topic": "Дроби",
    "class_id": class_of(1),
    "version": 1,
}


def account(login: str, staff: str) -> ConsoleUser:
    return ConsoleUser(
        school=SCHOOL.id,
        login=login,
        role=Role.CLASS_TEACHER,
        password_hash="hash of a made-up password",
        must_change=False,
        created_at=NOON,
        staff=staff,  # type: ignore[arg-type]  # an id
    )
