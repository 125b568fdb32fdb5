"""Laws of the roster plan over random rosters."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.people import PersonName
from gateway.model.roster import (
    Protected,
    RecordKind,
    RosterSnapshot,
    RosterState,
    active_rows,
    is_active,
    snapshot_rows,
)
from gateway.model.roster_change import Action, applied, changes_from_json, changes_to_json, outdated
from gateway.model.roster_plan import plan, split
from gateway.model.roster_source import Thresholds
from tests.roster_world import FIRST, SCHOOL, TODAY, UNPROVED, guardian, link, place, pupil, school_class, teacher

NUMBERS = range(1, 5)
CLASSES = range(1, 4)
FAMILIES = ("Тестова", "Пробная", "Образцова")


@st.composite
def snapshots(draw: st.DrawFn) -> RosterSnapshot:
    """A roster in which every reference holds; a pupil is in one class, or in two one after the other."""
    here = draw(st.sets(st.sampled_from(NUMBERS)))
    classes = draw(st.sets(st.sampled_from(CLASSES)))
    guardians = draw(st.sets(st.sampled_from(NUMBERS)))
    links = draw(st.sets(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))))
    days = st.dates(FIRST, TODAY)
    places = []
    for number in sorted(here):
        if not classes or draw(st.integers(0, 3)) == 0:
            continue
        first, second = sorted((draw(days), draw(days)))
        where = draw(st.sampled_from(sorted(classes)))
        if first == second:
            places.append(place(number, where, since=first))
        else:
            places.append(place(number, where, since=first, until=second))
            if draw(st.booleans()) and second < TODAY:
                follows = second.fromordinal(second.toordinal() + 1)
                places.append(place(number, draw(st.sampled_from(sorted(classes))), since=follows))
    return RosterSnapshot(
        source="registry",
        school=SCHOOL.id,
        pupils=tuple(
            replace(pupil(number), name=PersonName(family=draw(st.sampled_from(FAMILIES)), given="Проба"))
            for number in sorted(here)
        ),
        guardians=tuple(guardian(number) for number in sorted(guardians)),
        guardianships=tuple(
            link(whose, number, until=draw(st.none() | days))
            for whose, number in sorted(links)
            if whose in guardians and number in here
        ),
        staff=tuple(teacher(number) for number in sorted(draw(st.sets(st.sampled_from(NUMBERS))))),
        classes=tuple(school_class(number) for number in sorted(classes)),
        enrollments=tuple(places),
    )


@st.composite
def states(draw: st.DrawFn) -> RosterState:
    """What is held after some snapshots, so that suspended and ended records are there too."""
    state = RosterState()
    for snapshot in draw(st.lists(snapshots(), max_size=3)):
        state = applied(state, plan(state, snapshot, today=TODAY).changes)
    return state


@given(states(), snapshots())
@settings(max_examples=60)
def test_applying_a_complete_plan_leaves_in_force_what_the_snapshot_says(
    state: RosterState, snapshot: RosterSnapshot
) -> None:
    after = applied(state, plan(state, snapshot, today=TODAY).changes)
    assert active_rows(after.rows, TODAY) == active_rows(snapshot_rows(snapshot), TODAY)


@given(states(), snapshots())
@settings(max_examples=60)
def test_planning_again_changes_nothing(state: RosterState, snapshot: RosterSnapshot) -> None:
    for said in (snapshot, replace(snapshot, doubts=UNPROVED)):
        after = applied(state, plan(state, said, today=TODAY).changes)
        assert plan(after, said, today=TODAY).changes == ()


@given(states(), snapshots())
@settings(max_examples=60)
def test_an_incomplete_snapshot_takes_nobody_out_of_force(state: RosterState, snapshot: RosterSnapshot) -> None:
    made = plan(state, replace(snapshot, doubts=UNPROVED), today=TODAY)
    assert all(change.action is not Action.DEACTIVATE for change in made.changes)
    after = applied(state, made.changes)
    for kind, rows in active_rows(state.rows, TODAY).items():
        for key in rows:
            if kind is RecordKind.ENROLLMENT:
                assert _has_a_class(after, key[0])
            else:
                assert is_active(kind, after.of(kind)[key], TODAY)


@given(states(), snapshots(), st.sampled_from(RecordKind))
@settings(max_examples=40)
def test_a_kind_with_an_unreadable_record_loses_none(
    state: RosterState, snapshot: RosterSnapshot, kind: RecordKind
) -> None:
    said = replace(snapshot, protected=frozenset({Protected(kind=kind)}))
    for change in plan(state, said, today=TODAY).changes:
        is_stated = change.key in snapshot_rows(snapshot)[change.kind]
        assert change.action is not Action.DEACTIVATE or change.kind is not kind or is_stated


@given(states(), snapshots(), st.integers(0, 5))
@settings(max_examples=60)
def test_no_kind_loses_more_than_the_threshold_without_a_person(
    state: RosterState, snapshot: RosterSnapshot, records: int
) -> None:
    made = plan(state, snapshot, today=TODAY, thresholds=Thresholds(percent=0, records=records))
    flowing, waiting = split(made)
    for kind in RecordKind:
        assert sum(one.kind is kind and one.action is Action.DEACTIVATE for one in flowing.changes) <= records
    parts = flowing.changes + (waiting.changes if waiting else ())
    assert sorted(map(repr, parts)) == sorted(map(repr, made.changes))
    assert (waiting is not None) == bool(made.hold)


@given(states(), snapshots())
@settings(max_examples=40)
def test_the_two_parts_can_be_applied_one_after_the_other(state: RosterState, snapshot: RosterSnapshot) -> None:
    made = plan(state, snapshot, today=TODAY, thresholds=Thresholds(percent=0, records=0))
    flowing, waiting = split(made)
    between = applied(state, flowing.changes)
    removals = waiting.changes if waiting else ()
    assert outdated(between, removals) == ()
    assert applied(between, removals) == applied(state, made.changes)


@given(states(), snapshots())
@settings(max_examples=40)
def test_nothing_is_ever_deleted(state: RosterState, snapshot: RosterSnapshot) -> None:
    after = applied(state, plan(state, snapshot, today=TODAY).changes)
    for kind in RecordKind:
        assert set(state.of(kind)) <= set(after.of(kind))


@given(states(), snapshots())
@settings(max_examples=25)
def test_a_stored_plan_is_the_plan(state: RosterState, snapshot: RosterSnapshot) -> None:
    changes = plan(state, snapshot, today=TODAY).changes
    assert changes_from_json(changes_to_json(changes)) == changes


def _has_a_class(state: RosterState, pupil_id: str) -> bool:
    enrollments = state.of(RecordKind.ENROLLMENT)
    return any(
        key[0] == pupil_id and is_active(RecordKind.ENROLLMENT, fields, TODAY) for key, fields in enrollments.items()
    )
