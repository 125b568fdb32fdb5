"""The journal's, the audit's and the access pages in a real Chromium without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from gateway.model.access import Role
from gateway.storage.tables.audit import audit_entry
from tests.browser_world import DESK, NEEDS_CHROMIUM, PHONE, Tab, start_chromium
from tests.console_world import Seeded, add_person, seed
from tests.diary_world import SCHOOL
from tests.web_world import Site

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("journal"))
    site.app.config["SESSION_COOKIE_SECURE"] = False  # the server of a test speaks plain HTTP
    for role in Role:
        add_person(site.world, role.value, role)
    yield site
    site.close()


@pytest.fixture(autouse=True)
def seeded(site: Site) -> Seeded:
    return seed(site)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    driver = start_chromium(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def administrator(request: pytest.FixtureRequest, chromium: Chrome, site: Site) -> Tab:
    tab = Tab(chromium, site.server.url)
    tab.resize(request.param)
    tab.sign_in("administrator")
    return tab


def test_from_the_catalogue_to_a_record_and_its_history(administrator: Tab) -> None:
    administrator.open("/console/journal")
    administrator.click('a[href="/console/journal/marks"]')
    administrator.fill(q="new-0")
    administrator.click(".filter button")
    assert administrator.count("tbody tr") == 1
    administrator.click("tbody a")
    assert administrator.address == "/console/journal/marks/new-0"
    assert "История записи" in administrator.text
    assert administrator.count("tbody tr") == 1


def test_the_chain_is_verified_with_one_bar_and_a_verdict(administrator: Tab, site: Site) -> None:
    administrator.open("/console/audit")
    administrator.click(".spread button")
    assert "Цепочка цела" in administrator.text
    assert len(re.findall("Проверяется", administrator.text)) == 1  # the others are not shown
    site.world.change(audit_entry, {"actor": "somebody"}, school_id=SCHOOL, sequence=2)
    administrator.open("/console/audit")
    administrator.click(".spread button")
    assert "№ 2: запись изменена" in administrator.text


def test_a_person_is_added_and_the_password_is_shown(administrator: Tab, site: Site) -> None:
    administrator.open("/console/people")
    administrator.click(".button")
    administrator.fill(login="anna")
    administrator.click("main form button")
    assert "Одноразовый пароль" in administrator.text
    assert administrator.count(".secret") == 1
    page, window = administrator.widths()
    assert page <= window
    assert site.world.directory.user("anna") is not None


def test_a_look_is_found_by_the_pupils_name(administrator: Tab) -> None:
    administrator.open("/console/journal/marks")
    administrator.open("/console/looks")
    administrator.fill(pupil="ученик")
    administrator.click(".filter button")
    assert "administrator" in administrator.text
    assert administrator.count("tbody tr") >= 1
