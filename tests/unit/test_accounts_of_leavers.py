"""Whoever leaves the staff loses the account with the same commit; coming back opens nothing (R-ROLE-26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model.access import ConsoleUser, Role
from gateway.model.ids import StaffId
from gateway.model.roster_source import Thresholds
from gateway.roster.decisions import RosterDecisions
from gateway.roster.sync import RosterResult, RosterSync
from gateway.storage.tables.access import console_user
from tests.roster_world import NOON, SCHOOL, Database, Moments, Told, database, removing, roster, teacher

STAYS, LEAVES = teacher(1), teacher(2)
BOTH = replace(roster(4).snapshot(), staff=(STAYS, LEAVES))
ONE_LEFT = replace(BOTH, staff=(STAYS,))
LOOSE, STRICT = Thresholds(percent=100, records=10), Thresholds(percent=0, records=0)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as base:
        sync(base).run()
        with base.unit() as unit:
            for login, staff in (("stays", STAYS.id), ("leaves", LEAVES.id), ("nobodys", None)):
                unit.access.add_user(account(login, staff))
        yield base


def account(login: str, staff: StaffId | None) -> ConsoleUser:
    return ConsoleUser(
        school=SCHOOL.id,
        login=login,
        role=Role.CLASS_TEACHER,
        password_hash="hash of a made-up password",
        must_change=False,
        created_at=NOON,
        staff=staff,
    )


def sync(base: Database, *, left: bool = False, thresholds: Thresholds = LOOSE) -> RosterSync:
    source = Told(says=ONE_LEFT if left else BOTH)
    return RosterSync(units=base.units, source=source, clock=Moments(), new_id=base.new_id, rules=removing(thresholds))


def accounts(base: Database) -> dict[str, ConsoleUser]:
    with base.unit() as unit:
        return {one.login: one for one in unit.access.users()}


def disabled(base: Database) -> set[str]:
    return {one.login for one in accounts(base).values() if one.disabled}


def leave(base: Database) -> RosterResult:
    return sync(base, left=True).run()


def test_who_leaves_loses_account_and_sessions_and_nobody_else_does(base: Database) -> None:
    leave(base)
    assert disabled(base) == {"leaves"}
    left = accounts(base)["leaves"]
    assert left.sessions_ended_at is not None
    assert not left.opens_at(left.sessions_ended_at)
    assert accounts(base)["stays"].sessions_ended_at is None


def test_the_audit_tells_who_was_turned_away_by_which_plan(base: Database) -> None:
    result = leave(base)
    with base.unit() as unit:
        [entry] = [one.record for one in unit.audit.entries() if one.record.action == "user.disabled"]
    assert (entry.actor, entry.channel, entry.object_kind, entry.object_id) == (
        "registry", "roster", "console_user", "leaves",
    )  # fmt: skip
    assert entry.old == {"role": "class_teacher", "staff": LEAVES.id}
    assert entry.new == {"role": "class_teacher", "staff": LEAVES.id, "disabled": "yes"}
    assert entry.reason == f"[plan {result.plan}]"


def test_a_plan_that_waits_takes_no_account_until_a_person_applies_it(base: Database) -> None:
    result = sync(base, left=True, thresholds=STRICT).run()
    assert result.held_plan is not None
    assert disabled(base) == set()
    decisions = RosterDecisions(units=base.units, clock=Moments())
    decisions.approve(result.held_plan, by="anna", reason="ушла")
    assert disabled(base) == set()
    decisions.apply(result.held_plan, by="anna", reason="ушла")
    assert disabled(base) == {"leaves"}
    with base.unit() as unit:
        [entry] = [one.record for one in unit.audit.entries() if one.record.action == "user.disabled"]
    assert (entry.actor, entry.reason) == ("anna", f"ушла [plan {result.held_plan}]")


def test_coming_back_opens_no_account(base: Database) -> None:
    leave(base)
    assert sync(base).run().reactivated == 1
    assert disabled(base) == {"leaves"}


def test_an_account_that_was_closed_before_is_left_as_it_is(base: Database) -> None:
    with base.unit() as unit:
        unit.access.change_user(replace(account("leaves", LEAVES.id), disabled=True))
    leave(base)
    assert accounts(base)["leaves"].sessions_ended_at is None
    with base.unit() as unit:
        assert "user.disabled" not in {one.record.action for one in unit.audit.entries()}


def test_roster_and_accounts_change_together_or_not_at_all(base: Database) -> None:
    with base.dying_at(f"UPDATE {console_user.name}"), pytest.raises(KeyboardInterrupt):
        leave(base)
    assert disabled(base) == set()
    assert leave(base).deactivated > 0
    assert disabled(base) == {"leaves"}
