"""The pages of control in a real Chromium without JavaScript: by keyboard, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.browser_world import DESK, NEEDS_CHROMIUM, PHONE, Tab, start_chromium
from tests.control_world import Controlled, seed_control
from tests.web_world import Site

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("control"))
    site.app.config["SESSION_COOKIE_SECURE"] = False  # the server of a test speaks plain HTTP
    yield site
    site.close()


@pytest.fixture(scope="module", autouse=True)
def seeded(site: Site) -> Controlled:
    return seed_control(site)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    driver = start_chromium(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def tab(chromium: Chrome, site: Site) -> Tab:
    tab = Tab(chromium, site.server.url)
    tab.resize(DESK)
    return tab


@pytest.fixture
def director(tab: Tab) -> Tab:
    tab.sign_in("director")
    return tab


def test_the_menu_leads_from_group_to_page(director: Tab) -> None:
    director.click('nav a[href="/console/deadlines"]')
    assert director.address == "/console/deadlines"
    assert director.count("nav .inside a") == 7
    director.click('nav .inside a[href="/console/readiness"]')
    assert director.count('nav a[aria-current="page"]') == 1
    assert "Готовность года" in director.text


def test_a_deputy_sees_at_a_glance_what_is_overdue(director: Tab) -> None:
    director.open("/console/deadlines")
    assert director.count(".chart rect.overdue") > 0
    director.click(".figures .overdue a")
    assert director.address.startswith("/console/deadlines?state=overdue")
    assert director.count("tbody .badge.overdue") == director.count("table.duties tbody tr")


def test_a_correction_is_approved(director: Tab, seeded: Controlled) -> None:
    director.open("/console/corrections?decision=requested")
    director.click("tbody a")
    assert director.address == f"/console/corrections/{seeded.correction}"
    director.fill(reason="Проверено")
    director.click('button[value="approve"]')
    assert "открыто сейчас" in director.text


def test_a_settlement_is_looked_at_confirmed_and_done(director: Tab, seeded: Controlled) -> None:
    director.open(f"/console/incidents/{seeded.incident}")
    director.click("a.button")
    assert "ничего ещё не сделано" in director.text
    director.press('input[name="confirm"]', " ")
    director.click("button.danger")
    assert director.address == f"/console/incidents/{seeded.incident}?show=effects"
    assert director.count("tbody .badge.ok") == 2


def test_a_deputy_reports_and_a_coordinator_notes_an_outage(tab: Tab) -> None:
    tab.sign_in("deputy")
    tab.open("/console/incidents/new")
    tab.fill(account="support")
    tab.click("main button")
    assert "Инцидент: support" in tab.text
    tab.sign_in("coordinator")
    tab.open("/console/outages")
    tab.fill(reason="Нет света")
    tab.click(".card button")
    assert "идёт: Нет света" in tab.text
    tab.click(".card button")
    assert tab.count("tbody tr") == 2


def test_the_keyboard_reaches_the_content_first(director: Tab) -> None:
    director.open("/console/policy")
    assert director.focus_after_tab() == "skip"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_is_wider_than_the_window_and_the_browser_complains_of_none(
    tab: Tab, seeded: Controlled, size: tuple[int, int], language: str
) -> None:
    tab.sign_in("deputy")
    tab.open(f"/console/language?to={language}")
    tab.resize(size)
    tab.complaints()
    for name, address in seeded.pages().items():
        tab.open(address)
        page, window = tab.widths()
        assert page <= window, name
        assert tab.complaints() == [], name
