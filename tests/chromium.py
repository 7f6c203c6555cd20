"""A real Chromium without a screen, for the tests that look at pages as people do.

Needs ``chromium`` and ``chromium-driver`` (Debian's packages), else the tests are skipped; and
Selenium, which a module must ask for before it imports this one. Screenshots are kept where
``STRESSTUNE_SCREENSHOTS`` says, if it says so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver

WORDS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server")

MARKS = (
    pytest.mark.no_cover,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="there is no chromium on this machine",
    ),
    # Selenium closes its connections to the driver when it pleases.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
)
"""For every test of a module that starts one."""


def started(*words: str) -> WebDriver:
    """Start a browser; what its pages complain of stands in its log."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for word in (*WORDS, *words):
        options.add_argument(word)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def screenshots(folder: Path) -> Path:
    """Return where screenshots go: they are thrown away with a test's folder unless asked for."""
    place = Path(os.environ.get("STRESSTUNE_SCREENSHOTS", folder / "screenshots"))
    place.mkdir(parents=True, exist_ok=True)
    return place
