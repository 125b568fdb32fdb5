"""Class sizes follow from the movement book (R-ROST-20): opening + in − out = closing, by class and for the school."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from gateway.model.ids import ClassId
from gateway.model.movement import Movement, movements
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_change import applied
from gateway.model.roster_planning import plan
from tests.roster_world import FIRST, TODAY, class_of, place, pupil, roster, without

SAID = roster(4).snapshot()
MOVED = replace(
    SAID,
    enrollments=(place(2, 2, until=FIRST), place(2, 1, since=FIRST + timedelta(days=1)), *SAID.enrollments[2:]),
    pupils=SAID.pupils[1:],
    guardianships=SAID.guardianships[1:],
)
JOINED = replace(
    SAID, pupils=(*SAID.pupils, pupil(9)), enrollments=(*SAID.enrollments[:1], *MOVED.enrollments, place(9, 2))
)


def sizes(state: RosterState, day: date) -> Counter[ClassId]:
    """How many pupils are in each class on a day."""
    there = state.of(RecordKind.ENROLLMENT).items()
    iso = day.isoformat()
    return Counter(
        ClassId(key[1])
        for key, row in there
        if key[2] <= iso and (row["valid_to"] is None or str(row["valid_to"]) >= iso)
    )


def balance(opening: Counter[ClassId], entries: tuple[Movement, ...]) -> Counter[ClassId]:
    """What the book makes of the sizes before."""
    closing = Counter(opening)
    closing.update(one.to_class for one in entries if one.to_class is not None)
    closing.subtract(one.from_class for one in entries if one.from_class is not None)
    return +closing


def test_opening_and_in_less_out_is_closing() -> None:
    state, size, seen = RosterState(), Counter[ClassId](), set()
    told: list[RosterSnapshot] = [SAID, MOVED, JOINED, without(JOINED, 3), JOINED]
    for days, snapshot in enumerate(told):
        today = TODAY + timedelta(days=days)
        changes = plan(state, snapshot, today=today).changes
        entries = movements(state, changes, today=today)
        state = applied(state, changes)
        assert sizes(state, today) == balance(size, entries)
        size = sizes(state, today)
        seen |= {one.kind for one in entries}
    assert len(seen) == 3, "pupils came, left and changed class"
    assert size.total() == 5


def test_a_class_has_the_size_of_the_day() -> None:
    changes = plan(RosterState(), MOVED, today=TODAY).changes
    state = applied(RosterState(), changes)
    before, after = sizes(state, FIRST), sizes(state, FIRST + timedelta(days=1))
    assert after[class_of(1)] == before[class_of(1)] + 1
    assert after[class_of(2)] == before[class_of(2)] - 1
    assert sizes(state, FIRST - timedelta(days=1)) == Counter()
