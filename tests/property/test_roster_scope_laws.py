"""Laws of the scope over random rosters: what is locked, of others, held or unproved never changes."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.roster import Protected, RecordKind, RosterSnapshot, RosterState, is_active
from gateway.model.roster_change import LEAVING, Action, applied
from gateway.model.roster_hold import split
from gateway.model.roster_link import LINKED, Link
from gateway.model.roster_locks import FieldLock, may_be_locked
from gateway.model.roster_planning import plan
from gateway.model.roster_scope import Standing, ends
from gateway.model.roster_source import REGISTRY_RULES, Ladder, SourceRules, Thresholds
from tests.roster_strategies import snapshots, states
from tests.roster_world import NOON, TODAY, UNPROVED, removing


@st.composite
def locks(draw: st.DrawFn, state: RosterState) -> list[FieldLock]:
    """Some locked fields of what is held."""
    fields = [
        (kind, key, name)
        for kind in RecordKind
        for key, held in state.of(kind).items()
        for name in held
        if may_be_locked(name)
    ]
    chosen = draw(st.lists(st.sampled_from(fields), max_size=5, unique=True)) if fields else []
    return [FieldLock(kind=kind, key=key, field=name, locked_at=NOON, locked_by="zavuch") for kind, key, name in chosen]


@st.composite
def links(draw: st.DrawFn, state: RosterState) -> list[Link]:
    """Links of some of what is held; the rest is the school's own."""
    known = [(kind, key[0], str(held["source_id"])) for kind in LINKED for key, held in state.of(kind).items()]
    chosen = draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
    return [
        Link(source="registry", kind=kind, source_id=there, id=ours, confidence=100, rule="created", linked_at=NOON)
        for kind, ours, there in sorted(chosen)
    ]


@given(states(), snapshots(), st.data())
@settings(max_examples=60)
def test_a_locked_field_never_changes(state: RosterState, snapshot: RosterSnapshot, data: st.DataObject) -> None:
    kept = data.draw(locks(state))
    after = applied(state, plan(state, snapshot, today=TODAY, standing=Standing(locks=kept)).changes)
    for lock in kept:
        assert after.of(lock.kind)[lock.key][lock.field] == state.of(lock.kind)[lock.key][lock.field]


@given(states(), snapshots(), st.data())
@settings(max_examples=60)
def test_a_record_that_is_not_linked_to_the_source_never_changes(
    state: RosterState, snapshot: RosterSnapshot, data: st.DataObject
) -> None:
    own = data.draw(links(state))
    linked = {(one.kind, one.id) for one in own}
    after = applied(state, plan(state, snapshot, today=TODAY, standing=Standing(links=own)).changes)
    for kind in RecordKind:
        for key, held in state.of(kind).items():
            if not linked.issuperset(ends(kind, key)):
                assert after.of(kind)[key] == held


@given(states(), snapshots(), st.data())
@settings(max_examples=40)
def test_planning_again_inside_the_scope_changes_nothing(
    state: RosterState, snapshot: RosterSnapshot, data: st.DataObject
) -> None:
    standing = Standing(locks=data.draw(locks(state)))
    after = applied(state, plan(state, snapshot, today=TODAY, standing=standing).changes)
    assert plan(after, snapshot, today=TODAY, standing=standing).changes == ()


@given(states(), snapshots(), st.data())
@settings(max_examples=40)
def test_nothing_leaves_without_proof_and_none_that_may_be_a_rejected_record(
    state: RosterState, snapshot: RosterSnapshot, data: st.DataObject
) -> None:
    unproved = data.draw(st.sampled_from([replace(snapshot, doubts=UNPROVED), replace(snapshot, partial=True)]))
    assert not [one for one in plan(state, unproved, today=TODAY).changes if one.action in LEAVING]
    pupils = sorted(state.of(RecordKind.PUPIL))
    if not pupils:
        return
    (someone,) = data.draw(st.sampled_from(pupils))
    gone = replace(
        snapshot,
        pupils=tuple(one for one in snapshot.pupils if one.id != someone),
        guardianships=tuple(one for one in snapshot.guardianships if one.pupil != someone),
        enrollments=tuple(one for one in snapshot.enrollments if one.pupil != someone),
        protected=frozenset({Protected(kind=RecordKind.PUPIL, prefix=(someone,))}),
    )
    changed = {end for one in plan(state, gone, today=TODAY).changes for end in ends(one.kind, one.key)}
    assert (RecordKind.PUPIL, someone) not in changed


NOTHING = Thresholds(percent=0, records=0)
ASKING = removing(NOTHING, updates=NOTHING)


@given(states(), snapshots(), st.sampled_from([ASKING, replace(ASKING, additions_only=True)]))
@settings(max_examples=40)
def test_what_waits_changes_nothing_until_it_is_applied(
    state: RosterState, snapshot: RosterSnapshot, rules: SourceRules
) -> None:
    flowing, _ = split(plan(state, snapshot, today=TODAY, standing=Standing(rules=rules)))
    assert {one.action for one in flowing.changes} <= {Action.CREATE, Action.REACTIVATE}
    after = applied(state, flowing.changes)
    for kind in RecordKind:
        for key, held in state.of(kind).items():
            assert after.of(kind)[key] == held or not is_active(kind, held, TODAY)


@given(states(), snapshots())
@settings(max_examples=40)
def test_the_ladder_only_delays(state: RosterState, snapshot: RosterSnapshot) -> None:
    """Whoever leaves at once leaves on the last day of the wait, and nobody before."""
    patient = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=1))
    first = plan(state, snapshot, today=TODAY, standing=Standing(rules=patient))
    at_once = plan(state, snapshot, today=TODAY)
    leaving = {one.key for one in at_once.changes if one.action in LEAVING}
    waiting = {one.key for one in first.missing}
    stated = {one.key for one in first.changes if one.action in LEAVING}
    assert leaving == waiting | stated
    assert not waiting & stated
