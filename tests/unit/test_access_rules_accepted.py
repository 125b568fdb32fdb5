"""Whoever gets an account accepts, before anything opens, that it is not passed on (R-SEC-02, R-SEC-03, R-ROLE-23)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.errors import RuleViolation
from gateway.model.access import Role
from gateway.storage.tables.audit import audit_entry
from tests.console_world import PASSWORD, Browser, add_person
from tests.diary_world import SCHOOL
from tests.web_world import Site

NEW, PAGE = "quite another password", "/console/password"


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


def accepted(site: Site) -> list[Mapping[str, Any]]:
    return [row for row in site.world.rows(audit_entry) if row["action"] == "user.rules_accepted"]


def newcomer(site: Site, language: str = "ru") -> tuple[Browser, dict[str, str]]:
    """Return somebody signed in with a one-time password, and the fields of a new one."""
    password = site.world.users().add(SCHOOL, "boris", Role.DEPUTY, by="cli")
    browser = Browser(site.app.test_client(), language)
    browser.sign_in("boris", password)
    return browser, {"old": password, "new": NEW, "again": NEW}


@pytest.mark.parametrize(("language", "words"), [("ru", "Логин и пароль – личные"), ("en", "passed on to nobody")])
def test_the_rule_and_its_box_stand_where_the_password_is_chosen(site: Site, language: str, words: str) -> None:
    page = newcomer(site, language)[0].get(PAGE).text
    assert words in page
    assert 'name="accepts_rules" type="checkbox"' in page


def test_without_the_box_the_password_stays_and_nothing_opens(site: Site) -> None:
    browser, fields = newcomer(site)
    answer = browser.post(PAGE, form_on=PAGE, **fields)
    assert answer.status_code == 422
    assert "Отметьте, что вы принимаете правило" in answer.text
    assert browser.get("/console").headers["Location"] == PAGE
    assert accepted(site) == []


def test_the_acceptance_is_kept_with_name_and_address(site: Site) -> None:
    browser, fields = newcomer(site)
    browser.post(PAGE, form_on=PAGE, **fields, accepts_rules="yes")
    [entry] = accepted(site)
    assert (entry["actor"], entry["role"], entry["object_id"], entry["source"]) == (
        "boris", "deputy", "boris", "127.0.0.1",
    )  # fmt: skip
    assert browser.get("/console").status_code == 200


def test_a_refused_password_accepts_nothing(site: Site) -> None:
    browser, fields = newcomer(site)
    browser.post(PAGE, form_on=PAGE, **{**fields, "old": "wrong"}, accepts_rules="yes")
    browser.post(PAGE, form_on=PAGE, **{**fields, "new": "short", "again": "short"}, accepts_rules="yes")
    assert accepted(site) == []


def test_the_flow_itself_asks_for_the_acceptance(site: Site) -> None:
    users = site.world.users()
    password = users.add(SCHOOL, "boris", Role.DEPUTY, by="cli")
    with pytest.raises(RuleViolation) as refused:
        users.change_password("boris", password, NEW)
    assert (refused.value.code, refused.value.rule) == ("access.rules_not_accepted", "R-SEC-02")


def test_an_own_password_is_changed_without_accepting_again(site: Site) -> None:
    add_person(site.world, "anna", Role.COORDINATOR)
    browser = Browser(site.app.test_client())
    browser.sign_in("anna")
    assert "accepts_rules" not in browser.get(PAGE).text
    browser.post(PAGE, form_on=PAGE, old=PASSWORD, new=NEW, again=NEW)
    assert browser.get("/console").status_code == 200
    assert accepted(site) == []
