from __future__ import annotations

from html.parser import HTMLParser

import pytest

pytest.importorskip("vl_convert", reason="pip install '.[report]'")

from stresstune.report.page import render_page
from tests.report import dossiers
from tests.report.pages import page_of

MAX_BYTES = 1_500_000


class Elements(HTMLParser):
    """Every element of a page, and the text of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.said.append(data)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.found}

    def ids(self) -> list[str]:
        return [one["id"] or "" for _, one in self.found if "id" in one]


@pytest.fixture(scope="module", params=sorted(dossiers.ALL))
def page(request) -> str:
    return page_of(request.param)


def test_a_page_is_small_and_loads_nothing(page) -> None:
    assert len(page.encode()) < MAX_BYTES
    elements = Elements(page)
    assert not elements.tags & {"link", "img", "iframe", "object", "base", "form"}
    for _, attributes in elements.found:
        assert "src" not in attributes
        assert not (attributes.get("href") or "#").replace("#", "").startswith(("http", "java"))


def test_no_two_elements_have_one_id(page) -> None:
    ids = Elements(page).ids()
    assert len(ids) == len(set(ids))


def test_every_chart_has_its_words_and_its_table(page) -> None:
    elements = Elements(page)
    plots = [one for _, one in elements.found if one.get("class") == "plot"]
    for plot in plots:
        assert plot["role"] == "img"
        assert len(plot["aria-label"] or "") > 40
    assert sum(tag == "figcaption" for tag, _ in elements.found) == len(plots)
    assert sum(tag == "details" for tag, _ in elements.found) == len(plots)


def test_hostile_strings_stay_text() -> None:
    elements = Elements(page_of("hostile"))
    assert sum(tag == "script" for tag, _ in elements.found) == 1
    assert "img" not in elements.tags
    for _, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on")]


def test_the_policy_lets_only_its_own_script_run(page) -> None:
    policy = next(
        one["content"] for tag, one in Elements(page).found if tag == "meta" and "http-equiv" in one
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


def test_the_same_run_always_gives_the_same_page() -> None:
    assert render_page(dossiers.of_cap()) == page_of("cap")
