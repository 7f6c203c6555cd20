from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.report.markdown import escape, render_markdown
from tests.report import dossiers
from tests.report.drawn_fleet import fleet_of


def test_the_answer_comes_first() -> None:
    lines = render_markdown(dossiers.of_quota()).splitlines()
    assert lines[0].startswith("# At full pace the API carries 7 of the 30 people")
    assert "| How it stands | **Critical** |" in "\n".join(lines[:12])


def test_charts_are_told_in_words_and_as_tables() -> None:
    text = render_markdown(dossiers.of_quota())
    assert "<details><summary>The numbers</summary>" in text
    assert "| 10.5 s | 30 | 40 | 30 |" in text


def test_a_table_that_is_folded_in_the_page_is_folded_here() -> None:
    text = render_markdown(fleet_of(9))
    assert "<details><summary>All 9 hosts, and why each lets in so many</summary>" in text


def test_brackets_of_prose_are_no_markup_and_stay_as_they_are() -> None:
    assert escape("25 fit (told by --limit)!") == "25 fit (told by --limit)!"
    assert escape("![a](b)") == r"!\[a\](b)"


def test_the_diff_is_a_diff() -> None:
    assert "```diff\n--- workshop.toml\n" in render_markdown(dossiers.of_memory())


def test_a_simulated_run_is_marked() -> None:
    assert "> **The API was simulated" in render_markdown(dossiers.of_practice())


@pytest.mark.parametrize("kind", sorted(dossiers.ALL))
def test_tables_have_as_many_cells_in_every_row(kind) -> None:
    width = None
    for line in render_markdown(dossiers.ALL[kind]()).splitlines():
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert width in {None, cells}
            width = cells
        else:
            width = None


def test_hostile_strings_stay_text() -> None:
    text = render_markdown(dossiers.of_hostile_strings())
    outside, fenced = [], False
    for line in text.splitlines():
        fenced ^= line.startswith("````")
        if not fenced and not line.startswith("````"):
            outside.append(line)
    plain = "\n".join(outside)
    assert "````diff" in text
    assert set(re.findall(r"<[a-z/]+", plain)) <= {"<details", "<summary", "</summary", "</details"}
    assert not re.search(r"(?<!\\)\]\(javascript", plain)


@given(st.text(alphabet=st.characters(exclude_characters="`")))
def test_no_text_makes_html_a_link_or_a_mention(text) -> None:
    said = escape(text)
    assert "<" not in said
    assert "@" not in said
    assert "://" not in said
    assert not re.search(r"(?<!\\)[\[\]|]", said.replace("\\\\", ""))
