"""Random rosters, and what is held after some of them."""

from dataclasses import replace

from hypothesis import strategies as st

from gateway.model.people import PersonName
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_change import applied
from gateway.model.roster_planning import plan
from tests.roster_world import FIRST, SCHOOL, TODAY, guardian, link, place, pupil, school_class, teacher

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
