"""A sync looked at before it is done: nothing of it stays, and it does what was shown (SQLite and PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import RuleViolation
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_plan import PlanState
from gateway.model.roster_source import Thresholds
from gateway.roster.author import Author
from gateway.roster.preview import Confirmed
from gateway.roster.sync import RosterSync
from tests.roster_world import UNPROVED, Database, Moments, Told, database, database_at, removing, roster, without

BY = Author(actor="zavuch", role="deputy", channel="console", reason="list.csv")
STRICT = removing(Thresholds(percent=0, records=0))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        with database(tmp_path) as found:
            yield found
    else:
        with database_at(request.getfixturevalue("postgres_url").render_as_string(hide_password=False)) as found:
            yield found


@pytest.fixture
def clock() -> Moments:
    return Moments()


def sync(base: Database, says: RosterSnapshot, clock: Moments) -> RosterSync:
    return RosterSync(units=base.units, source=Told(says), clock=clock, new_id=base.new_id, rules=STRICT)


def everything(base: Database) -> tuple[object, ...]:
    with base.unit() as unit:
        return (
            unit.roster.state().rows,
            unit.roster.plans(),
            unit.roster.movements(),
            unit.roster_runs.newest(),
            unit.roster_links.all(),
            unit.roster_cases.all(),
            unit.roster_absences.all(),
            unit.quarantine.all(),
        )


def test_a_preview_leaves_nothing_and_the_sync_does_what_it_showed(base: Database, clock: Moments) -> None:
    first = roster().snapshot()
    before = everything(base)
    shown = sync(base, first, clock).preview()
    assert everything(base) == before
    done = sync(base, first, clock).run(confirmed=Confirmed(digest=shown.digest, author=BY))
    assert done.created == len(shown.flowing.changes) > 0
    with base.unit() as unit:
        (head,) = unit.roster.plans()
        assert len(unit.roster.state().of(RecordKind.PUPIL)) == len(first.pupils)
    assert (head.decided_by, head.digest) == ("zavuch", shown.flowing.digest())


def test_what_would_wait_is_shown_apart_and_waits(base: Database, clock: Moments) -> None:
    sync(base, roster().snapshot(), clock).run()
    fewer = without(roster().snapshot(), 1, 2)
    shown = sync(base, fewer, clock).preview()
    assert (shown.flowing.changes, shown.complete) == ((), True)
    (part,) = shown.waiting
    done = sync(base, fewer, clock).run(confirmed=Confirmed(digest=shown.digest, author=BY))
    assert (done.held, done.plan) == (len(part.changes), None)
    with base.unit() as unit:
        assert PlanState.HELD in {head.state for head in unit.roster.plans()}


def test_what_is_not_proved_shows_no_removal(base: Database, clock: Moments) -> None:
    sync(base, roster().snapshot(), clock).run()
    fewer = without(roster().snapshot(), 1, 2)
    preview = sync(base, replace(fewer, doubts=UNPROVED), clock).preview()
    assert (preview.complete, preview.whole.changes, preview.waiting) == (False, (), ())


def test_a_sync_that_would_do_something_else_does_nothing(base: Database, clock: Moments) -> None:
    shown = sync(base, roster(3).snapshot(), clock).preview()
    before = everything(base)
    with pytest.raises(RuleViolation) as caught:
        sync(base, roster(4).snapshot(), clock).run(confirmed=Confirmed(digest=shown.digest, author=BY))
    assert caught.value.code == "roster.preview_outdated"
    assert everything(base) == before
