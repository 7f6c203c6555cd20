"""The pictures of the terminal are of commands that exist, and load nothing."""

from __future__ import annotations

import doctest
import re

import pytest

from docs.extensions import screens
from docs.extensions.screens import FOLDER, SCREENS, draw, last_picture
from tests.cli.test_promises import check_call
from tests.docs.pages import read


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.name)
def test_a_picture_is_there_shown_and_of_a_command_that_exists(screen) -> None:
    svg = (FOLDER / f"{screen.name}.svg").read_text(encoding="utf-8")
    check_call(screen.command.removeprefix("stresstune ").removesuffix(" --help"))
    assert f"screens/{screen.name}.svg" in read("how-to/terminal.md")
    assert not re.search(r"(href|src|url\()\s*=?\s*[\"']?https?:", svg)
    assert "font-face" not in svg


def test_what_was_drawn_over_is_not_in_a_picture() -> None:
    assert doctest.testmod(screens).failed == 0
    assert last_picture("one\r\ntwo\r\n\x1b[1A\x1b[2Kthree\r\n") == "one\nthree"


def test_a_picture_holds_the_text_and_its_colours() -> None:
    svg = draw(SCREENS[0], "Tier: \x1b[31mcritical\x1b[0m; memory binds.")
    assert "critical" in svg
    assert "memory&#160;binds." in svg
