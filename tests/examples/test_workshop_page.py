"""The workshop app's page, as people see it: in a real Chromium without a screen.

Of each state there is a screenshot; see `tests.chromium`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="pip install '.[examples]'")
pytest.importorskip("uvicorn", reason="pip install '.[examples]'")
pytest.importorskip("selenium", reason="pip install '.[examples]'")

from PIL import Image, ImageDraw, ImageOps
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from examples.workshop_app.client import photo
from tests import chromium
from tests.examples.servers import serving

pytestmark = [*chromium.MARKS]


def scenery() -> Image.Image:
    """Return a picture that people can look at: an evening sky over the sea."""
    down = Image.linear_gradient("L").resize((800, 600))
    sky = ImageOps.colorize(down, "#1d3a7a", "#ffd9a0", mid="#e0705a", midpoint=150)
    draw = ImageDraw.Draw(sky)
    draw.ellipse((360, 300, 480, 420), fill="#fff1c9")
    draw.rectangle((0, 400, 800, 600), fill="#1b2f57")
    return sky


class Page:
    """One browser of one student."""

    def __init__(self, driver: WebDriver, base_url: str, folder: Path) -> None:
        self.driver, self.base_url = driver, base_url
        self._shots = chromium.screenshots(folder)
        self._photo = folder / "photo.jpg"
        scenery().save(self._photo)

    def join(self) -> None:
        self.driver.get(self.base_url)
        self.driver.find_element(By.CSS_SELECTOR, "button.main").click()
        self.until(lambda: self.driver.find_elements(By.ID, "gallery"))

    def upload(self, path: Path | None = None) -> None:
        count = len(self.cards())
        self.driver.find_element(By.ID, "file").send_keys(str(path or self._photo))
        if path is None:
            self.until(lambda: len(self.cards()) == count + 1)

    def cards(self) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, ".card")

    def button(self):
        return self.driver.find_element(By.CSS_SELECTOR, ".card button")

    def caption(self) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, ".caption").text

    def notice(self) -> str:
        return self.driver.find_element(By.ID, "notice").text

    def slow(self):
        return self.driver.find_element(By.ID, "slow")

    def until(self, holds: Callable[[], object], seconds: float = 20) -> None:
        WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: holds())

    def shot(self, name: str) -> None:
        shown = "return [...document.images].every(each => each.complete && each.naturalWidth)"
        self.until(lambda: self.driver.execute_script(shown))
        assert self.driver.save_screenshot(str(self._shots / f"{name}.png"))

    def complaints(self) -> list[str]:
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]
        ]


_OPEN: list[WebDriver] = []
"""Browsers that nobody uses just now: it takes longer to start one than most tests take."""


@pytest.fixture(scope="module", autouse=True)
def browsers() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().quit()


@contextmanager
def browser(base_url: str, folder: Path) -> Iterator[Page]:
    """Lend a browser that knows nothing of who used it before."""
    driver = _OPEN.pop() if _OPEN else chromium.started()
    try:
        driver.set_window_size(1100, 900)
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        driver.get_log("browser")
        page = Page(driver, base_url, folder)
        yield page
        assert page.complaints() == []
        driver.get("about:blank")
    except BaseException:
        driver.quit()
        raise
    _OPEN.append(driver)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app as it comes, for those who need nothing special."""
    folder = tmp_path_factory.mktemp("house")
    words = ("-m", "examples.workshop_app", "--simulate", "latency=0.3,spread=0")
    with serving(folder, *words, WORKSHOP_LOG="error") as base_url:
        yield base_url


@contextmanager
def visit(folder: Path, api: str = "latency=0.3,spread=0", **more: str) -> Iterator[Page]:
    words = ("-m", "examples.workshop_app", "--simulate", api)
    with (
        serving(folder, *words, WORKSHOP_LOG="error", **more) as base_url,
        browser(base_url, folder) as page,
    ):
        yield page


def test_a_student_joins_uploads_and_reads_a_caption(house: str, tmp_path: Path):
    with browser(house, tmp_path) as page:
        page.driver.get(page.base_url)
        page.shot("door")
        page.join()
        assert not page.slow().is_selected()
        page.shot("joined")
        page.upload()
        page.shot("uploaded")
        page.button().click()
        page.until(page.caption)
        assert page.button().text == "Another caption"
        image = page.driver.find_element(By.CSS_SELECTOR, ".card img")
        assert image.get_attribute("alt") == page.caption()
        assert int(image.get_property("naturalWidth")) == 320
        page.shot("caption")
        page.driver.refresh()
        page.until(lambda: page.cards() and page.caption())
        page.driver.find_element(By.ID, "leave").click()
        page.until(lambda: "Join the workshop" in page.driver.page_source)


def test_slow_mode_starts_ticked_counts_down_and_can_be_unticked(tmp_path: Path):
    slow = {"SLOW_MODE_DEFAULT": "true", "SLOW_MODE_DELAY_SECONDS": "2"}
    with visit(tmp_path, **slow) as page:
        page.join()
        page.until(lambda: page.slow().is_selected())
        page.upload()
        page.button().click()
        page.until(lambda: page.button().text.startswith("Slow mode: "))
        page.shot("slow-mode-waits")
        assert page.button().get_attribute("aria-disabled") == "true"
        page.until(page.caption)
        page.slow().click()
        page.driver.refresh()
        page.until(page.cards)
        assert not page.slow().is_selected()
        page.shot("slow-mode-off")


def test_a_rate_limit_is_a_countdown_and_no_error(tmp_path: Path):
    with visit(tmp_path, "rpm=8,window=bucket,burst=1,latency=0.1,delays=exact") as page:
        page.join()
        page.upload()
        page.button().click()
        page.until(page.caption)
        page.button().click()
        page.until(lambda: page.button().text.startswith("Trying again in"))
        assert "Yours is asked for again by itself" in page.notice()
        page.shot("rate-limit")
        page.until(lambda: page.button().text == "Another caption", seconds=30)
        assert page.notice() == ""


def test_a_full_house_offers_to_wait(tmp_path: Path):
    with (
        visit(tmp_path, MAX_CONCURRENT_SESSIONS="1") as page,
        browser(page.base_url, tmp_path) as second,
    ):
        page.join()
        second.driver.get(page.base_url)
        second.driver.find_element(By.CSS_SELECTOR, "button.main").click()
        second.until(lambda: "The workshop is full" in second.driver.page_source)
        second.until(lambda: "Trying again by itself in" in second.driver.page_source)
        second.shot("full")
        page.driver.find_element(By.ID, "leave").click()
        page.until(lambda: "Join the workshop" in page.driver.page_source)
        second.driver.find_element(By.CSS_SELECTOR, "button.main").click()
        second.until(lambda: second.driver.find_elements(By.ID, "gallery"))


def test_two_students_at_once_see_their_own_pictures(house: str, tmp_path: Path):
    with browser(house, tmp_path) as anna, browser(house, tmp_path) as ben:
        anna.join()
        ben.join()
        anna.upload()
        anna.upload()
        ben.upload()
        for page, count in ((anna, 2), (ben, 1)):
            page.driver.refresh()
            page.until(lambda page=page, count=count: len(page.cards()) == count)
        anna.shot("two-students-anna")
        ben.shot("two-students-ben")


def test_a_bad_upload_is_explained(tmp_path: Path):
    with visit(tmp_path, WORKSHOP_MAX_UPLOAD_BYTES="1000000") as page:
        page.join()
        text = tmp_path / "notes.jpg"
        text.write_text("no picture")
        page.upload(text)
        page.until(lambda: "notes.jpg: This is not a picture" in page.notice())
        page.shot("bad-upload")
        large = tmp_path / "large.jpg"
        large.write_bytes(photo(1_500_000))
        page.upload(large)
        page.until(lambda: "large.jpg: larger than 1 MB" in page.notice())
        assert page.cards() == []


def test_a_phone_sees_everything_without_scrolling_sideways(house: str, tmp_path: Path):
    with browser(house, tmp_path) as page:
        metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        page.join()
        page.upload()
        wide = page.driver.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 360
        for each in page.driver.find_elements(By.CSS_SELECTOR, "button, .switch"):
            assert each.size["height"] >= 44
        page.shot("phone")
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_in_the_dark_the_page_is_dark(house: str, tmp_path: Path):
    with browser(house, tmp_path) as page:
        page.join()
        page.upload()
        script = "return getComputedStyle(document.body).backgroundColor"
        light = page.driver.execute_script(script)
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        dark = page.driver.execute_script(script)
        assert brightness(light) > 200
        assert brightness(dark) < 60
        page.shot("dark")
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def brightness(colour: str) -> float:
    numbers = [int(word) for word in colour.strip("rgba()").split(",")[:3]]
    return sum(numbers) / 3


def test_the_keyboard_alone_will_do(house: str, tmp_path: Path):
    with browser(house, tmp_path) as page:
        page.driver.get(page.base_url)
        # A browser gives the focus with the first picture of the page, which may come after it.
        page.until(lambda: page.driver.switch_to.active_element.text == "Join the workshop")
        page.driver.switch_to.active_element.send_keys(Keys.ENTER)
        page.until(lambda: page.driver.find_elements(By.ID, "gallery"))
        page.upload()
        order = []
        while "Find a caption" not in order and len(order) < 8:
            press(page, Keys.TAB)
            here = page.driver.switch_to.active_element
            order.append(here.get_attribute("id") or here.text or here.tag_name)
            if order[-1] == "slow":
                press(page, Keys.SPACE)
                assert here.is_selected()
                press(page, Keys.SPACE)
        assert order == ["slow", "leave", "file", "a", "Find a caption"]
        page.shot("keyboard")
        press(page, Keys.ENTER)
        page.until(lambda: page.button().text == "Another caption")
        assert page.driver.switch_to.active_element == page.button()


def press(page: Page, key: str) -> None:
    ActionChains(page.driver).send_keys(key).perform()
