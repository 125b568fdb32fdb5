"""Laws of changes: without departures they lead where the whole list leads; they never take anybody out of force."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Text
from gateway.model.people import PersonName
from gateway.model.roster import RosterSnapshot, RosterState, active_rows
from gateway.model.roster_change import LEAVING, applied
from gateway.model.roster_planning import plan
from tests.roster_changes_world import nobody_lost
from tests.roster_strategies import FAMILIES, snapshots, states
from tests.roster_world import TODAY, UNPROVED, class_of

YESTERDAY = TODAY - timedelta(days=1)


@st.composite
def followed(draw: st.DrawFn) -> tuple[RosterSnapshot, RosterSnapshot]:
    """A roster and one that follows it: people come, are renamed, change their class; nobody leaves."""
    first, more = draw(snapshots()), draw(snapshots())
    here = {one.id for one in first.pupils}
    pupils = tuple(
        replace(one, name=PersonName(family=draw(st.sampled_from(FAMILIES)), given="Проба")) for one in first.pupils
    )
    newcomers = tuple(one for one in more.pupils if one.id not in here)
    new = {one.id for one in newcomers}
    places = [one for one in more.enrollments if one.pupil in new]
    classes = _joined(first.classes, more.classes)
    for one in first.enrollments:
        to = class_of(draw(st.sampled_from(range(1, 4))))
        moves = one.valid_to is None and to != one.school_class and to in {each.id for each in classes}
        if moves and one.valid_from <= YESTERDAY and draw(st.booleans()):
            places += [replace(one, valid_to=YESTERDAY), replace(one, school_class=to, valid_from=TODAY)]
        else:
            places.append(one)
    guardians = _joined(first.guardians, more.guardians)
    known = {(one.guardian, one.pupil) for one in first.guardianships}
    second = replace(
        first,
        pupils=(*pupils, *newcomers),
        guardians=guardians,
        guardianships=(
            *first.guardianships,
            *(
                one
                for one in more.guardianships
                if one.valid_to is None and (one.guardian, one.pupil) not in known and one.pupil in here | new
            ),
        ),
        staff=_joined(first.staff, more.staff),
        classes=classes,
        enrollments=tuple(places),
    )
    return first, second


@given(pair=followed())
@settings(max_examples=25, deadline=None)
def test_without_departures_changes_lead_where_the_whole_list_leads(
    pair: tuple[RosterSnapshot, RosterSnapshot],
) -> None:
    first, second = pair
    held = _after(RosterState(), first)
    by_changes = _after(held, _changes(first, second))
    assert by_changes == _after(held, second)
    assert plan(by_changes, second, today=TODAY).changes == ()


@given(held=states(), told=snapshots(), doubts=st.sampled_from([(), UNPROVED]))
@settings(max_examples=30, deadline=None)
def test_changes_take_nobody_out_of_force_whatever_they_hold(
    held: RosterState, told: RosterSnapshot, doubts: tuple[Text, ...]
) -> None:
    made = plan(held, replace(told, partial=True, doubts=doubts), today=TODAY)
    assert not any(one.action in LEAVING for one in made.changes)
    assert made.missing == ()
    assert nobody_lost(active_rows(held.rows, TODAY), active_rows(applied(held, made.changes).rows, TODAY))


@given(held=states(), told=snapshots())
@settings(max_examples=25, deadline=None)
def test_what_changes_would_take_away_is_counted(held: RosterState, told: RosterSnapshot) -> None:
    by_changes = plan(held, replace(told, partial=True), today=TODAY)
    proved = plan(held, told, today=TODAY)
    stated = {(one.kind, one.key) for one in proved.changes if one.action in LEAVING} - {
        (one.kind, one.key) for one in proved.missing
    }
    assert by_changes.left_out >= len(stated)


def _after(held: RosterState, told: RosterSnapshot) -> RosterState:
    return applied(held, plan(held, told, today=TODAY).changes)


def _changes(first: RosterSnapshot, second: RosterSnapshot) -> RosterSnapshot:
    """The records of the second roster that the first one does not have just so."""
    return replace(
        second,
        partial=True,
        pupils=tuple(one for one in second.pupils if one not in first.pupils),
        guardians=tuple(one for one in second.guardians if one not in first.guardians),
        guardianships=tuple(one for one in second.guardianships if one not in first.guardianships),
        staff=tuple(one for one in second.staff if one not in first.staff),
        classes=tuple(one for one in second.classes if one not in first.classes),
        enrollments=tuple(one for one in second.enrollments if one not in first.enrollments),
    )


def _joined(first: tuple, more: tuple) -> tuple:  # type: ignore[type-arg]  # of any kind of record with an id
    known = {one.id for one in first}
    return (*first, *(one for one in more if one.id not in known))
