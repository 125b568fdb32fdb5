"""A real Chromium without JavaScript, and its window as a person uses it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.console_world import PASSWORD

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs chromium and chromedriver"
    ),
]
PHONE, DESK = (390, 844), (1280, 900)

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


def start_chromium(profile: Path) -> Chrome:
    """Start a browser that keeps what it keeps in a folder."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", _NO_SCRIPTS)
    return Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))


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

    def press(self, selector: str, key: str) -> None:
        """Press a key on something."""
        self._driver.find_element(By.CSS_SELECTOR, selector).send_keys(key)

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

    def rows_of(self, selector: str) -> list[int]:
        """Return in how many rows the links of each of these stand."""
        blocks = self._driver.find_elements(By.CSS_SELECTOR, selector)
        return [len({one.location["y"] for one in block.find_elements(By.TAG_NAME, "a")}) for block in blocks]

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
