"""Accounts of the console on a real database: one-time passwords, lock-out, changing the password."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.access.users import LOCK_TIME, MAX_FAILURES, Life, Users
from gateway.errors import GatewayError, RuleViolation
from gateway.model.access import Role
from gateway.model.ids import SchoolId, StaffId
from gateway.storage.tables.access import console_user
from gateway.storage.tables.audit import audit_entry
from tests.diary_world import OTHER_SCHOOL, SCHOOL, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def users(world: World) -> Users:
    return world.users()


def test_the_one_time_password_lets_in_and_must_be_changed(users: Users) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    user = users.sign_in("anna", password)
    assert user is not None
    assert (user.school, user.role, user.must_change) == (SCHOOL, Role.COORDINATOR, True)
    assert users.change_password("anna", password, "a new long password", accepts_rules=True)
    changed = users.sign_in("anna", "a new long password")
    assert changed is not None
    assert not changed.must_change
    assert users.sign_in("anna", password) is None


def test_no_password_is_kept_or_shown(users: Users, world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    password = users.add(SCHOOL, "anna", Role.DIRECTOR, by="cli")
    user = users.sign_in("anna", password)
    stored = [*world.rows(console_user), *world.rows(audit_entry)]
    assert password not in repr((user, users, stored)) + caplog.text
    assert user is not None
    assert user.password_hash not in repr(user)


def test_two_passwords_are_never_the_same(users: Users) -> None:
    made = {users.add(SCHOOL, f"user-{number}", Role.DEPUTY, by="cli") for number in range(5)}
    assert len(made) == 5


@pytest.mark.parametrize("school", [SCHOOL, OTHER_SCHOOL])
def test_a_login_is_taken_once_in_the_installation(users: Users, world: World, school: str) -> None:
    users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    with pytest.raises(GatewayError) as refused:
        users.add(school, "anna", Role.DIRECTOR, by="cli")  # type: ignore[arg-type]  # a school's id
    assert refused.value.code == "access.login_taken"
    assert len(world.rows(audit_entry)) == 1


@pytest.mark.parametrize("login", ["", " anna", "an\0na", "a" * 65])
def test_a_login_no_database_could_hold_is_refused(users: Users, login: str) -> None:
    with pytest.raises(GatewayError) as refused:
        users.add(SCHOOL, login, Role.COORDINATOR, by="cli")
    assert refused.value.code == "access.login_invalid"
    assert users.sign_in(login, "whatever") is None


def test_the_fifth_failure_locks_even_the_right_password_out(users: Users, world: World) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    for _ in range(MAX_FAILURES):
        assert users.sign_in("anna", "wrong") is None
    assert users.sign_in("anna", password) is None
    world.clock.advance(LOCK_TIME - timedelta(seconds=1))
    assert users.sign_in("anna", password) is None
    world.clock.advance(timedelta(seconds=1))
    assert users.sign_in("anna", password) is not None
    assert [row["action"] for row in world.rows(audit_entry)] == ["user.added", "user.locked"]


def test_after_a_lock_five_more_failures_are_needed(users: Users, world: World) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    for _ in range(MAX_FAILURES):
        users.sign_in("anna", "wrong")
    world.clock.advance(LOCK_TIME)
    for _ in range(MAX_FAILURES - 1):
        assert users.sign_in("anna", "wrong") is None
    assert users.sign_in("anna", password) is not None


def test_the_right_password_forgets_the_failures_before_it(users: Users) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    for _ in range(3):
        for _ in range(MAX_FAILURES - 1):
            users.sign_in("anna", "wrong")
        assert users.sign_in("anna", password) is not None


def test_guessing_in_parallel_gains_nothing(users: Users, world: World) -> None:
    users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    looked_at: list[str] = []
    matches = users.passwords.matches

    def counted(password: str, password_hash: str | None) -> bool:
        looked_at.append(password)
        return matches(password, password_hash)

    users.passwords.matches = counted  # type: ignore[method-assign]  # to see how many guesses were admitted
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(lambda guess: users.sign_in("anna", f"guess {guess}"), range(24)))
    row = world.rows(console_user)[0]
    assert row["failures"] == MAX_FAILURES
    assert row["locked_until"] is not None


def test_an_unknown_login_costs_a_hash_too(users: Users) -> None:
    hashed: list[str | None] = []
    verify = users.passwords._hasher.verify

    class Watching:
        def hash(self, password: str) -> str:
            return users_hasher.hash(password)

        def verify(self, password_hash: str, password: str) -> bool:
            hashed.append(password_hash)
            return verify(password_hash, password)

    users_hasher = users.passwords._hasher
    users.passwords._hasher = Watching()  # type: ignore[assignment]  # to see that work is done
    assert users.sign_in("nobody", "password") is None
    assert len(hashed) == 1


def test_a_disabled_account_stays_out(users: Users, world: World) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    world.change(console_user, {"disabled": True}, login="anna")
    assert users.sign_in("anna", password) is None


@pytest.mark.parametrize("weak", ["short", "x" * 201, "ANNA is my own name"])
def test_a_weak_password_is_refused_by_its_rule(users: Users, weak: str) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    with pytest.raises(RuleViolation) as refused:
        users.change_password("anna", password, weak)
    assert (refused.value.code, refused.value.rule) == ("access.password_weak", "R-SEC-01")
    with pytest.raises(RuleViolation):
        users.change_password("anna", password, password)


def test_the_old_password_is_asked_for_and_failures_count(users: Users) -> None:
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    for _ in range(MAX_FAILURES):
        assert not users.change_password("anna", "wrong", "a new long password")
    assert not users.change_password("anna", password, "a new long password")


def test_a_forgotten_password_is_replaced_by_a_one_time_password(users: Users) -> None:
    password = users.add(SCHOOL, "anna", Role.DEPUTY, by="cli")
    users.change_password("anna", password, "a password to forget", accepts_rules=True)
    password = users.reset(SCHOOL, "anna", by="cli")
    assert users.sign_in("anna", "a password to forget") is None
    user = users.sign_in("anna", password)
    assert user is not None
    assert user.must_change


@pytest.mark.parametrize(("school", "login"), [(OTHER_SCHOOL, "anna"), (SCHOOL, "nobody")])
def test_only_the_school_s_own_account_is_reset(users: Users, school: SchoolId, login: str) -> None:
    password = users.add(SCHOOL, "anna", Role.DEPUTY, by="cli")
    with pytest.raises(GatewayError) as refused:
        users.reset(school, login, by="cli")
    assert refused.value.code == "access.login_unknown"
    assert users.sign_in("anna", password) is not None


def test_an_account_opens_in_its_time_only(users: Users, world: World) -> None:
    now = world.clock()
    life = Life(start=now + timedelta(days=1), end=now + timedelta(days=3))
    password = users.add(SCHOOL, "anna", Role.DISPATCHER, by="cli", life=life)
    opened = []
    for _ in range(4):
        opened.append(users.sign_in("anna", password) is not None)
        world.clock.advance(timedelta(days=1))
    assert opened == [False, True, True, False]


def test_one_person_has_one_account(users: Users) -> None:
    users.add(SCHOOL, "anna", Role.CLASS_TEACHER, by="cli", staff=StaffId("s-1"))
    with pytest.raises(GatewayError) as refused:
        users.add(SCHOOL, "anna-2", Role.DEPUTY, by="cli", staff=StaffId("s-1"))
    assert refused.value.code == "access.person_has_account"
    users.add(OTHER_SCHOOL, "anna-3", Role.DEPUTY, by="cli", staff=StaffId("s-1"))  # ids are the school's own
    users.add(SCHOOL, "boris", Role.DEPUTY, by="cli")
    users.add(SCHOOL, "vera", Role.DEPUTY, by="cli")  # whoever is not linked to a person is not compared


def test_an_account_keeps_whose_it_is(users: Users) -> None:
    password = users.add(SCHOOL, "anna", Role.CLASS_TEACHER, by="cli", staff=StaffId("s-1"))
    user = users.sign_in("anna", password)
    assert user is not None
    assert (user.staff, user.role) == ("s-1", Role.CLASS_TEACHER)


def test_support_gets_access_for_a_time_only(users: Users, world: World) -> None:
    with pytest.raises(GatewayError) as refused:
        users.add(SCHOOL, "vendor", Role.SUPPORT, by="cli")
    assert refused.value.code == "access.support_without_end"
    until = world.clock() + timedelta(hours=4)
    password = users.add(SCHOOL, "vendor", Role.SUPPORT, by="cli", life=Life(end=until))
    assert users.sign_in("vendor", password)
    assert world.rows(audit_entry)[0]["new"] == {"role": "support", "validTo": until.isoformat()}
