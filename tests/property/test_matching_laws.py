"""Laws of matching over random rosters, spellings and numberings."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.matching_names import name_key
from gateway.model.matching_rules import WEIGHTS, judge, profile_of
from gateway.model.people import PersonName, Pupil
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_change import applied
from gateway.model.roster_link import Link
from gateway.model.roster_planning import plan
from tests.matching_world import SECOND, from_source, held_after, links_of, matched, snils_of, told
from tests.roster_world import SCHOOL, TODAY, UNPROVED, pupil

LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0x24F) | st.characters(
    min_codepoint=0x400, max_codepoint=0x4FF
)
FAMILIES = ("Щукина", "Shchukina", "Щукин", "Пробная", "Probnaya", "Алёна")
GIVEN = ("Алёна", "Алена", "Alyona", "Юлия", "Щукина")
PATRONYMICS = ("", "Примеровна", "Primerovna", "Иная")
SOURCES = ("registry", SECOND)


@st.composite
def pupils(draw: st.DrawFn) -> tuple[Pupil, ...]:
    """Some pupils of one list, alike enough to be taken for one another."""
    numbers = sorted(draw(st.sets(st.integers(1, 8), max_size=6)))
    return tuple(
        replace(
            pupil(number),
            name=PersonName(
                family=draw(st.sampled_from(FAMILIES)),
                given=draw(st.sampled_from(GIVEN)),
                patronymic=draw(st.sampled_from(PATRONYMICS)),
            ),
            birth_date=pupil(number).birth_date.replace(day=draw(st.integers(1, 4))),
            snils=draw(st.none() | st.integers(1, 5).map(snils_of)),
        )
        for number in numbers
    )


@st.composite
def lists(draw: st.DrawFn) -> RosterSnapshot:
    """A list of pupils of one of two sources."""
    said = RosterSnapshot(source="registry", school=SCHOOL.id, pupils=draw(pupils()))
    source = draw(st.sampled_from(SOURCES))
    told_so = said if source == "registry" else from_source(said, source, mark="")
    return replace(told_so, doubts=draw(st.sampled_from(((), UNPROVED))))


def _after(lists_: list[RosterSnapshot]) -> tuple[RosterState, tuple[Link, ...]]:
    """What is held and linked after some lists."""
    state, links = RosterState(), {}
    for said in lists_:
        found = matched(said, tuple(links.values()), state)
        links |= {(one.source, one.kind, one.source_id): one for one in found.new_links}
        changes = plan(state, found.snapshot, today=TODAY).changes
        state = applied(state, changes)
        links |= {
            (one.source, one.kind, one.source_id): one
            for one in links_of(found.snapshot)
            if (one.source, one.kind, one.source_id) not in links and one.id not in {each.id for each in links.values()}
        }
    return state, tuple(links.values())


@given(st.text(LETTERS, max_size=30))
@settings(max_examples=120)
def test_the_key_of_a_key_is_the_key_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(LETTERS, max_size=30))
def test_case_and_blanks_around_make_no_other_key(name: str) -> None:
    assert name_key(f" {name} ") == name_key(name)


@given(pupils(), pupils())
def test_comparing_is_symmetric(ones: tuple[Pupil, ...], others: tuple[Pupil, ...]) -> None:
    kind = RecordKind.PUPIL
    for one in ones:
        for other in others:
            first, second = (
                profile_of(kind, each.id, snapshot_rows(_of(each))[kind][each.id,]) for each in (one, other)
            )
            assert judge(first, second, WEIGHTS[kind]) == judge(second, first, WEIGHTS[kind])


def _of(one: Pupil) -> RosterSnapshot:
    return RosterSnapshot(source="registry", school=SCHOOL.id, pupils=(one,))


@given(st.lists(lists(), max_size=3), lists())
@settings(max_examples=50)
def test_matching_twice_gives_the_same(before: list[RosterSnapshot], said: RosterSnapshot) -> None:
    state, links = _after(before)
    first = matched(said, links, state)
    again = matched(said, (*links, *first.new_links), state)
    assert again.new_links == ()
    assert set(again.snapshot.pupils) == set(first.snapshot.pupils)
    assert {(case.kind, case.source_id) for case in again.cases} == {
        (case.kind, case.source_id) for case in first.cases
    }


@given(st.lists(lists(), max_size=3), lists())
@settings(max_examples=50)
def test_a_record_of_a_source_never_means_two_of_ours(before: list[RosterSnapshot], said: RosterSnapshot) -> None:
    state, links = _after(before)
    found = matched(said, links, state)
    named = [(one.source, one.kind, one.source_id) for one in (*links, *found.new_links)]
    assert len(named) == len(set(named))
    ids = [one.id for one in found.snapshot.pupils]
    assert len(ids) == len(set(ids))


@given(st.lists(lists(), max_size=3), lists())
@settings(max_examples=50)
def test_nobody_is_linked_to_somebody_with_another_snils(before: list[RosterSnapshot], said: RosterSnapshot) -> None:
    state, links = _after(before)
    by_source_id = {one.source_id: one for one in said.pupils}
    for link in matched(said, links, state).new_links:
        held = state.of(RecordKind.PUPIL).get((link.id,), {})
        snils = by_source_id[link.source_id].snils
        if link.rule != "created" and held.get("snils") and snils:
            assert held["snils"] == snils


@given(st.lists(lists(), max_size=3), lists())
@settings(max_examples=40)
def test_every_record_flows_or_is_asked_about(before: list[RosterSnapshot], said: RosterSnapshot) -> None:
    state, links = _after(before)
    found = matched(said, links, state)
    asked = {case.source_id for case in found.cases}
    if not found.renumbered:
        ours = {(one.source_id): one.id for one in (*links, *found.new_links) if one.source == said.source}
        flowing = {one.id for one in found.snapshot.pupils}
        for one in said.pupils:
            assert one.source_id in asked or ours.get(one.source_id, one.id) in flowing
    for case in found.cases:
        assert (
            not {one.id for one in case.candidates}
            - {key[0] for key in state.of(RecordKind.PUPIL)}
            - {one.id for one in said.pupils}
        )


@given(st.integers(4, 9), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_numbers_dealt_out_anew_in_any_way_change_nothing(count: int, chance: object) -> None:
    base = told(count)
    state, links = held_after(base), links_of(base)
    numbers = list(base.pupils)
    chance.shuffle(numbers)  # type: ignore[attr-defined]
    said = replace(
        base,
        pupils=tuple(
            replace(one, id=other.id, source_id=other.source_id)
            for one, other in zip(base.pupils, numbers, strict=True)
        ),
    )
    found = matched(said, links, state)
    assert plan(state, found.snapshot, today=TODAY).changes == ()
