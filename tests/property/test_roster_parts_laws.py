"""Laws of the parts of a plan over random rosters: what flows never rests on what waits."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Text
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_dependents import groundless, occupied
from gateway.model.roster_hold import split
from gateway.model.roster_planning import plan
from gateway.model.roster_scope import Standing
from gateway.model.roster_source import REGISTRY_RULES, Limits, SourceKind, SourceRules, Thresholds
from tests.roster_strategies import snapshots, states
from tests.roster_world import TODAY, UNPROVED

FEW = st.builds(Thresholds, percent=st.sampled_from((0, 100)), records=st.integers(0, 2))
RULES = st.builds(
    lambda kind, removals, updates, identity, creations: replace(
        REGISTRY_RULES,
        kind=kind,
        limits=Limits.everywhere(removals=removals, updates=updates, identity=identity, creations=creations),
    ),
    st.sampled_from((SourceKind.REGISTRY, SourceKind.LISTS)),
    FEW,
    FEW,
    st.just(Thresholds(percent=0, records=0)),
    st.just(Thresholds(percent=0, records=0)),
)


@given(states(), snapshots(), RULES, st.sampled_from(((), UNPROVED)))
@settings(max_examples=60)
def test_what_flows_rests_on_nothing_that_waits(
    state: RosterState, snapshot: RosterSnapshot, rules: SourceRules, doubts: tuple[Text, ...]
) -> None:
    said = replace(snapshot, doubts=doubts)
    whole = plan(state, said, today=TODAY, standing=Standing(rules=rules))
    flowing, waiting = split(whole)
    parts = [flowing, *waiting]
    changes = [change for part in parts for change in part.changes]
    assert sorted(changes, key=repr) == sorted(whole.changes, key=repr)
    assert all(part.hold for part in waiting)
    assert set(map(repr, groundless(state, flowing.changes))) <= set(map(repr, groundless(state, whole.changes)))
    closed = occupied(state, (row for one in flowing.changes for row in one.rows), TODAY)
    assert closed.keys() <= occupied(state, (row for one in whole.changes for row in one.rows), TODAY).keys()
