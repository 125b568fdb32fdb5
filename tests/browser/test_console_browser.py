"""The console in a real Chromium without JavaScript: signing in, looking around, deciding, on a desk and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from gateway.model.access import Role
from outbox import State
from tests.console_world import PASSWORD, Seeded, add_person, seed
from tests.diary_world import SCHOOL
from tests.web_world import Site

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=ru",
)
_NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2, "intl.accept_languages": "ru"}
_PATIENCE = 20
_MAIN = (By.TAG_NAME, "main")
_PHONE, _DESK = (390, 844), (1280, 900)
NEW = "quite another password"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs chromium and chromedriver"
    ),
]


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
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", _NO_SCRIPTS)
    driver = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    yield driver
    driver.quit()


def has_gone(page: WebElement) -> bool:
    """Tell whether a page has been left; asked in the very moment, the driver says so in an error of its own."""
    try:
        page.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as error:
        return "does not belong to the document" in str(error)
    return False


class Tab:
    """The browser as a person uses it."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self._driver = driver
        self._base = base

    @property
    def address(self) -> str:
        return self._driver.current_url.removeprefix(self._base)

    @property
    def text(self) -> str:
        return self._driver.find_element(By.TAG_NAME, "body").text

    def open(self, address: str) -> None:
        self._driver.get(self._base + address)

    def count(self, selector: str) -> int:
        return len(self._driver.find_elements(By.CSS_SELECTOR, selector))

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self._driver.find_element(By.NAME, name).send_keys(value)

    def click(self, selector: str) -> None:
        """Click and wait until the page that follows is there."""
        page = self._driver.find_element(By.TAG_NAME, "html")
        self._driver.find_element(By.CSS_SELECTOR, selector).click()
        WebDriverWait(self._driver, _PATIENCE).until(lambda driver: has_gone(page) and driver.find_elements(*_MAIN))

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        self._driver.delete_all_cookies()
        self.open("/console/sign-in")
        self.fill(login=login, password=password)
        self.click("main button")

    def resize(self, size: tuple[int, int]) -> None:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def widths(self) -> tuple[int, int]:
        """Return how wide the page is and how wide the window."""
        page, window = self._driver.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return page, window

    def focus_after_tab(self) -> str:
        """Press the tab key on a fresh page; return the class of what is in focus then."""
        self._driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        return str(self._driver.switch_to.active_element.get_attribute("class"))

    def complaints(self) -> list[str]:
        """Return what the browser has to say against the page since it was last asked."""
        entries: list[dict[str, str]] = self._driver.get_log("browser")  # type: ignore[no-untyped-call]  # selenium
        return [entry["message"] for entry in entries]


@pytest.fixture
def tab(chromium: Chrome, site: Site) -> Tab:
    tab = Tab(chromium, site.server.url)
    tab.resize(_DESK)
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
    tab.click("main button")
    assert tab.address == "/console"
    assert "boris · заместитель директора" in tab.text


def test_a_wrong_password_is_told(tab: Tab) -> None:
    tab.sign_in("coordinator", "wrong")
    assert "Имя или пароль не подходят." in tab.text


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


@pytest.mark.parametrize("size", [_PHONE, _DESK], ids=["phone", "desk"])
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
