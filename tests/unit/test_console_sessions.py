"""Signing in at the console and staying in: passwords, lock-out, form tokens, languages, links that lead out."""

from __future__ import annotations

import pytest

from gateway.access.users import LOCK_TIME, MAX_FAILURES
from gateway.model.access import Role
from tests.console_world import PASSWORD, Browser, add_person, disable
from tests.diary_world import SCHOOL
from tests.web_world import Site

NEW = "quite another password"


@pytest.fixture
def site(new_site: Site) -> Site:
    add_person(new_site.world, "anna", Role.COORDINATOR)
    return new_site


@pytest.fixture
def browser(site: Site) -> Browser:
    return Browser(site.app.test_client())


def test_without_a_session_every_page_leads_to_the_sign_in_and_back(browser: Browser) -> None:
    answer = browser.get("/console/queue?state=dead")
    assert answer.status_code == 302
    sign_in = answer.headers["Location"]
    assert sign_in.startswith("/console/sign-in?next=/console/queue")
    entered = browser.post(sign_in, form_on=sign_in, login="anna", password=PASSWORD)
    assert entered.headers["Location"] == "/console/queue?state=dead"
    assert browser.get("/console/queue?state=dead").status_code == 200


def test_a_one_time_password_lets_nobody_further_than_to_a_new_one(site: Site, browser: Browser) -> None:
    password = site.world.users().add(SCHOOL, "boris", Role.DEPUTY, by="cli")
    browser.sign_in("boris", password)
    for address in ("/console", "/console/queue", "/console/roster"):
        assert browser.get(address).headers["Location"] == "/console/password"
    page = browser.get("/console/password").text
    assert "Этот пароль одноразовый" in page
    assert "<nav" not in page
    fields = {"old": password, "new": NEW, "again": NEW, "accepts_rules": "yes"}
    changed = browser.post("/console/password", form_on="/console/password", **fields)
    assert changed.headers["Location"] == "/console"
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        (PASSWORD, NEW, "something else", "Новые пароли не совпадают."),
        (PASSWORD, "short", "short", "не короче 12 знаков"),
        ("wrong", NEW, NEW, "Имя или пароль не подходят."),
    ],
)
def test_a_refused_new_password_says_why(browser: Browser, old: str, new: str, again: str, told: str) -> None:
    browser.sign_in("anna")
    answer = browser.post("/console/password", form_on="/console/password", old=old, new=new, again=again)
    assert answer.status_code == 422
    assert told in answer.text


def test_a_new_password_ends_the_other_sessions(site: Site, browser: Browser) -> None:
    other = Browser(site.app.test_client())
    browser.sign_in("anna")
    other.sign_in("anna")
    browser.post("/console/password", form_on="/console/password", old=PASSWORD, new=NEW, again=NEW)
    assert browser.get("/console").status_code == 200
    assert other.get("/console").status_code == 302


def test_five_failures_close_the_door_even_to_the_right_password(site: Site, browser: Browser) -> None:
    for _ in range(MAX_FAILURES):
        answer = browser.sign_in("anna", "wrong")
        assert answer.status_code == 401
    locked = browser.sign_in("anna")
    assert locked.status_code == 401
    assert "вход закрыт на 15 минут" in locked.text
    site.world.clock.advance(LOCK_TIME)
    assert browser.sign_in("anna").status_code == 302


def test_a_failed_sign_in_keeps_the_login_and_escapes_it(browser: Browser) -> None:
    answer = browser.sign_in('"><script>', "wrong")
    assert answer.status_code == 401
    assert "<script>" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text


def test_a_disabled_account_is_out_at_once(site: Site, browser: Browser) -> None:
    browser.sign_in("anna")
    assert browser.get("/console").status_code == 200
    disable(site.world, "anna")
    assert browser.get("/console").status_code == 302


def test_signing_out_ends_the_session(browser: Browser) -> None:
    browser.sign_in("anna")
    assert browser.post("/console/sign-out", form_on="/console").headers["Location"] == "/console/sign-in"
    assert browser.get("/console").status_code == 302


def test_a_cookie_kept_from_before_signing_out_opens_nothing(site: Site, browser: Browser) -> None:
    browser.sign_in("anna")
    kept = browser.client.get_cookie("gateway")
    assert kept is not None
    browser.post("/console/sign-out", form_on="/console")
    thief = Browser(site.app.test_client())
    thief.client.set_cookie("gateway", kept.value)
    assert thief.get("/console").status_code == 302
    browser.sign_in("anna")
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "неверный"])
def test_a_form_without_its_token_changes_nothing(browser: Browser, token: str) -> None:
    browser.sign_in("anna")
    fields = {"form_token": token, "old": PASSWORD, "new": NEW, "again": NEW}
    answer = browser.client.post("/console/password", data=fields, headers={"Accept-Language": "ru"})
    assert answer.status_code == 400
    assert "ничего не изменено" in answer.text
    assert browser.sign_in("anna").status_code == 302


def test_the_token_of_another_session_does_not_fit(site: Site, browser: Browser) -> None:
    other = Browser(site.app.test_client())
    foreign = other.get("/console/sign-in").text.partition('name="form_token" value="')[2].partition('"')[0]
    fields = {"form_token": foreign, "login": "anna", "password": PASSWORD}
    assert browser.client.post("/console/sign-in", data=fields).status_code == 400


@pytest.mark.parametrize(
    "outside",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "/console\\@evil.example",
        "/consoles",
        "/console/\nSet-Cookie: a",
        "/console\r\nX",
        "/console?\r\nX",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_link_leads_out_of_the_console(browser: Browser, outside: str) -> None:
    assert browser.sign_in("anna", then=outside).headers["Location"] == "/console"
    answer = browser.client.get("/console/language", query_string={"to": "en", "next": outside})
    assert answer.headers["Location"] == "/console"


def test_the_language_is_kept_and_leads_back_to_the_page(browser: Browser) -> None:
    browser.sign_in("anna")
    page = browser.get("/console/queue?state=dead&q=%D1%83").text
    link = page.partition('href="/console/language?')[2].partition('"')[0].replace("&amp;", "&")
    answer = browser.client.get(f"/console/language?{link}")
    assert answer.headers["Location"] == "/console/queue?state=dead&q=%D1%83"
    assert '<html lang="en">' in browser.get("/console/queue").text


def test_the_cookies_are_out_of_reach_of_scripts(browser: Browser) -> None:
    session = browser.sign_in("anna").headers["Set-Cookie"]
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    chosen = browser.client.get("/console/language?to=en").headers["Set-Cookie"]
    assert "HttpOnly" in chosen
    assert "Path=/console" in chosen


def test_a_cookie_made_up_opens_nothing(browser: Browser) -> None:
    browser.client.set_cookie("gateway", "eyJsb2dpbiI6ImFubmEifQ.made-up")
    assert browser.get("/console").status_code == 302
