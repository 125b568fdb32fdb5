"""Laws of the year roll-over, over random schools and random decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.ids import PupilId
from gateway.model.movement_book import BookEntry, balance
from gateway.model.rollover import (
    MOVEMENTS,
    ClassName,
    Decided,
    FindingCode,
    Outcome,
    PupilDecision,
    RollOver,
    RollOverFacts,
    YearOrder,
    movements_of,
)
from gateway.model.rollover_json import rollover_from_json, rollover_to_json
from gateway.model.rollover_planning import roll_over
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_change import applied
from gateway.model.roster_revert import created, revert, reverted, touched_since
from tests.rollover_world import BEGINNING, ENDING
from tests.roster_world import SCHOOL, place, pupil, pupil_of, school_class, teacher

CLASSES = {1: (4, "А"), 2: (5, "А"), 3: (9, "А"), 4: (11, "А"), 5: (5, "Б"), 6: (1, "А")}
NEXT = {11: (6, "А"), 12: (5, "А")}
"""Classes of the new year that a registry has told of already."""

PUPILS = range(1, 9)
TODAY = date(2027, 8, 20)
ORDERS = {one: YearOrder(outcome=one, document=f"Приказ {one.value}") for one in Outcome}


@st.composite
def facts(draw: st.DrawFn) -> RollOverFacts:
    """A school at the end of a year: some left, some moved within the year, some are there already."""
    numbers = sorted(draw(st.sets(st.sampled_from(PUPILS), min_size=1)))
    known = {one: NEXT[one] for one in sorted(draw(st.sets(st.sampled_from(sorted(NEXT)))))}
    places = []
    for one in numbers:
        seat = draw(st.sampled_from(sorted(CLASSES)))
        match draw(st.integers(0, 7)):
            case 0:
                places.append(place(one, seat, until=date(2027, 5, 25)))
            case 1:
                places += [
                    place(one, 1, until=date(2026, 12, 31)),
                    place(one, seat, since=date(2027, 1, 11)),
                ]
            case 2 if known:
                places += [
                    place(one, seat, until=date(2027, 8, 31)),
                    place(one, min(known), since=BEGINNING.start),
                ]
            case 3:
                places += [place(one, seat), place(one, 5 if seat != 5 else 2, since=date(2027, 3, 1))]
            case 4:
                pass
            case _:
                places.append(place(one, seat))
    made = RosterSnapshot(
        source="registry",
        school=SCHOOL.id,
        pupils=tuple(pupil(one) for one in numbers),
        staff=(teacher(1),),
        classes=(
            *(school_class(one, grade=grade, letter=letter) for one, (grade, letter) in CLASSES.items()),
            *(school_class(one, grade=grade, letter=letter, year=2027) for one, (grade, letter) in known.items()),
        ),
        enrollments=tuple(places),
    )
    return RollOverFacts(
        ending=ENDING,
        beginning=BEGINNING,
        today=draw(st.sampled_from((TODAY, date(2027, 9, 2)))),
        state=RosterState(rows=snapshot_rows(made)),
        decided=Decided(pupils=draw(decisions(numbers)), orders=ORDERS),
    )


@st.composite
def decisions(draw: st.DrawFn, numbers: list[int]) -> Mapping[PupilId, PupilDecision]:
    found = {}
    for one in draw(st.sets(st.sampled_from(numbers))):
        to = draw(st.sampled_from((None, None, "5В", "6А", "9Б", "10Б")))
        found[pupil_of(one)] = PupilDecision(
            pupil=pupil_of(one),
            outcome=draw(st.sampled_from(Outcome)),
            to=None if to is None else ClassName.of(to),
            last_day=draw(st.none() | st.sampled_from((date(2027, 6, 25), date(2027, 9, 30)))),
        )
    return found


def places_on(state: RosterState, day: date) -> Counter[str]:
    """How many places every pupil has on a day."""
    return Counter(
        str(one["pupil"])
        for one in state.of(RecordKind.ENROLLMENT).values()
        if str(one["valid_from"]) <= day.isoformat()
        and (one["valid_to"] is None or str(one["valid_to"]) >= day.isoformat())
    )


def made_of(facts: RollOverFacts) -> tuple[RollOver, RosterState]:
    made = roll_over(facts, school=SCHOOL.id)
    return made, applied(facts.state, made.changes)


@given(facts())
@settings(max_examples=50)
def test_nobody_is_lost_or_doubled(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    first = BEGINNING.start
    before, now = places_on(facts.state, first), places_on(after, first)
    lines = {one.pupil: one for one in made.pupils}
    assert len(lines) == len(made.pupils)
    gaps = {one.pupil for one in made.findings if one.blocks}
    for one in PUPILS:
        name = pupil_of(one)
        line = lines.get(name)
        if line is None or line.outcome is None or (line.outcome.stays and line.to_class is None):
            assert now[name] == before[name]
            assert before[name] == 0 or name in gaps or before[name] == 1
        elif line.outcome.stays:
            assert (before[name], now[name]) == (1, 1)
        elif name not in gaps:
            assert (before[name], now[name]) == (1, 0)
    doubled = {name for name, number in before.items() if number > 1}
    assert doubled == {one.pupil for one in made.findings if one.code is FindingCode.TWO_CLASSES}
    assert set(places_on(after, date(2026, 9, 1))) == set(places_on(facts.state, date(2026, 9, 1)))


@given(facts())
@settings(max_examples=40)
def test_what_is_complete_leaves_nobody_behind(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    old = {key[0] for key, one in after.of(RecordKind.CLASS).items() if one["year"] == ENDING.year}
    open_places = [one for one in after.of(RecordKind.ENROLLMENT).values() if one["valid_to"] is None]
    if made.is_complete:
        assert not [one for one in open_places if one["school_class"] in old]


@given(facts())
@settings(max_examples=40)
def test_opening_and_in_and_out_give_closing(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    if not made.is_complete:
        return
    first = BEGINNING.start.isoformat()
    held = Counter(
        str(one["school_class"])
        for one in after.of(RecordKind.ENROLLMENT).values()
        if str(one["valid_from"]) <= first and (one["valid_to"] is None or str(one["valid_to"]) >= first)
    )
    for line in made.classes:
        assert line.closing == held[line.id]
        assert line.closing >= 0
    total = {
        year: [sum(getattr(one, name) for one in made.classes if one.year == year) for name in ("arrived", "left")]
        for year in (ENDING.year, BEGINNING.year)
    }
    gone = sum(one.outcome is not None and not one.outcome.stays for one in made.pupils)
    assert total[ENDING.year][1] == total[BEGINNING.year][0] + gone


@given(facts())
@settings(max_examples=30)
def test_the_book_tells_the_same_as_the_classes(facts: RollOverFacts) -> None:
    made, _ = made_of(facts)
    if not made.is_complete:
        return
    entries = [
        BookEntry(id=str(number), movement=one, plan="p", entered_at=datetime(2027, 8, 20, tzinfo=UTC))
        for number, one in enumerate(movements_of(made.pupils))
    ]
    assert [one.movement.kind for one in entries] == [MOVEMENTS[one.outcome] for one in made.pupils if one.outcome]
    for line in made.classes:
        whole = balance(entries, first=date(2027, 1, 1), last=BEGINNING.start, school_class=line.id)
        assert (whole.arrived, whole.left) == (line.arrived, line.left)


@given(facts())
@settings(max_examples=40)
def test_taking_it_back_gives_the_roster_before(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    assert touched_since(made.changes, after) == ()
    how = revert(made.changes, after, referred={})
    assert reverted(after, how) == RosterState(rows={kind: dict(facts.state.of(kind)) for kind in RecordKind})


@given(facts())
@settings(max_examples=30)
def test_made_again_after_a_revert_that_kept_classes_it_is_the_same_school(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    how = revert(made.changes, after, referred=created(made.changes))
    again, last = made_of(replace(facts, state=reverted(after, how)))
    assert last == after
    assert [one.to_class for one in again.pupils] == [one.to_class for one in made.pupils]


@given(facts())
@settings(max_examples=30)
def test_what_has_been_rolled_over_is_not_rolled_over_again(facts: RollOverFacts) -> None:
    made, after = made_of(facts)
    again = roll_over(replace(facts, state=after), school=SCHOOL.id)
    if made.is_complete:
        assert again.changes == ()
        assert again.pupils == ()


@given(facts())
@settings(max_examples=30)
def test_what_is_stored_is_what_was_made(facts: RollOverFacts) -> None:
    made, _ = made_of(facts)
    assert rollover_from_json(rollover_to_json(made), made.changes) == made
