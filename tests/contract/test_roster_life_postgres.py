"""The life of plans on a real PostgreSQL: taken back exactly, many rows by COPY, quarantine, what came, runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import URL

from gateway.errors import Fault, Rejected, Text
from gateway.model.movement_book import uncancelled
from gateway.model.people import PersonName
from gateway.model.roster import Received, RecordKind
from gateway.model.roster_plan import PlanState
from tests.roster_life_world import Life
from tests.roster_world import database_at, pupil_of, roster, without

pytestmark = pytest.mark.postgres

MANY = 300
"""So many records go by COPY."""

RAW = "<Pupil><family>Тестова</family></Pupil>"
WRONG = (Fault(code="roster.snils", text=Text(ru="Не сходится.", en="Wrong.")),)
SAID = replace(
    roster(MANY).snapshot(),
    rejected=tuple(Rejected(record=f"X-{n}", kind="pupil", faults=WRONG, raw=RAW) for n in range(MANY)),
    received=tuple(Received(kind=RecordKind.PUPIL, source_id=f"P-{n}", raw=RAW) for n in range(1, MANY + 1)),
)


@pytest.fixture
def life(postgres_url: URL) -> Iterator[Life]:
    with database_at(postgres_url.render_as_string(hide_password=False)) as base:
        yield Life(base=base)


def test_the_first_load_is_taken_back_and_the_book_keeps_both(life: Life) -> None:
    before = life.state()
    plan = life.applied(SAID)
    done = life.reverting.run(plan, by="zavuch", reason="another school's file")
    assert (done.head.state, done.cancelled, done.how.withdrawn) == (PlanState.REVERTED, MANY, ())
    assert life.state() == before
    with life.base.unit() as unit:
        book = unit.roster.movements()
        assert unit.roster_links.all() == []
    assert (len(book), uncancelled(book)) == (2 * MANY, ())


def test_a_plan_that_is_put_together_from_pieces_is_the_plan_that_was_made(life: Life) -> None:
    """Backslashes, quotes and line ends are what a text in pieces may break at."""
    odd = replace(SAID.pupils[0], name=PersonName(family='О\\т "и"\tдо', given="Строка\nвторая", patronymic="\\N"))
    plan = life.applied(replace(SAID, pupils=(odd, *SAID.pupils[1:])))
    with life.base.unit() as unit:
        stored = unit.roster.plan(plan)
    assert stored is not None
    assert len(stored.plan.changes) > 4 * MANY
    assert stored.plan.digest() == stored.head.digest
    (kept,) = [one.rows[0].new for one in stored.plan.changes if one.key == (odd.id,)]
    assert (kept["family"], kept["given"], kept["patronymic"]) == (
        odd.name.family,
        odd.name.given,
        odd.name.patronymic,
    )


def test_what_came_is_kept_sealed_and_found_again(life: Life) -> None:
    life.run(SAID)
    (cause,) = life.quarantine.causes()
    assert len(cause.records) == MANY
    assert life.quarantine.record(cause.records[0]).raw == RAW
    view = life.quarantine.view(RecordKind.PUPIL, (pupil_of(7),))
    assert [one.raw for one in view.received] == [RAW]
    life.run(replace(SAID, rejected=()))
    assert life.quarantine.causes() == ()


def test_the_measure_of_the_next_sync_is_the_last_proved_one(life: Life) -> None:
    life.run(replace(SAID, rejected=()))
    life.run(replace(without(SAID, 1), rejected=(), doubts=(Text(ru="Страница потеряна.", en="A page was lost."),)))
    with life.base.unit() as unit:
        measure = unit.roster_runs.last_accepted("registry")
    assert measure is not None
    assert measure[RecordKind.PUPIL] == MANY
