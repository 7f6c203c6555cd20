"""Taking out what was added."""

from __future__ import annotations

import pytest

from stresstune.config.document import edit
from stresstune.config.path import parse_path
from stresstune.errors import ConfigError


def removed(text: str, *keys: str) -> str:
    return edit(text.encode(), {parse_path(key): None for key in keys}, "app.toml").decode()


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        pytest.param("a = 1\nb = 2\n", ["b"], "a = 1\n", id="the last line"),
        pytest.param("a = 1\nb = 2\n", ["a"], "b = 2\n", id="the first line"),
        pytest.param("a = 1\nb = 2", ["b"], "a = 1", id="no final newline"),
        pytest.param("a = 1\r\nb = 2", ["b"], "a = 1", id="no final newline, CRLF"),
        pytest.param("  a = 1 # mine\nb = 2\n", ["a"], "  # mine\nb = 2\n", id="a comment stays"),
        pytest.param("a = 1\n", ["z", "t.z"], "a = 1\n", id="what is not there"),
        pytest.param("t.x = 1\ny = 2\n", ["t.x"], "y = 2\n", id="a dotted table goes with it"),
        pytest.param("t = { a = 1 }\n", ["t.a"], "t = { }\n", id="the only inline key"),
        pytest.param("t = { a = 1, b = 2 }\n", ["t.a"], "t = { b = 2 }\n", id="first inline key"),
        pytest.param("t = { a = 1, b = 2 }\n", ["t.b"], "t = { a = 1 }\n", id="last inline key"),
        pytest.param("a = 1\n\n[t]\nx = 1\n", ["t.x", "t"], "a = 1\n", id="a whole new table"),
        pytest.param("[t]\nx = 1\n[u]\n", ["t.x", "t"], "[u]\n", id="a table in the middle"),
        pytest.param("a = [\n 1,\n]\n", ["a"], "", id="many lines"),
    ],
)
def test_a_key_is_taken_out(before: str, keys: list[str], after: str):
    assert removed(before, *keys) == after


def test_a_table_that_still_has_keys_stays():
    with pytest.raises(ConfigError, match="t is a table that still has keys"):
        removed("[t]\nx = 1\n", "t")


def test_elements_stay():
    with pytest.raises(ConfigError, match="element of an array: those are not removed"):
        removed("a = [1]\n", "a[0]")
