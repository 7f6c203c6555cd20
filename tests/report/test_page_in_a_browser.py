"""The report page, as people see it: in a real Chromium without a screen.

Needs what `tests.chromium` needs, and axe's script, which is taken from the package
axe-playwright-python (it needs no Playwright for that). Of each kind of run there is a screenshot.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

pytest.importorskip("selenium", reason="pip install '.[examples]'")
pytest.importorskip("vl_convert", reason="pip install '.[report]'")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stresstune.report.charts.draw import draw_svg
from stresstune.report.compose import charts_of, compose
from stresstune.report.page import COLOURS, NARROW, WIDE, render_page
from tests import chromium
from tests.report import dossiers
from tests.report.drawn import drawn_dossier
from tests.report.drawn_fleet import fleet_of
from tests.report.pages import page_of

pytestmark = [*chromium.MARKS]

TOUCHING = (Path(__file__).parent / "touching.js").read_text(encoding="utf-8")
AXE_PACKAGE = "axe_playwright_python"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    """One browser, and the pages of every kind of run."""

    def __init__(self, folder: Path) -> None:
        self.driver = chromium.started("--hide-scrollbars")
        self._folder = folder
        self.keeps_shots = "STRESSTUNE_SCREENSHOTS" in os.environ
        self._shots = chromium.screenshots(folder)

    def open(self, kind: str, *, dark: bool = False, width: int = 1200) -> None:
        page = self._folder / f"{kind}.html"
        if not page.exists():
            page.write_text(page_of(kind), encoding="utf-8")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.resize(width)
        self.driver.get(page.as_uri())

    def show(self, html: str, name: str) -> None:
        page = self._folder / f"{name}.html"
        page.write_text(html, encoding="utf-8")
        self.driver.get(page.as_uri())

    def printed_pages(self) -> int:
        pypdf = pytest.importorskip("pypdf", reason="pip install '.[dev]'")
        self.ask("Emulation.setEmulatedMedia", media="", features=[])
        printed = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return len(pypdf.PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.driver.execute_cdp_cmd(command, arguments)

    def shot(self, name: str, *, whole: bool = True) -> None:
        taken = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        (self._shots / f"report-{name}.png").write_bytes(base64.b64decode(taken["data"]))

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def all(self, selector: str) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def touching(self) -> list[str]:
        """Say which words of the charts touch something."""
        return self.run(TOUCHING)

    def resize(self, width: int) -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.ask("Emulation.setDeviceMetricsOverride", **size)

    def tip(self) -> str:
        return self.run("return document.getElementById('tip').textContent;")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("pages"))
    try:
        yield browser
    finally:
        browser.driver.quit()


@pytest.fixture(scope="module")
def axe() -> str:
    found = importlib.util.find_spec(AXE_PACKAGE)
    if found is None or not found.submodule_search_locations:
        pytest.skip("pip install --no-deps axe-playwright-python")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "dark"), [("quota", False), ("quota", True), ("nothing-known", False)]
)
def test_axe_finds_nothing_to_complain_about(browser, axe, kind, dark) -> None:
    browser.open(kind, dark=dark)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; });")
    browser.run(axe)
    found = browser.driver.execute_async_script(
        "axe.run({runOnly: arguments[0]}).then(arguments[1])", RULES
    )
    told = [
        (each["id"], [node["html"][:150] for node in each["nodes"]]) for each in found["violations"]
    ]
    assert not told
    assert len(found["passes"]) > 20
    browser.shot(f"{kind}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize("kind", sorted(dossiers.ALL))
def test_every_kind_of_run_has_its_page_and_prints_on_two(browser, kind) -> None:
    browser.open(kind)
    assert browser.all("h1")[0].text
    assert len(browser.all(".tile")) == 3
    if browser.keeps_shots:
        browser.shot(kind)
    assert browser.touching() == []
    for media, width in (("", 390), ("print", 794)):
        browser.ask("Emulation.setEmulatedMedia", media=media, features=[])
        browser.resize(width)
        assert browser.touching() == []
    assert browser.printed_pages() <= 2
    assert browser.complaints() == []


def test_many_hosts_print_on_two_pages_and_are_all_there_for_who_opens_them(browser) -> None:
    hosts = 300
    browser.show(render_page(fleet_of(hosts)), "many-hosts")
    assert browser.printed_pages() == 2
    rows = "return document.querySelectorAll('#hosts details tbody tr').length;"
    assert browser.run(rows) == hosts
    assert browser.all("#hosts details tbody tr")[0].text == ""
    browser.all("#hosts summary")[0].click()
    assert browser.all("#hosts details tbody tr")[-1].text


@pytest.mark.parametrize("seed", [3, 8])
def test_a_comparison_of_runs_that_have_little_in_common_prints_on_two_pages(browser, seed) -> None:
    before = drawn_dossier(seed + 100).run
    dossier = replace(drawn_dossier(seed), earlier=replace(before, id=3))
    browser.show(render_page(dossier), f"drawn-{seed}")
    assert browser.all("#since")
    assert browser.printed_pages() == 2


def test_words_in_a_chart_touch_nothing_whatever_was_found(browser, tmp_path) -> None:
    charts = [chart for seed in range(12) for chart in charts_of(compose(drawn_dossier(seed)))]
    drawn = (draw_svg(chart, *size, COLOURS) for size in (WIDE, NARROW) for chart in charts)
    page = tmp_path / "charts.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{''.join(drawn)}", encoding="utf-8")
    browser.driver.get(page.as_uri())
    assert browser.touching() == []
    assert browser.run("return window.labelsLookedAt;") > 4 * len(charts)


def test_words_that_touch_something_are_found_out(browser) -> None:
    browser.open("quota")
    browser.run("""
        const [one, other] = document.querySelectorAll('svg.wide .mark-text.role-mark text');
        one.setAttribute('transform', other.getAttribute('transform'));
    """)
    assert browser.touching()


def test_the_answer_is_on_the_first_screen(browser) -> None:
    browser.open("quota")
    for selector in ("h1", ".tile:nth-child(1)", ".tile:nth-child(2)", ".tile:nth-child(3)"):
        assert browser.all(selector)[0].rect["y"] + browser.all(selector)[0].rect["height"] < 600
    said = " ".join(tile.text for tile in browser.all(".tile"))
    assert "Critical" in said
    assert "The API's quota of requests a minute" in said
    assert "30 people at a time, 10.5 s pause" in said


def test_nothing_is_loaded_from_anywhere(browser) -> None:
    browser.open("quota")
    assert browser.run("return performance.getEntriesByType('resource').length;") == 0
    assert browser.run("return document.querySelectorAll('[src], link, iframe').length;") == 0


def test_hostile_strings_stay_text(browser) -> None:
    browser.open("hostile")
    assert browser.run("return window.hacked;") is None
    assert browser.run("return document.scripts.length;") == 1
    assert browser.run("return document.querySelectorAll('img, a[href^=javascript]').length;") == 0
    assert dossiers.HOSTILE.replace("`", "") in browser.driver.find_element(
        By.ID, "say"
    ).text.replace("`", "")
    assert browser.complaints() == []


def test_a_policy_in_the_page_stops_what_would_get_in_all_the_same(browser) -> None:
    browser.open("quota")
    browser.run(
        "const one = document.createElement('script');"
        "one.textContent = 'window.hacked = 1'; document.body.append(one);"
    )
    assert browser.run("return window.hacked;") is None
    assert any("Content Security Policy" in one for one in browser.complaints())


def test_whoever_points_at_a_mark_is_told_what_it_is(browser) -> None:
    browser.open("quota")
    mark = browser.all("#chart-pace svg.wide [data-says^='set:']")[0]
    ActionChains(browser.driver).move_to_element(mark).perform()
    assert browser.tip() == "set: 30 at a time, 10.5 s pause"
    assert browser.driver.find_element(By.ID, "tip").is_displayed()
    browser.shot("hover", whole=False)
    ActionChains(browser.driver).move_to_element(browser.all("h1")[0]).perform()
    assert not browser.driver.find_element(By.ID, "tip").is_displayed()


def test_the_keyboard_alone_is_enough(browser) -> None:
    browser.open("quota")
    browser.press(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Skip to what was found"
    browser.press(Keys.TAB)
    assert browser.driver.switch_to.active_element.get_attribute("class") == "plot"
    browser.press(Keys.ARROW_RIGHT)
    first = browser.tip()
    browser.press(Keys.END)
    assert browser.tip().startswith("15 s pause: the API carries")
    browser.press(Keys.HOME)
    assert browser.tip() == first
    browser.press(Keys.ESCAPE)
    assert not browser.driver.find_element(By.ID, "tip").is_displayed()
    browser.press(Keys.TAB, Keys.ENTER)
    table = browser.all("#chart-pace details table")[0]
    assert table.is_displayed()
    assert "the API carries" in table.text


def test_a_phone_shows_charts_that_can_be_read_and_needs_no_scrolling_sideways(browser) -> None:
    browser.open("quota", width=390)
    assert browser.run("return document.scrollingElement.scrollWidth;") <= 390
    shown = [svg.is_displayed() for svg in browser.all("#chart-pace svg")]
    assert shown == [False, True]
    assert browser.all("#chart-pace svg.narrow text")[0].rect["height"] > 8
    browser.shot("phone")


def test_an_option_is_not_broken_after_its_hyphens(browser) -> None:
    browser.open("memory", width=390)
    heights = browser.run("""
        return [...document.querySelectorAll('.word')].map((one) => one.getClientRects().length);
    """)
    assert heights
    assert set(heights) == {1}


def test_on_a_phone_a_table_scrolls_by_itself_and_does_not_break_its_words(browser) -> None:
    browser.open("quota", width=390)
    broken = browser.run("""
        const broken = [];
        for (const cell of document.querySelectorAll('#sure td')) {
            const text = cell.firstChild;
            for (const word of text.textContent.matchAll(/[a-z.]{2,11}/g)) {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                if (range.getClientRects().length > 1) broken.push(word[0]);
            }
        }
        return broken;
    """)
    assert broken == []
    assert browser.run("return document.scrollingElement.scrollWidth;") <= 390
