"""Dotted paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.config.path import format_key, format_path, parse_path

KEYS = st.text(st.characters(codec="utf-8"), max_size=8)
PATHS = st.tuples(KEYS, st.lists(KEYS | st.integers(0, 99), max_size=4)).map(
    lambda parts: (parts[0], *parts[1])
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("MAX", ("MAX",)),
        ("a.b-c.d_e", ("a", "b-c", "d_e")),
        ("a.'b.c'.\"d\\te\"", ("a", "b.c", "d\te")),
        ("a[0][12].b", ("a", 0, 12, "b")),
        ("3.14", ("3", "14")),
    ],
)
def test_a_path_is_read(text: str, path: tuple[str | int, ...]):
    assert parse_path(text) == path


@given(PATHS)
def test_every_path_survives_being_written_and_read(path: tuple[str | int, ...]):
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("", 1),
        ("a.", 3),
        (".a", 1),
        ("a b", 2),
        ("a[x]", 2),
        ("a[01]", 2),
        ('"a\\q"', 1),
        ("a..b", 3),
    ],
)
def test_what_is_no_path_is_refused_with_the_place(text: str, character: int):
    with pytest.raises(ValueError, match=f"not a dotted path from character {character} on"):
        parse_path(text)


def test_half_a_character_is_no_key():
    with pytest.raises(ValueError, match="half a character"):
        parse_path('"\ud800"')


def test_a_key_is_quoted_only_where_it_must_be():
    assert format_key("a-b_1") == "a-b_1"
    assert format_key("a.b") == '"a.b"'
    assert format_key('a"\\\n\x7f') == '"a\\"\\\\\\u000a\\u007f"'
