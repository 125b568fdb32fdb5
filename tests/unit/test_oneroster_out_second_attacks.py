"""One person in two roles as one OneRoster user: who has lost the one role does not keep it by way of the other."""

from __future__ import annotations

from dataclasses import replace

from gateway.model.oneroster import ObjectKind
from gateway.model.people import Status
from tests.provider_world import ANNA, MOTHER, TEACHER, facts
from tests.unit.test_oneroster_out import ids, made

BOTH = facts(other_role={MOTHER: TEACHER})


def roles(body: object) -> list[str]:
    assert isinstance(body, dict)
    return [one["role"] for one in body["roles"]]


def test_a_teacher_who_was_dismissed_is_not_switched_on_as_a_mother() -> None:
    staff = tuple(replace(one, status=Status.SUSPENDED) if one.id == TEACHER else one for one in BOTH.staff)
    users = made(replace(BOTH, staff=staff))[ObjectKind.USER]
    assert users[TEACHER]["enabledUser"] == "false"
    assert "agents" not in users[TEACHER]
    assert (users[MOTHER]["enabledUser"], roles(users[MOTHER])) == ("true", ["parent"])
    assert ids(users[ANNA]["agents"]) == [MOTHER]


def test_a_mother_who_was_put_out_of_force_sees_nobody_as_a_teacher() -> None:
    guardians = tuple(replace(one, status=Status.SUSPENDED) if one.id == MOTHER else one for one in BOTH.guardians)
    users = made(replace(BOTH, guardians=guardians))[ObjectKind.USER]
    assert (users[TEACHER]["enabledUser"], roles(users[TEACHER])) == ("true", ["teacher"])
    assert "agents" not in users[TEACHER]
    assert users[MOTHER]["enabledUser"] == "false"
    assert ids(users[ANNA]["agents"]) == [MOTHER]


def test_who_has_lost_both_roles_is_one_user_and_switched_off() -> None:
    out = replace(
        BOTH,
        staff=tuple(replace(one, status=Status.SUSPENDED) for one in BOTH.staff),
        guardians=tuple(replace(one, status=Status.SUSPENDED) for one in BOTH.guardians),
    )
    users = made(out)[ObjectKind.USER]
    assert MOTHER not in users
    assert users[TEACHER]["enabledUser"] == "false"
