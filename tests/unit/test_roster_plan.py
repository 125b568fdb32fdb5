"""What a roster plan says for the cases a school knows."""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.model.movement import MovementKind, movements
from gateway.model.people import PersonName
from gateway.model.roster import Protected, RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_change import Action, Change, applied, changes_from_json, changes_to_json, outdated
from gateway.model.roster_hold import split
from gateway.model.roster_plan import RosterPlan
from gateway.model.roster_planning import plan
from gateway.model.roster_scope import Standing
from gateway.model.roster_source import Thresholds
from tests.roster_world import (
    FIRST,
    TODAY,
    UNPROVED,
    class_of,
    link,
    place,
    pupil,
    pupil_of,
    removing,
    roster,
    school_class,
    without,
)

STRICT = Thresholds(percent=0, records=0)
SAID = roster(4).snapshot()


def held(snapshot: RosterSnapshot = SAID) -> RosterState:
    return RosterState(rows=snapshot_rows(snapshot))


def planned(snapshot: RosterSnapshot, state: RosterState | None = None, today: date = TODAY) -> RosterPlan:
    return plan(held() if state is None else state, snapshot, today=today)


def by_action(made: RosterPlan) -> dict[Action, list[Change]]:
    found: dict[Action, list[Change]] = {}
    for change in made.changes:
        found.setdefault(change.action, []).append(change)
    return found


def test_the_first_snapshot_creates_everything() -> None:
    made = planned(SAID, RosterState())
    assert {change.action for change in made.changes} == {Action.CREATE}
    assert made.counts()["pupil"] == {"create": 4}
    assert len(made.changes) == 4 + 4 + 4 + 1 + 2 + 4
    assert not made.hold


def test_what_is_held_already_changes_nothing() -> None:
    assert planned(SAID).changes == ()


def test_an_update_tells_only_the_field_that_differs() -> None:
    married = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Проба", patronymic="Примеровна"))
    (change,) = planned(replace(SAID, pupils=(married, *SAID.pupils[1:]))).changes
    assert (change.action, change.key) == (Action.UPDATE, (married.id,))
    assert change.rows[0].old == {"family": "Тестова"}
    assert change.rows[0].new == {"family": "Новая"}


def test_no_personal_data_in_repr() -> None:
    married = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Проба"))
    made = planned(replace(SAID, pupils=(married, *SAID.pupils[1:])))
    assert "Новая" not in repr(made)
    assert "Тестова" not in repr(made)
    assert "Тестова" not in repr(held())


def test_a_missing_pupil_is_suspended_and_leaves_class_and_guardian() -> None:
    made = planned(without(SAID, 1))
    rows = {(row.kind, row.key): row.new for change in made.changes for row in change.rows}
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert {change.action for change in made.changes} == {Action.DEACTIVATE}
    assert rows == {
        (RecordKind.PUPIL, (pupil_of(1),)): {"status": "suspended"},
        (RecordKind.GUARDIANSHIP, (link(1, 1).guardian, pupil_of(1))): {"valid_to": yesterday},
        (RecordKind.ENROLLMENT, (pupil_of(1), class_of(1), FIRST.isoformat())): {"valid_to": yesterday},
    }


def test_a_pupil_who_comes_back_is_reactivated() -> None:
    gone = applied(held(), planned(without(SAID, 1)).changes)
    made = planned(SAID, gone, today=TODAY + timedelta(days=7))
    assert {change.action for change in made.changes} == {Action.REACTIVATE}
    assert applied(gone, made.changes) == held()


def test_a_guardianship_withdrawn_on_its_first_day_never_took_effect() -> None:
    made = planned(replace(SAID, guardianships=SAID.guardianships[1:]), today=FIRST)
    (change,) = made.changes
    assert change.rows[0].new == {"valid_to": (FIRST - timedelta(days=1)).isoformat()}
    assert (
        planned(replace(SAID, guardianships=SAID.guardianships[1:]), applied(held(), made.changes), FIRST).changes == ()
    )


@pytest.mark.parametrize("is_old_place_told", [True, False], ids=["last day stated", "old place not mentioned"])
@pytest.mark.parametrize("doubts", [(), UNPROVED], ids=["complete", "incomplete"])
def test_a_change_of_class_closes_one_enrolment_and_opens_the_other(*, is_old_place_told: bool, doubts: tuple) -> None:  # type: ignore[type-arg]
    since = date(2026, 9, 28)
    old = (place(1, 1, until=since - timedelta(days=1)),) if is_old_place_told else ()
    moved = replace(SAID, enrollments=(*old, place(1, 2, since=since), *SAID.enrollments[1:]), doubts=doubts)
    made = planned(moved)
    (change,) = made.changes
    opened, closed = change.rows
    assert change.action is Action.TRANSFER
    assert (opened.key, opened.old) == ((pupil_of(1), class_of(2), "2026-09-28"), None)
    assert (closed.old, closed.new) == ({"valid_to": None}, {"valid_to": "2026-09-27"})
    (entry,) = movements(held(), made.changes, today=TODAY)
    assert (entry.kind, entry.happened_on) == (MovementKind.CLASS_TRANSFER, since)
    assert (entry.from_class, entry.to_class) == (class_of(1), class_of(2))


def test_a_change_of_class_announced_ahead_leaves_no_gap() -> None:
    monday = TODAY + timedelta(days=4)
    moved = replace(SAID, enrollments=(place(1, 2, since=monday), *SAID.enrollments[1:]))
    after = applied(held(), planned(moved).changes)
    assert planned(moved, after).changes == ()
    old = after.of(RecordKind.ENROLLMENT)[pupil_of(1), class_of(1), FIRST.isoformat()]
    assert old["valid_to"] == (monday - timedelta(days=1)).isoformat()


def test_a_corrected_first_day_is_no_transfer() -> None:
    moved = replace(SAID, enrollments=(place(1, 1, since=date(2026, 9, 3)), *SAID.enrollments[1:]))
    made = planned(moved)
    assert [change.action for change in made.changes] == [Action.UPDATE]
    assert movements(held(), made.changes, today=TODAY) == ()


@pytest.mark.parametrize(
    ("grade", "kind"), [(6, MovementKind.PROMOTION), (5, MovementKind.REPEAT)], ids=["next grade", "same grade"]
)
def test_the_step_into_the_next_year_is_not_a_transfer(grade: int, kind: MovementKind) -> None:
    next_year = school_class(7, grade=grade, year=2027)
    since = date(2027, 9, 1)
    moved = replace(
        SAID,
        classes=(*SAID.classes, next_year),
        enrollments=(place(1, 1, until=date(2027, 8, 31)), place(1, 7, since=since), *SAID.enrollments[1:]),
    )
    made = planned(moved, today=since)
    assert [entry.kind for entry in movements(held(), made.changes, today=since)] == [kind]


def test_admission_and_departure_are_entered() -> None:
    first = movements(RosterState(), planned(SAID, RosterState()).changes, today=TODAY)
    assert {(entry.kind, entry.happened_on) for entry in first} == {(MovementKind.ADMISSION, FIRST)}
    (left,) = movements(held(), planned(without(SAID, 1)).changes, today=TODAY)
    assert (left.kind, left.happened_on, left.from_class) == (MovementKind.DEPARTURE, TODAY, class_of(1))
    gone = applied(held(), planned(without(SAID, 1)).changes)
    (back,) = movements(gone, planned(SAID, gone).changes, today=TODAY)
    assert (back.kind, back.happened_on, back.to_class) == (MovementKind.ADMISSION, TODAY, class_of(1))


def test_an_unproved_snapshot_removes_nobody_but_adds() -> None:
    said = replace(without(SAID, 1), pupils=(*SAID.pupils[1:], pupil(9)), doubts=UNPROVED)
    made = planned(said)
    assert [change.action for change in made.changes] == [Action.CREATE]
    assert made.doubts == UNPROVED


def test_an_end_stated_by_an_unproved_snapshot_waits_for_a_proved_one() -> None:
    ended = replace(SAID, enrollments=(place(1, 1, until=date(2026, 9, 20)), *SAID.enrollments[1:]))
    assert planned(replace(ended, doubts=UNPROVED)).changes == ()
    assert [change.action for change in planned(ended).changes] == [Action.DEACTIVATE]


@pytest.mark.parametrize(
    "protected",
    [
        {
            Protected(kind=RecordKind.PUPIL, prefix=(pupil_of(1),)),
            Protected(kind=RecordKind.ENROLLMENT, prefix=(pupil_of(1),)),
        },
        {Protected(kind=RecordKind.PUPIL), Protected(kind=RecordKind.ENROLLMENT)},
    ],
    ids=["by id", "no id readable"],
)
def test_a_rejected_record_is_not_treated_as_absent(protected: set[Protected]) -> None:
    made = planned(replace(without(SAID, 1), protected=frozenset(protected)))
    assert made.changes == ()


def test_too_many_removals_are_held_and_the_rest_flows() -> None:
    said = replace(without(SAID, 1, 2), pupils=(*SAID.pupils[2:], pupil(9)))
    made = plan(held(), said, today=TODAY, standing=Standing(rules=removing(STRICT)))
    flowing, waiting = split(made)
    assert {reason.kind for reason in made.hold} == {RecordKind.PUPIL, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT}
    assert [change.action for change in flowing.changes] == [Action.CREATE]
    (removals,) = waiting
    assert {change.action for change in removals.changes} == {Action.DEACTIVATE}
    assert "2" in made.hold[0].text.ru
    assert not flowing.hold


@pytest.mark.parametrize(
    ("in_force", "limit"), [(0, 0), (1, 1), (4, 1), (20, 5), (40, 10), (100, 10), (201, 10), (600, 30), (619, 30)]
)
def test_threshold_is_five_percent_or_ten_and_of_few_a_quarter(in_force: int, limit: int) -> None:
    assert Thresholds().limit(in_force) == limit


def test_a_plan_read_back_from_json_is_the_same() -> None:
    made = planned(without(SAID, 1), applied(held(), ()))
    assert changes_from_json(changes_to_json(made.changes)) == made.changes


def test_a_plan_is_out_of_date_when_a_record_it_changes_was_changed() -> None:
    made = planned(without(SAID, 1))
    assert outdated(held(), made.changes) == ()
    elsewhere = applied(held(), planned(replace(SAID, pupils=(*SAID.pupils, pupil(9)))).changes)
    assert outdated(elsewhere, made.changes) == ()
    assert len(outdated(applied(held(), made.changes), made.changes)) == 3
    assert len(outdated(RosterState(), made.changes)) == 3


@pytest.mark.parametrize("pupils", [0, 1, 4])
def test_a_plan_is_recognised_by_the_json_of_all_its_changes(pupils: int) -> None:
    """Made change by change, the digest is that of the whole list: plans that were stored before are recognised."""
    made = planned(roster(pupils).snapshot(), RosterState())
    whole = json.dumps(changes_to_json(made.changes), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert made.digest() == hashlib.sha256(whole.encode()).hexdigest()


def test_what_a_removal_writes_is_not_part_of_what_a_plan_is_recognised_by() -> None:
    today, tomorrow = (planned(without(SAID, 1), today=TODAY + timedelta(days=days)) for days in (0, 1))
    assert today.changes != tomorrow.changes
    assert today.digest() == tomorrow.digest()
