"""Laws of taking a plan back, over random rosters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.ids import ClassId
from gateway.model.movement import movements
from gateway.model.movement_book import BookEntry, balance, uncancelled
from gateway.model.people import PersonName
from gateway.model.roster import Key, RecordKind, RosterSnapshot, RosterState, is_active
from gateway.model.roster_change import Change, applied
from gateway.model.roster_planning import plan
from gateway.model.roster_revert import REFERENCES, created, net_rows, repeats, revert, reverted, touched_since
from tests.roster_world import FIRST, SCHOOL, TODAY, class_of, guardian, link, place, pupil, school_class, teacher

NUMBERS, CLASSES = range(1, 5), range(1, 4)
NOBODY: dict[RecordKind, set[Key]] = {}
AT = datetime(2026, 10, 1, tzinfo=UTC)


@st.composite
def snapshots(draw: st.DrawFn) -> RosterSnapshot:
    """A roster in which every reference holds; a pupil sits in one class at most."""
    here, guardians = draw(st.sets(st.sampled_from(NUMBERS))), draw(st.sets(st.sampled_from(NUMBERS)))
    classes = sorted(draw(st.sets(st.sampled_from(CLASSES))))
    seats = {number: draw(st.none() | st.sampled_from(classes)) for number in sorted(here)} if classes else {}
    days = st.dates(FIRST, TODAY)
    return RosterSnapshot(
        source="registry",
        school=SCHOOL.id,
        pupils=tuple(
            replace(pupil(one), name=PersonName(family=draw(st.sampled_from(("Тестова", "Пробная"))), given="Проба"))
            for one in sorted(here)
        ),
        guardians=tuple(guardian(one) for one in sorted(guardians)),
        guardianships=tuple(link(one, one) for one in sorted(here & guardians)),
        staff=(teacher(1),) if classes or draw(st.booleans()) else (),
        classes=tuple(school_class(one) for one in classes),
        enrollments=tuple(place(one, seat, since=draw(days)) for one, seat in seats.items() if seat is not None),
    )


@st.composite
def held(draw: st.DrawFn) -> RosterState:
    """What is held after some snapshots, so that suspended and ended records are there too."""
    state = RosterState()
    for snapshot in draw(st.lists(snapshots(), max_size=3)):
        state = applied(state, plan(state, snapshot, today=TODAY).changes)
    return state


def all_kinds(state: RosterState) -> RosterState:
    """The same with every kind named, so that two states are compared by what is in them."""
    return RosterState(rows={kind: dict(state.of(kind)) for kind in RecordKind})


@st.composite
def applied_plans(draw: st.DrawFn) -> tuple[RosterState, tuple[Change, ...], RosterState]:
    """A state, a plan of any snapshot for it, and the state after it."""
    before = draw(held())
    changes = plan(before, draw(snapshots()), today=TODAY).changes
    return before, changes, applied(before, changes)


@given(applied_plans())
@settings(max_examples=30)
def test_applying_and_taking_back_gives_the_roster_before(
    made: tuple[RosterState, tuple[Change, ...], RosterState],
) -> None:
    before, changes, after = made
    assert touched_since(changes, after) == ()
    how = revert(changes, after, referred=NOBODY)
    assert how.withdrawn == ()
    assert reverted(after, how) == all_kinds(before)


@given(applied_plans(), snapshots())
@settings(max_examples=25)
def test_several_plans_are_taken_back_one_by_one(
    made: tuple[RosterState, tuple[Change, ...], RosterState], snapshot: RosterSnapshot
) -> None:
    before, changes, after = made
    later = plan(after, snapshot, today=TODAY).changes
    last = applied(after, later)
    assert reverted(last, revert(later, last, referred=NOBODY)) == all_kinds(after)
    assert reverted(after, revert(changes, after, referred=NOBODY)) == all_kinds(before)


@given(applied_plans(), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_what_something_refers_to_is_never_removed(
    made: tuple[RosterState, tuple[Change, ...], RosterState], chance: object
) -> None:
    before, changes, after = made
    new = created(changes)
    referred = {kind: {key for key in keys if chance.random() < 0.5} for kind, keys in new.items()}  # type: ignore[attr-defined]  # a random.Random
    how = revert(changes, after, referred=referred)
    left = reverted(after, how)
    for kind, keys in referred.items():
        for key in keys:
            assert key in left.of(kind)
            assert not is_active(kind, left.of(kind)[key], TODAY)
    rows = [(fields, links) for kind, links in REFERENCES.items() for fields in left.of(kind).values()]
    for fields, links in rows:
        for name, end in links:
            assert (str(fields[name]),) in left.of(end) or (str(fields[name]),) not in after.of(end)
    for kind in RecordKind:
        for key, fields in before.of(kind).items():
            assert left.of(kind)[key] == fields


@given(applied_plans(), snapshots())
@settings(max_examples=25)
def test_a_later_change_of_the_same_fields_is_seen(
    made: tuple[RosterState, tuple[Change, ...], RosterState], snapshot: RosterSnapshot
) -> None:
    _, changes, after = made
    later = plan(after, snapshot, today=TODAY).changes
    last = applied(after, later)
    named = {(row.kind, row.key) for row in touched_since(changes, last)}
    ours = {(row.kind, row.key): row for row in net_rows(changes)}
    expected = {
        (row.kind, row.key)
        for row in net_rows(later)
        if (mine := ours.get((row.kind, row.key))) is not None
        and any(mine.new[name] != value for name, value in row.new.items() if name in mine.new)
    }
    assert named == expected


@given(applied_plans())
@settings(max_examples=40)
def test_doing_again_what_was_taken_back_is_recognised(
    made: tuple[RosterState, tuple[Change, ...], RosterState],
) -> None:
    _, changes, _ = made
    assert repeats(changes, changes) == changes
    assert repeats(changes, ()) == ()


@given(applied_plans(), st.dates(FIRST, TODAY), st.none() | st.sampled_from(CLASSES))
@settings(max_examples=25)
def test_after_a_counter_entry_the_book_counts_as_before(
    made: tuple[RosterState, tuple[Change, ...], RosterState], first: date, number: int | None
) -> None:
    before, changes, _ = made
    school_class: ClassId | None = None if number is None else class_of(number)
    lines = tuple(
        BookEntry(id=f"line-{count}", movement=one, plan="plan-1", entered_at=AT)
        for count, one in enumerate(movements(before, changes, today=TODAY))
    )
    counter = tuple(replace(one, id=f"storno {one.id}", cancels=one.id) for one in lines)
    empty = balance((), first=first, last=date.max, school_class=school_class)
    told = balance(lines, first=first, last=date.max, school_class=school_class)
    assert told.opening + told.arrived - told.left == told.closing
    assert balance(lines + counter, first=first, last=date.max, school_class=school_class) == empty
    assert uncancelled(lines + counter) == ()


@given(applied_plans())
@settings(max_examples=25)
def test_the_book_counts_the_pupils_of_the_school(made: tuple[RosterState, tuple[Change, ...], RosterState]) -> None:
    """Opening + in − out = closing (R-ROST-20): what the plan changes in the number of pupils is what it enters."""
    before, changes, after = made
    lines = [
        BookEntry(id=str(count), movement=one, plan="plan-1", entered_at=AT)
        for count, one in enumerate(movements(before, changes, today=TODAY))
    ]
    told = balance(lines, first=date.min, last=date.max)
    assert told.arrived - told.left == pupils_in(after) - pupils_in(before)


def pupils_in(state: RosterState) -> int:
    rows = state.of(RecordKind.PUPIL)
    return sum(is_active(RecordKind.PUPIL, fields, TODAY) for fields in rows.values())
