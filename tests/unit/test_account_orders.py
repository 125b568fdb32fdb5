"""An account for a person is made by the director's order, and making it is what the order asked for (R-ROLE-13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from gateway.access.users import Users
from gateway.cli.main import main
from gateway.errors import GatewayError, Party, RuleViolation
from gateway.model.access import Role
from gateway.model.duties import AccountOrder, Appointment, Duty
from gateway.model.ids import RecordId, StaffId
from gateway.model.journal_records import KIND_OF, Record, RecordKind, Stored
from gateway.storage.tables.access import console_user
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.people import staff
from tests.diary_world import NOW, SCHOOL, World
from tests.sqlite_files import upgraded_file

DIRECTOR, DEPUTY, TEACHER = StaffId("s-director"), StaffId("s-deputy"), StaffId("s-1")
ORDERED = NOW - timedelta(days=1)
ORDER = AccountOrder(
    id=RecordId("order-1"), ordered_by=DIRECTOR, ordered_at=ORDERED, duty=Duty.CLASS_TEACHER, staff=TEACHER
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with world.engine.begin() as connection:
        for name in (DIRECTOR, DEPUTY):
            person = {"school_id": SCHOOL, "id": name, "source_id": name, "status": "active", "snils": None}
            named = {"family_name": "Тестова", "given_name": "Проба", "patronymic": "", "position": "руководство"}
            connection.execute(insert(staff), [{**person, **named}])
    yield world
    world.close()


@pytest.fixture
def users(world: World) -> Users:
    return world.users()


def keep(world: World, *records: Record) -> None:
    with world.units(SCHOOL)() as unit:
        for record in records:
            unit.journal.put(KIND_OF[type(record)], [Stored(record=record, version=1)])


def appointed(member: StaffId, duty: Duty, **values: Any) -> Appointment:
    given = {"document": "Приказ № 1", "ordered_at": ORDERED, "valid_from": date(2026, 9, 1), **values}
    return Appointment(id=RecordId(f"a-{member}"), staff=member, duty=duty, **given)


def keep_posts(world: World) -> None:
    keep(world, appointed(DIRECTOR, Duty.DIRECTOR), appointed(DEPUTY, Duty.DEPUTY))


def held_order(world: World, name: str = "order-1") -> Stored[Any]:
    with world.units(SCHOOL)() as unit:
        held = unit.records.get(RecordKind.ACCOUNT_ORDERS, (name,))
    assert held is not None
    return held


def add(users: Users, login: str = "anna", role: Role = Role.CLASS_TEACHER, member: StaffId | None = TEACHER) -> str:
    return users.add(SCHOOL, login, role, by="administrator", staff=member)


def test_before_the_school_keeps_appointments_no_order_is_asked_for(world: World, users: Users) -> None:
    keep(world, ORDER)
    assert users.sign_in("anna", add(users)) is not None
    assert held_order(world) == Stored(record=ORDER, version=1)


def test_without_an_order_the_account_is_refused_and_the_director_has_to_act(world: World, users: Users) -> None:
    keep_posts(world)
    with pytest.raises(RuleViolation) as refused:
        add(users)
    told = refused.value
    assert (told.code, told.who, told.rule) == ("access.order_missing", Party.DIRECTOR, "R-ROLE-13")
    assert world.rows(console_user) == []
    assert world.rows(audit_entry) == []


def test_making_the_account_is_what_the_order_asked_for(world: World, users: Users) -> None:
    keep_posts(world)
    keep(world, ORDER)
    add(users)
    assert held_order(world) == Stored(record=replace(ORDER, done_at=NOW), version=2)
    done, added = world.rows(audit_entry)
    assert (done["actor"], done["action"], done["object_kind"], done["object_id"]) == (
        "administrator", "update", "account_order", "order-1",
    )  # fmt: skip
    assert "doneAt" not in done["old"]
    assert "doneAt" in done["new"]
    assert added["action"] == "user.added"


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, staff=DEPUTY),
        replace(ORDER, duty=Duty.DEPUTY),
        replace(ORDER, done_at=ORDERED),
        replace(ORDER, ordered_by=DEPUTY),
        replace(ORDER, ordered_at=NOW + timedelta(days=1)),
    ],
    ids=["of another", "to another duty", "done", "not by the director", "not given yet"],
)
def test_an_order_that_is_for_something_else_is_none(world: World, users: Users, order: AccountOrder) -> None:
    keep_posts(world)
    keep(world, order)
    with pytest.raises(RuleViolation) as refused:
        add(users)
    assert refused.value.code == "access.order_missing"
    assert held_order(world) == Stored(record=order, version=1)


def test_whoever_is_director_no_more_orders_nothing(world: World, users: Users) -> None:
    keep(world, appointed(DIRECTOR, Duty.DIRECTOR, valid_to=date(2026, 10, 1)), ORDER)
    with pytest.raises(RuleViolation):
        add(users)


def test_of_several_orders_the_oldest_is_done(world: World, users: Users) -> None:
    keep_posts(world)
    keep(world, ORDER, replace(ORDER, id=RecordId("order-0"), ordered_at=ORDERED + timedelta(hours=1)))
    add(users)
    assert held_order(world).record.done_at == NOW
    assert held_order(world, "order-0").record.done_at is None


def test_a_coordinator_is_made_by_an_order_for_an_administrator(world: World, users: Users) -> None:
    keep_posts(world)
    keep(world, replace(ORDER, duty=Duty.ADMINISTRATOR))
    add(users, role=Role.COORDINATOR)
    assert held_order(world).record.done_at == NOW


def test_a_refused_account_leaves_the_order_open(world: World, users: Users) -> None:
    add(users, member=None)
    keep_posts(world)
    keep(world, ORDER)
    with pytest.raises(GatewayError) as refused:
        add(users)
    assert refused.value.code == "access.login_taken"
    assert held_order(world) == Stored(record=ORDER, version=1)


def test_the_doctor_names_accounts_that_are_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.toml").write_text(f'database_url = "sqlite:///{tmp_path}/g.db"\n', encoding="utf-8")

    def run(*arguments: str) -> str:
        return CliRunner().invoke(main, arguments, catch_exceptions=False).stdout

    def found() -> dict[str, Any]:
        [one] = [one for one in json.loads(run("doctor", "--json")) if one["check"] == "accounts"]
        return dict(one)

    upgraded_file(tmp_path / "g.db")
    run("school", "add", "school-1", "--name", "Школа № 1", "--registry-id", "REG-1")
    run("user", "add", "anna", "--role", "deputy", "--staff", "s-1")
    run("user", "add", "vendor", "--role", "support", "--to", "2030-01-01")
    assert found()["ok"]
    run("user", "add", "boris", "--role", "deputy")
    assert (found()["ok"], found()["code"]) == (False, "doctor.accounts_without_person")
    assert "boris (school-1)" in found()["text"]
    assert "anna" not in found()["text"]
    assert "vendor" not in found()["text"]
