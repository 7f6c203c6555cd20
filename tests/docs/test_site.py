"""The site builds without a warning, and its links lead somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.docs.pages import DOCS, PAGES

pytestmark = pytest.mark.no_cover

pytest.importorskip("sphinx", reason="the extra `docs` is not installed")


class Page(HTMLParser):
    """What a page points to, and what can be pointed to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {found[key] or "" for key in ("id", "name") if key in found}
        self.links += [found[key] or "" for key in ("href", "src") if key in found]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    uncovered = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(DOCS), str(folder)],
        env=uncovered,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def links(site: Path) -> Iterator[tuple[Path, str]]:
    for file in site.rglob("*.html"):
        for link in Page(file.read_text(encoding="utf-8")).links:
            yield file, link


def test_every_page_is_in_the_site(site: Path) -> None:
    for page in PAGES:
        assert (site / page).with_suffix(".html").exists()


def test_no_link_within_the_site_is_dead(site: Path) -> None:
    anchors: dict[Path, set[str]] = {}
    for file, link in links(site):
        path, fragment = urldefrag(link)
        if urlsplit(link).scheme or link.startswith("data:"):
            continue
        target = (file.parent / unquote(urlsplit(path).path)).resolve() if path else file
        assert target.exists(), f"{file.relative_to(site)}: {link}"
        if fragment and target.suffix == ".html":
            if target not in anchors:
                anchors[target] = Page(target.read_text(encoding="utf-8")).anchors
            assert unquote(fragment) in anchors[target], f"{file.relative_to(site)}: {link}"


def test_links_to_elsewhere_are_whole(site: Path) -> None:
    for file, link in links(site):
        parts = urlsplit(link)
        if parts.scheme and parts.scheme != "data":
            assert parts.scheme == "https", f"{file.relative_to(site)}: {link}"
            assert "." in parts.netloc, link
            assert " " not in link, link


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for tag in ("<script", "<img", '<link rel="stylesheet"'):
            for part in text.split(tag)[1:]:
                assert "://" not in part.split(">")[0], f"{file.name}: {tag}{part[:80]}"
