"""Links, questions and merges on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError

from gateway.model.matching_cases import CaseState
from gateway.model.roster import RecordKind
from gateway.model.roster_link import LinkState
from gateway.roster.author import Author
from gateway.roster.matching import MatchDecisions
from gateway.roster.people import PersonMerges
from gateway.roster.sync import RosterSync
from gateway.storage.bulk import add_rows
from gateway.storage.tables.roster_links import roster_link
from tests.matching_world import from_source, told
from tests.roster_world import NOON, SCHOOL, Database, Moments, Told, database_at, pupil_of

pytestmark = pytest.mark.postgres

BASE = told(30)
ANNA = Author(actor="anna", role="coordinator", channel="console", reason="Сверено")


@pytest.fixture
def base(postgres_url: URL) -> Iterator[Database]:
    """Put the school into a fresh database, with everybody in it."""
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        sync(base, Told(says=BASE))
        yield base


def sync(base: Database, source: Told) -> None:
    RosterSync(units=base.units, source=source, clock=Moments(), new_id=base.new_id).run()


def test_a_new_numbering_waits_for_a_person_and_is_then_known(base: Database) -> None:
    said = from_source(BASE, "registry", mark="new-")
    sync(base, Told(says=said))
    with base.unit() as unit:
        before = unit.roster.state()
    decisions = MatchDecisions(units=base.units, clock=Moments(), new_id=base.new_id)
    waiting = decisions.cases(state=CaseState.OPEN)
    assert {case.case.kind for case in waiting} == {
        RecordKind.PUPIL,
        RecordKind.GUARDIAN,
        RecordKind.STAFF,
        RecordKind.CLASS,
    }
    for case in waiting:
        decisions.same(case.id, author=ANNA)
    sync(base, Told(says=said))
    with base.unit() as unit:
        after = unit.roster.state()
        active = [one for one in unit.roster_links.all() if one.state is LinkState.ACTIVE]
    assert all(after.of(kind).keys() == before.of(kind).keys() for kind in RecordKind)
    assert {one.source_id[:4] for one in active} == {"new-"}


def test_a_source_id_cannot_mean_two_of_ours_whoever_writes(base: Database) -> None:
    with base.unit() as unit:
        (link,) = [one for one in unit.roster_links.all() if one.id == pupil_of(1)]
    row = {
        "school_id": SCHOOL.id,
        "source": link.source,
        "kind": link.kind.value,
        "source_id": link.source_id,
        "record_id": pupil_of(2),
        "confidence": 100,
        "rule": "created",
        "linked_at": NOON,
        "linked_by": None,
        "state": "active",
    }
    with pytest.raises(IntegrityError), base.engine.begin() as connection:
        add_rows(connection, roster_link, [row])


def test_two_records_become_one_and_two_again(base: Database) -> None:
    twin = replace(BASE.pupils[0], id=pupil_of(99), source_id="P-99", snils=None, birth_date=date(2001, 1, 1))
    place = replace(BASE.enrollments[0], pupil=twin.id)
    sync(base, Told(says=replace(BASE, pupils=(*BASE.pupils, twin), enrollments=(*BASE.enrollments, place))))
    with base.unit() as unit:
        before = unit.roster.state()
        book = unit.roster.movements()
    merges = PersonMerges(units=base.units, clock=Moments(), new_id=base.new_id)
    merge = merges.merge(RecordKind.PUPIL, pupil_of(1), twin.id, author=ANNA)
    with base.unit() as unit:
        assert unit.roster.state().of(RecordKind.PUPIL)[twin.id,]["status"] == "archived"
        assert len(unit.roster.movements()) == len(book) + 1
    merges.undo(merge.id, author=ANNA)
    with base.unit() as unit:
        assert unit.roster.state() == before
        assert len(unit.roster.movements()) == len(book) + 2
