"""Questions of matching over real tables: asked, answered, remembered, audited."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import GatewayError, RuleViolation
from gateway.model.audit import first_fault
from gateway.model.file_place import FilePlace
from gateway.model.matching import Matched
from gateway.model.matching_cases import CaseReason, CaseState
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_link import LinkState, links_of_created
from gateway.model.roster_planning import plan
from gateway.roster.author import Author
from gateway.roster.matching import MatchDecisions, recognised
from tests.matching_world import SECOND, from_source, told
from tests.roster_world import NOON, TODAY, Database, Moments, Unit, database, pupil_of

ANNA = Author(actor="anna", role="coordinator", channel="console", reason="Сверено с личным делом")
BASE = told(4)


class World:
    """A school that the registry was loaded into, and a second source."""

    def __init__(self, base: Database) -> None:
        self.base = base
        self.decisions = MatchDecisions(units=base.units, clock=Moments(), new_id=base.new_id)
        self.load(BASE)

    def unit(self) -> AbstractContextManager[Unit]:
        return self.base.unit()

    def load(self, said: RosterSnapshot) -> Matched:
        """Match, plan and write as a sync does."""
        with self.unit() as unit:
            before = unit.roster.state()
            found = recognised(unit, said, before, at=NOON)
            changes = plan(before, found.snapshot, today=TODAY).changes
            unit.roster.write(changes)
            unit.roster_links.put(links_of_created(said.source, changes, at=NOON))
        return found

    def state(self) -> RosterState:
        with self.unit() as unit:
            return unit.roster.state()

    def active(self, source: str) -> dict[str, str]:
        with self.unit() as unit:
            return {
                one.source_id: one.id
                for one in unit.roster_links.all(source=source)
                if one.state is LinkState.ACTIVE and one.kind is RecordKind.PUPIL
            }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with database(tmp_path) as base:
        yield World(base)


def doubtful() -> RosterSnapshot:
    """The second source, with another birth date for the first pupil."""
    first = replace(BASE.pupils[0], birth_date=date(2001, 1, 1))
    return from_source(replace(BASE, pupils=(first, *BASE.pupils[1:])), SECOND)


def test_what_was_created_is_linked(world: World) -> None:
    assert world.active("registry") == {f"P-{number}": pupil_of(number) for number in range(1, 5)}
    assert world.load(BASE).snapshot is BASE


def test_a_question_is_asked_once_and_waits_since_it_was_asked(world: World) -> None:
    world.load(doubtful())
    (asked,) = world.decisions.cases(state=CaseState.OPEN)
    world.load(doubtful())
    assert world.decisions.cases(state=CaseState.OPEN) == [asked]
    assert (asked.case.source, asked.case.source_id, asked.since) == (SECOND, "x-P-1", NOON)
    assert asked.case.record["family"] == BASE.pupils[0].name.family


def test_a_question_keeps_the_row_of_the_file_that_it_is_about(world: World) -> None:
    said = doubtful()
    place = FilePlace(file="classes.xlsx", row=14, sheet="5А")
    world.load(replace(said, places={(RecordKind.PUPIL, said.pupils[0].source_id): place}))
    (stored,) = world.decisions.cases(state=CaseState.OPEN)
    assert stored.case.place == place
    world.load(said)
    (stored,) = world.decisions.cases(state=CaseState.OPEN)
    assert stored.case.place is None


def test_a_question_that_the_source_asks_no_longer_is_closed(world: World) -> None:
    world.load(doubtful())
    world.load(from_source(BASE, SECOND))
    (case,) = world.decisions.cases()
    assert (case.state, case.decided_by) == (CaseState.CLOSED, SECOND)


def test_the_same_is_a_link_that_a_person_made(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    decided = world.decisions.same(case.id, author=ANNA)
    assert (decided.state, decided.chosen, decided.decided_by) == (CaseState.SAME, pupil_of(1), "anna")
    assert world.active(SECOND)["x-P-1"] == pupil_of(1)
    found = world.load(doubtful())
    assert found.cases == ()
    assert world.state().of(RecordKind.PUPIL)[pupil_of(1),]["birth_date"] == "2001-01-01"
    with world.unit() as unit:
        entries = list(unit.audit.entries())
    assert first_fault(entries) is None
    (entry,) = [one.record for one in entries if one.record.object_kind == "roster_case"]
    assert (entry.action, entry.actor, entry.reason) == ("match.same", "anna", "Сверено с личным делом")


def test_another_of_ours_may_be_named(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    world.decisions.same(case.id, pupil_of(3), author=ANNA)
    assert world.active(SECOND)["x-P-1"] == pupil_of(3)
    with pytest.raises(GatewayError, match=r"roster\.case_closed"):
        world.decisions.same(case.id, author=ANNA)


def test_a_record_that_is_not_there_is_refused(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    with pytest.raises(RuleViolation, match=r"roster\.case_record"):
        world.decisions.same(case.id, "nobody", author=ANNA)
    with pytest.raises(GatewayError, match=r"roster\.case_unknown"):
        world.decisions.same("nothing", author=ANNA)


def test_somebody_new_comes_in_with_the_next_sync(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    decided = world.decisions.new(case.id, author=ANNA)
    assert decided.chosen is not None
    world.load(doubtful())
    assert (decided.chosen,) in world.state().of(RecordKind.PUPIL)
    assert len(world.state().of(RecordKind.PUPIL)) == 5
    assert world.load(doubtful()).cases == ()


def test_what_is_left_alone_stays_out_until_it_is_asked_again(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    world.decisions.ignore(case.id, author=ANNA)
    assert world.load(doubtful()).cases == ()
    assert len(world.state().of(RecordKind.PUPIL)) == 4
    world.decisions.reopen(case.id, author=ANNA)
    assert len(world.load(doubtful()).cases) == 1


def test_a_decision_can_be_taken_back(world: World) -> None:
    world.load(doubtful())
    (case,) = world.decisions.cases()
    world.decisions.same(case.id, author=ANNA)
    world.decisions.reopen(case.id, author=ANNA)
    assert "x-P-1" not in world.active(SECOND)
    with world.unit() as unit:
        (retired,) = [one for one in unit.roster_links.all(source=SECOND) if one.state is LinkState.RETIRED]
    assert retired.linked_by == "anna"


def test_a_new_numbering_is_agreed_to_once(world: World) -> None:
    said = from_source(BASE, "registry", mark="new-")
    world.load(said)
    before = world.state()
    asked = world.decisions.cases(state=CaseState.OPEN)
    assert {case.case.reason for case in asked} == {CaseReason.RENUMBERED}
    for case in asked:
        with pytest.raises(RuleViolation, match=r"roster\.case_of_many"):
            world.decisions.ignore(case.id, author=ANNA)
        world.decisions.same(case.id, author=ANNA)
    assert world.active("registry") == {f"new-P-{number}": pupil_of(number) for number in range(1, 5)}
    found = world.load(said)
    assert (found.cases, found.renumbered) == ((), False)
    after = world.state()
    for kind in RecordKind:
        assert after.of(kind).keys() == before.of(kind).keys()


def test_numbers_dealt_out_anew_are_agreed_to_as_well(world: World) -> None:
    pupils = BASE.pupils
    shuffled = tuple(
        replace(one, id=other.id, source_id=other.source_id)
        for one, other in zip(pupils, (*pupils[1:], pupils[0]), strict=True)
    )
    world.load(replace(BASE, pupils=shuffled))
    (case,) = world.decisions.cases(state=CaseState.OPEN)
    world.decisions.same(case.id, author=ANNA)
    found = world.load(replace(BASE, pupils=shuffled))
    assert found.cases == ()
    names = {key[0]: fields["family"] for key, fields in world.state().of(RecordKind.PUPIL).items()}
    assert names == {one.id: one.name.family for one in pupils}


def test_where_there_is_one_candidate_all_can_be_agreed_to_at_once(world: World) -> None:
    said = from_source(BASE, SECOND)
    bare = replace(
        said, pupils=tuple(replace(one, snils=None, name=_other_patronymic(one.name)) for one in said.pupils)
    )
    world.load(bare)
    assert len(world.decisions.cases(state=CaseState.OPEN)) == 4
    assert world.decisions.same_where_one(source=SECOND, kind=RecordKind.STAFF, author=ANNA) == 0
    assert world.decisions.same_where_one(source=SECOND, author=ANNA) == 4
    assert world.load(bare).cases == ()


def test_a_source_id_never_means_two_of_ours(world: World) -> None:
    with world.unit() as unit:
        (link,) = [one for one in unit.roster_links.all() if one.id == pupil_of(1)]
        unit.roster_links.put([replace(link, id=pupil_of(2))])
    assert world.active("registry")["P-1"] == pupil_of(2)
    assert sorted(world.active("registry")) == ["P-1", "P-2", "P-3", "P-4"]


def test_links_of_a_record_tell_all_sources(world: World) -> None:
    world.load(from_source(BASE, SECOND))
    found = world.decisions.links(RecordKind.PUPIL, {pupil_of(1)})
    assert [(one.source, one.source_id) for one in found] == [(SECOND, "x-P-1"), ("registry", "P-1")]


def _other_patronymic(name: PersonName) -> PersonName:
    return replace(name, patronymic="Иная")
