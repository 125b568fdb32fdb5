"""Laws of the roster plan over random rosters."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

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
from gateway.model.roster_hold import split
from gateway.model.roster_planning import plan
from gateway.model.roster_scope import Standing
from gateway.model.roster_source import Thresholds
from tests.roster_strategies import snapshots, states
from tests.roster_world import TODAY, UNPROVED, removing


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
    made = plan(state, snapshot, today=TODAY, standing=Standing(rules=removing(Thresholds(percent=0, records=records))))
    flowing, waiting = split(made)
    for kind in RecordKind:
        assert sum(one.kind is kind and one.action is Action.DEACTIVATE for one in flowing.changes) <= records
    parts = [*flowing.changes, *(change for part in waiting for change in part.changes)]
    assert sorted(map(repr, parts)) == sorted(map(repr, made.changes))
    assert bool(waiting) == bool(made.hold)
    assert all(part.hold for part in waiting)


@given(states(), snapshots(), st.data())
@settings(max_examples=40)
def test_the_parts_can_be_applied_one_after_the_other(
    state: RosterState, snapshot: RosterSnapshot, draw: st.DataObject
) -> None:
    nothing = Thresholds(percent=0, records=0)
    made = plan(state, snapshot, today=TODAY, standing=Standing(rules=removing(nothing, updates=nothing)))
    flowing, waiting = split(made)
    after = applied(state, flowing.changes)
    for part in draw.draw(st.permutations(waiting)):
        assert outdated(after, part.changes) == ()
        after = applied(after, part.changes)
    assert after == applied(state, made.changes)


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
