"""What waits for a person by itself: names rewritten, too many newcomers, access, classes that look like a slip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import DocumentError, GatewayError
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, active_rows, snapshot_rows
from gateway.model.roster_apart import is_near
from gateway.model.roster_change import Action
from gateway.model.roster_hold import split
from gateway.model.roster_plan import HoldCause, RosterPlan
from gateway.model.roster_planning import plan
from gateway.model.roster_scope import Standing
from gateway.model.roster_source import REGISTRY_RULES, SourceKind, SourceRules
from gateway.model.roster_warning import WarningCode
from tests.roster_life_world import SAID, Life
from tests.roster_world import (
    TODAY,
    UNPROVED,
    class_of,
    database,
    guardian,
    link,
    place,
    pupil,
    roster,
    school_class,
    without,
)

FORTY = roster(40).snapshot()
LISTS = replace(REGISTRY_RULES, kind=SourceKind.LISTS)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def planned(
    said: RosterSnapshot, before: RosterSnapshot = FORTY, *, rules: SourceRules = REGISTRY_RULES, today: date = TODAY
) -> RosterPlan:
    held = RosterState(rows=snapshot_rows(before))
    return plan(held, said, today=today, standing=Standing(rules=rules))


def causes(made: RosterPlan) -> dict[HoldCause, set[RecordKind]]:
    """The kinds of record that wait, by what for."""
    _, waiting = split(made)
    return {part.hold[0].cause: {change.kind for change in part.changes} for part in waiting}


def renamed(said: RosterSnapshot, pupils: int) -> RosterSnapshot:
    """The snapshot in which the first pupils have other family names, each another."""
    names = (PersonName(family=f"Иная{'абвгдежзиклмнопрст'[n]}", given="Проба") for n in range(pupils))
    return replace(
        said,
        pupils=(
            *(replace(one, name=name) for one, name in zip(said.pupils, names, strict=False)),
            *said.pupils[pupils:],
        ),
    )


def with_pupils(said: RosterSnapshot, numbers: range) -> RosterSnapshot:
    """The snapshot with newcomers, each with a guardian and a place."""
    return replace(
        said,
        pupils=(*said.pupils, *(pupil(n) for n in numbers)),
        guardians=(*said.guardians, *(guardian(n) for n in numbers)),
        guardianships=(*said.guardianships, *(link(n, n) for n in numbers)),
        enrollments=(*said.enrollments, *(place(n, 1) for n in numbers)),
    )


# names


@pytest.mark.parametrize(("changed", "waits"), [(10, False), (11, True)])
def test_other_names_of_more_than_a_few_wait_for_a_person(changed: int, *, waits: bool) -> None:
    made = planned(renamed(FORTY, changed))
    assert causes(made) == ({HoldCause.NAMES: {RecordKind.PUPIL}} if waits else {})
    flowing, _ = split(made)
    assert len(flowing.changes) == (0 if waits else changed)


def test_who_decides_is_told_how_many_and_what_to_compare() -> None:
    (reason,) = planned(renamed(FORTY, 12)).hold
    assert (reason.changed, reason.in_force, reason.limit) == (12, 40, 10)
    assert "СНИЛС" in reason.text.ru
    assert "12" in reason.text.en


def test_numbers_that_were_not_known_yet_are_no_rewriting() -> None:
    bare = (*(replace(one, snils=None) for one in FORTY.pupils[:28]), *FORTY.pupils[28:])
    assert not planned(FORTY, replace(FORTY, pupils=bare)).hold


def test_numbers_that_are_taken_away_from_many_are() -> None:
    bare = replace(FORTY, pupils=tuple(replace(one, snils=None) for one in FORTY.pupils))
    assert causes(planned(bare)) == {HoldCause.NAMES: {RecordKind.PUPIL}}


def test_other_fields_of_many_flow_as_before() -> None:
    called = replace(FORTY, guardians=tuple(replace(one, phone="+7 000 000-00-09") for one in FORTY.guardians[:28]))
    said = replace(FORTY, guardians=(*called.guardians, *FORTY.guardians[28:]))
    assert not planned(said).hold


def test_a_class_that_is_called_otherwise_is_nobodys_identity() -> None:
    classes = tuple(replace(one, grade=one.grade + 1) for one in FORTY.classes[:1])
    assert not planned(replace(FORTY, classes=(*classes, *FORTY.classes[1:]))).hold


def test_names_that_wait_are_written_once_a_person_agrees(life: Life) -> None:
    life.run(FORTY)
    (held,) = life.run(renamed(FORTY, 12)).held_plans
    assert life.run().held_plans == (held,)
    life.decisions.approve(held, by="zavuch", reason="compared")
    life.decisions.apply(held, by="zavuch", reason="compared")
    assert life.run().held == 0


# newcomers


@pytest.mark.parametrize(("new", "waits"), [(50, False), (51, True)])
def test_more_newcomers_than_fifty_and_half_of_the_school_wait_with_all_that_is_theirs(
    new: int, *, waits: bool
) -> None:
    made = planned(with_pupils(FORTY, range(100, 100 + new)))
    theirs = {RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT}
    assert causes(made) == ({HoldCause.CREATIONS: theirs} if waits else {})


def test_of_a_large_school_half_may_be_new() -> None:
    before = roster(200).snapshot()
    assert not planned(with_pupils(before, range(300, 400)), before).hold


def test_the_first_load_of_a_school_flows() -> None:
    made = plan(RosterState(), roster(200).snapshot(), today=TODAY)
    assert not made.hold


def test_a_class_of_a_newcomer_who_waits_waits_too(life: Life) -> None:
    """A class whose teacher is not there yet cannot be written."""
    life.run(SAID)
    staff = tuple(replace(SAID.staff[0], id=f"T-{n}", source_id=f"T-{n}") for n in range(60))  # type: ignore[arg-type]
    led = replace(school_class(3, letter="В"), class_teacher=staff[0].id)
    said = replace(
        SAID,
        staff=(
            *SAID.staff,
            *(
                replace(
                    one, name=PersonName(family=f"Новый{'абвгдежз'[n % 8]}{'аоуыэюя'[n // 8 % 7]}", given="Учитель")
                )
                for n, one in enumerate(staff)
            ),
        ),
        classes=(*SAID.classes, led),
    )
    result = life.run(said)
    assert result.held == 61
    for held in result.held_plans:
        life.decisions.approve(held, by="zavuch", reason="seen")
        life.decisions.apply(held, by="zavuch", reason="seen")
    assert life.run().held == 0
    assert len(life.state().of(RecordKind.CLASS)) == 3


# access


def test_a_doubted_source_gives_nobody_access_to_a_child_we_know() -> None:
    said = replace(
        FORTY,
        guardians=(*FORTY.guardians, guardian(77)),
        guardianships=(*FORTY.guardianships, link(77, 1)),
    )
    made = planned(replace(said, doubts=UNPROVED))
    assert causes(made) == {HoldCause.ACCESS: {RecordKind.GUARDIANSHIP}}
    assert not planned(said).hold


def test_newcomers_of_a_doubted_source_come_with_their_own_guardians() -> None:
    made = planned(replace(with_pupils(FORTY, range(50, 53)), doubts=UNPROVED))
    assert not made.hold


def test_a_right_that_had_ended_is_not_given_back_by_a_doubted_source() -> None:
    ended = replace(FORTY, guardianships=(link(1, 1, until=date(2026, 9, 10)), *FORTY.guardianships[1:]))
    made = planned(replace(FORTY, doubts=UNPROVED), ended)
    assert causes(made) == {HoldCause.ACCESS: {RecordKind.GUARDIANSHIP}}
    assert not planned(FORTY, ended).hold


def test_an_account_that_a_doubted_source_gives_a_guardian_waits() -> None:
    other = replace(FORTY.guardians[0], portal_user="portal-of-somebody")
    made = planned(replace(FORTY, guardians=(other, *FORTY.guardians[1:]), doubts=UNPROVED))
    assert causes(made) == {HoldCause.ACCESS: {RecordKind.GUARDIAN}}


def test_a_source_that_numbered_anew_gives_no_access_in_the_same_breath() -> None:
    numbered = tuple(replace(one, source_id=f"N-{n}") for n, one in enumerate(FORTY.pupils))
    said = replace(
        FORTY,
        pupils=numbered,
        guardians=(*FORTY.guardians, guardian(77)),
        guardianships=(*FORTY.guardianships, link(77, 1)),
    )
    assert causes(planned(said)) == {HoldCause.ACCESS: {RecordKind.GUARDIANSHIP}}


def test_a_list_that_the_school_gave_itself_gives_access() -> None:
    """It is doubted only because nobody said that it is all; who gave it has looked at it."""
    said = replace(
        FORTY,
        guardians=(*FORTY.guardians, guardian(77)),
        guardianships=(*FORTY.guardianships, link(77, 1)),
        doubts=UNPROVED,
    )
    assert not planned(said, rules=LISTS).hold


# slips of the pen


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("5А", "5А", True),
        ("5А", "5Б", True),
        ("5А", "6А", True),
        ("5А", "55А", True),
        ("10А", "1А", True),
        ("5А", "6Б", False),
        ("5", "5АБ", False),
        ("11А", "1Б", False),
    ],
)
def test_names_one_sign_apart_are_near(one: str, other: str, *, near: bool) -> None:
    assert (is_near(one, other), is_near(other, one)) == (near, near)


def in_a_new_class(pupils: int, *, letter: str = "Ф") -> RosterSnapshot:
    """The snapshot in which the first pupils sit in a class that nobody knew."""
    theirs = {one.id for one in FORTY.pupils[:pupils]}
    return replace(
        FORTY,
        classes=(*FORTY.classes, school_class(9, letter=letter)),
        enrollments=tuple(
            replace(one, school_class=class_of(9), valid_from=TODAY) if one.pupil in theirs else one
            for one in FORTY.enrollments
        ),
    )


def test_a_small_new_class_that_looks_like_another_waits_with_the_places_in_it() -> None:
    made = planned(in_a_new_class(2), rules=LISTS)
    flowing, (waiting,) = split(made)
    assert {(one.kind, one.action) for one in waiting.changes} == {
        (RecordKind.CLASS, Action.CREATE),
        (RecordKind.ENROLLMENT, Action.TRANSFER),
    }
    assert not flowing.changes
    (warning,) = (one for one in made.warnings if one.code is WarningCode.SIMILAR_CLASS)
    assert "«5Ф»" in warning.text.ru
    assert "«5А»" in warning.text.ru


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        (in_a_new_class(3), LISTS),
        (in_a_new_class(2), REGISTRY_RULES),
        (in_a_new_class(2, letter="Физмат"), LISTS),
    ],
    ids=["enough pupils", "no list", "another name"],
)
def test_other_new_classes_flow(said: RosterSnapshot, rules: SourceRules) -> None:
    assert not planned(said, rules=rules).hold


def test_a_small_class_of_the_next_year_is_no_slip() -> None:
    said = replace(FORTY, classes=(*FORTY.classes, school_class(9, year=2027)))
    assert not planned(said, rules=LISTS).hold


def test_in_the_first_list_of_a_school_no_class_is_a_slip() -> None:
    made = plan(RosterState(), roster(2).snapshot(), today=TODAY, standing=Standing(rules=LISTS))
    assert not made.hold


def test_two_classes_of_one_name_in_two_alphabets_are_told_whoever_says_so() -> None:
    latin = replace(FORTY, classes=(*FORTY.classes, school_class(9, letter="A")))
    made = planned(latin)
    assert not made.hold
    (warning,) = (one for one in made.warnings if one.code is WarningCode.SIMILAR_CLASS)
    assert (warning.key, warning.said) == ((class_of(9),), "5A")
    assert not [one for one in planned(latin, latin).warnings if one.code is WarningCode.SIMILAR_CLASS]


# classes that are not empty


def test_a_class_with_a_pupil_of_another_source_is_not_closed() -> None:
    said = without(replace(FORTY, classes=FORTY.classes[:1]), *range(2, 41, 2))
    everybody = replace(REGISTRY_RULES, kinds=frozenset(RecordKind) - {RecordKind.ENROLLMENT})
    made = planned(said, rules=everybody)
    assert not [one for one in made.changes if one.kind is RecordKind.CLASS]
    (warning,) = (one for one in made.warnings if one.code is WarningCode.CLASS_NOT_EMPTY)
    assert (warning.key, warning.number) == ((class_of(2),), 20)


def test_a_class_whose_pupils_wait_to_leave_waits_with_them() -> None:
    """The pupil may be somebody else now, so the end of his place waits; the class must not be closed before."""
    before = roster(2).snapshot()
    other = replace(before.pupils[1], name=PersonName(family="Иной", given="Совсем"), birth_date=date(2013, 1, 1))
    said = replace(
        before,
        pupils=(before.pupils[0], other),
        classes=before.classes[:1],
        enrollments=before.enrollments[:1],
    )
    flowing, waiting = split(planned(said, before))
    assert not [one for one in flowing.changes if one.kind is RecordKind.CLASS]
    assert [one for part in waiting for one in part.changes if one.kind is RecordKind.CLASS]


def closing(life: Life) -> str:
    """A plan that waits and would close the second class, approved."""
    life.run(FORTY)
    said = without(replace(FORTY, classes=FORTY.classes[:1]), *range(2, 41, 2))
    (held,) = life.run(said).held_plans
    life.decisions.approve(held, by="zavuch", reason="the class was closed")
    return held


def test_an_approved_plan_does_not_close_a_class_into_which_somebody_was_put_since(life: Life) -> None:
    held = closing(life)
    before = life.state()
    newcomer = replace(pupil(90), source_id="O-90")
    said = replace(FORTY, pupils=(*FORTY.pupils, newcomer), enrollments=(*FORTY.enrollments, place(90, 2)))
    with life.base.unit() as unit:
        unit.roster.write(plan(before, said, today=TODAY).changes)
    with pytest.raises(DocumentError) as refused:
        life.decisions.apply(held, by="zavuch", reason="the class was closed")
    assert refused.value.code == "roster.class_occupied"
    assert "5Б" in refused.value.text.ru
    assert [one.record for one in refused.value.faults] == [f"pupil/{newcomer.id}"]
    assert len(active_rows(life.state().rows, TODAY)[RecordKind.PUPIL]) == 41


def test_an_approved_plan_closes_a_class_that_it_empties(life: Life) -> None:
    held = closing(life)
    life.decisions.apply(held, by="zavuch", reason="the class was closed")
    assert len(active_rows(life.state().rows, TODAY)[RecordKind.CLASS]) == 1


def test_taking_a_plan_back_does_not_close_a_class_that_has_pupils_by_now(life: Life) -> None:
    life.run(SAID)
    bare = replace(SAID, classes=(*SAID.classes, school_class(3, letter="В")))
    made = life.applied(bare)
    life.applied(replace(bare, pupils=(*SAID.pupils, pupil(9)), enrollments=(*SAID.enrollments, place(9, 3))))
    before = life.state()
    with pytest.raises(DocumentError) as refused:
        life.reverting.run(made, by="zavuch", reason="no such class")
    assert refused.value.code == "roster.class_occupied"
    assert life.state() == before


def test_a_part_that_rests_on_another_is_not_carried_out_before_it(life: Life) -> None:
    """The guardianship waits for a person; the guardian, who flowed, was taken back meanwhile."""
    life.run(SAID)
    said = replace(
        SAID,
        guardians=(*SAID.guardians, guardian(77)),
        guardianships=(*SAID.guardianships, link(77, 1)),
        doubts=UNPROVED,
    )
    result = life.run(said)
    assert result.plan is not None
    life.reverting.run(result.plan, by="zavuch", reason="who is that")
    (held,) = result.held_plans
    life.decisions.approve(held, by="zavuch", reason="a mother")
    with pytest.raises(GatewayError) as refused:
        life.decisions.apply(held, by="zavuch", reason="a mother")
    assert refused.value.code == "roster.plan_groundless"
