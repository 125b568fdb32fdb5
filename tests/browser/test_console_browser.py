"""The console in a real Chromium without JavaScript: signing in, looking around, deciding, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from gateway.model.access import Role
from outbox import State
from tests.browser_world import DESK, NEEDS_CHROMIUM, PHONE, Tab, start_chromium
from tests.console_world import Seeded, add_person, seed
from tests.diary_world import SCHOOL
from tests.web_world import Site

NEW = "quite another password"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("console"))
    site.app.config["SESSION_COOKIE_SECURE"] = False  # the server of a test speaks plain HTTP
    add_person(site.world, "coordinator", Role.COORDINATOR)
    yield site
    site.close()


@pytest.fixture(scope="module")
def seeded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    return seed(site, keys=tmp_path_factory.mktemp("seed"))


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
def coordinator(tab: Tab, seeded: Seeded) -> Tab:
    assert seeded.archived
    tab.sign_in("coordinator")
    return tab


def test_scripts_are_off(chromium: Chrome) -> None:
    chromium.get("data:text/html,<title>off</title><script>document.title='on'</script>")
    assert chromium.title == "off"


def test_a_new_person_signs_in_and_chooses_a_password(tab: Tab, site: Site) -> None:
    password = site.world.users().add(SCHOOL, "boris", Role.DEPUTY, by="cli")
    tab.sign_in("boris", password)
    assert tab.address == "/console/password"
    tab.fill(old=password, new=NEW, again=NEW)
    tab.press("main [name=accepts_rules]", " ")
    tab.click("main button")
    assert tab.address == "/console"
    assert "boris · заместитель директора" in tab.text


def test_a_wrong_password_is_told(tab: Tab) -> None:
    tab.sign_in("coordinator", "wrong")
    assert "Имя или пароль не подходят." in tab.text


@pytest.mark.parametrize("page", ["/console/roster", "/console/deadlines", "/console/queue", "/console/audit"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_menu_takes_one_row_a_level_on_a_desk(coordinator: Tab, page: str, language: str) -> None:
    coordinator.open(f"/console/language?to={language}&next={page}")
    assert coordinator.address == page
    assert coordinator.rows_of("header nav > div") == [1, 1]


def test_the_overview_shows_six_steps(coordinator: Tab) -> None:
    assert coordinator.address == "/console"
    assert coordinator.count(".road li") == 6
    assert coordinator.count(".steps > li") == 6
    assert "Глубина очереди" in coordinator.text


def test_a_dead_message_is_found_read_and_retried(coordinator: Tab, seeded: Seeded, site: Site) -> None:
    coordinator.click(f'.errors a[href$="{seeded.dead}"]')
    assert "Подпись не принята." in coordinator.text
    assert coordinator.count("tbody tr") == 1
    coordinator.fill(reason="Исправили сертификат")
    coordinator.click('button[value="retry"]')
    assert "Исправили сертификат" in coordinator.text
    assert "готово к отправке" in coordinator.text
    states = {one.id: one.entry.state for one in site.world.announced()}
    assert states[seeded.dead] is State.READY


def test_a_held_plan_is_approved(coordinator: Tab, seeded: Seeded) -> None:
    coordinator.open("/console/roster?state=held")
    coordinator.click("tbody a")
    assert coordinator.address == f"/console/roster/{seeded.held_plan}"
    coordinator.fill(reason="Сверено с приказом")
    coordinator.click('button[value="approve"]')
    assert "утверждён" in coordinator.text


def test_the_language_changes_where_one_is(coordinator: Tab) -> None:
    coordinator.open("/console/queue?state=dead")
    coordinator.click(".who a[lang=en]")
    assert coordinator.address == "/console/queue?state=dead"
    assert "Sign out" in coordinator.text
    coordinator.click(".who a[lang=ru]")
    assert "Выйти" in coordinator.text


def test_the_keyboard_reaches_the_content_first(coordinator: Tab) -> None:
    assert coordinator.focus_after_tab() == "skip"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_is_wider_than_the_window_and_the_browser_complains_of_none(
    coordinator: Tab, seeded: Seeded, size: tuple[int, int]
) -> None:
    coordinator.resize(size)
    coordinator.complaints()
    for name, address in seeded.pages().items():
        coordinator.open(address)
        page, window = coordinator.widths()
        assert page <= window, name
        assert coordinator.complaints() == [], name


def test_signing_out_leads_to_the_door(coordinator: Tab) -> None:
    coordinator.click(".who button")
    assert coordinator.address == "/console/sign-in"
    coordinator.open("/console")
    assert coordinator.address.startswith("/console/sign-in")
