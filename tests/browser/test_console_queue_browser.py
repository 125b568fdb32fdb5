"""The queue's pages in a real Chromium without JavaScript: looking, deciding, stopping, on screens and on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from gateway.model.access import Role
from outbox import State
from tests.browser_world import DESK, NEEDS_CHROMIUM, PHONE, Tab, start_chromium
from tests.console_world import add_person
from tests.queue_world import PACKAGES, SeededQueue, lane_page, open_breaker, seed_queue
from tests.web_world import Site

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("queue"))
    site.app.config["SESSION_COOKIE_SECURE"] = False  # the server of a test speaks plain HTTP
    add_person(site.world, "coordinator", Role.COORDINATOR)
    yield site
    site.close()


@pytest.fixture(scope="module")
def seeded(site: Site) -> SeededQueue:
    seeded = seed_queue(site)
    open_breaker(site, "authority")
    return seeded


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    driver = start_chromium(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def coordinator(chromium: Chrome, site: Site, seeded: SeededQueue) -> Tab:
    assert seeded.dead
    tab = Tab(chromium, site.server.url)
    tab.resize(DESK)
    tab.sign_in("coordinator")
    return tab


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_is_wider_than_the_window_and_the_browser_complains_of_none(
    coordinator: Tab, seeded: SeededQueue, size: tuple[int, int], language: str
) -> None:
    coordinator.open(f"/console/language?to={language}")
    coordinator.resize(size)
    coordinator.complaints()
    for name, address in seeded.pages().items():
        coordinator.open(address)
        page, window = coordinator.widths()
        assert page <= window, name
        assert coordinator.complaints() == [], name
    coordinator.open("/console/language?to=ru")


def test_the_menu_leads_to_a_picture_of_what_waits(coordinator: Tab) -> None:
    coordinator.click('nav a[href="/console/destinations"]')
    assert coordinator.count("nav .inside a") == 4
    assert coordinator.count(".chart rect") >= 5
    assert "не отвечает" in coordinator.text


def test_a_destination_is_paused_from_its_row(coordinator: Tab) -> None:
    coordinator.open("/console/destinations?q=portal")
    coordinator.press("tbody details summary", " ")
    coordinator.press("tbody details input[name=reason]", "Ремонт у оператора")
    coordinator.click('tbody details button[value="pause"]')
    assert "coordinator: Ремонт у оператора" in coordinator.text
    coordinator.open("/console/lanes")
    assert "Приостановлено: городской портал" in coordinator.text


def test_all_is_stopped_and_started_again(coordinator: Tab) -> None:
    coordinator.open("/console/destinations")
    coordinator.press("#everything input[name=reason]", "Учения")
    coordinator.click('#everything button[value="stop"]')
    coordinator.open("/console/queue")
    assert "Отправка остановлена полностью" in coordinator.text
    coordinator.click(".stop a")
    assert coordinator.address == "/console/destinations#everything"
    coordinator.press("#everything input[name=reason]", "Учения закончены")
    coordinator.click('#everything button[value="start"]')
    assert coordinator.count(".stop") == 0


def test_what_stands_before_a_marked_message_is_given_up(coordinator: Tab, seeded: SeededQueue, site: Site) -> None:
    coordinator.open(lane_page(PACKAGES))
    coordinator.press(f'input[value="{seeded.followers[0]}"]', " ")
    coordinator.press(".under input[name=reason]", "Пакет отозван")
    coordinator.click('button[value="drop_until"]')
    assert coordinator.count("tbody input[type=radio]") == 2
    gone = site.services.console.desk.show(seeded.dead)
    assert (gone.entry.state, [one.verb for one in gone.decisions]) == (State.DEAD, ["drop"])


def test_all_of_a_cause_is_retried(coordinator: Tab) -> None:
    coordinator.open("/console/causes?destination=portal")
    coordinator.click('tbody a[href^="/console/causes/"]')
    coordinator.fill(reason="Ученик теперь есть")
    coordinator.press("input[name=confirm]", " ")
    coordinator.click('button[value="retry"]')
    assert coordinator.address == "/console/causes?done=4"
    assert "Сообщений, которых оно коснулось: 4" in coordinator.text


def test_paper_shows_the_picture_and_no_forms(coordinator: Tab, chromium: Chrome) -> None:
    coordinator.open("/console/destinations")
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        seen = [one.is_displayed() for one in chromium.find_elements("css selector", ".chart svg, form, .deciding")]
    finally:
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    drawn = coordinator.count(".chart svg")
    assert (sum(seen), drawn) == (drawn, 3)
