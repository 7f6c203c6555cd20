"""Where each value stands."""

from __future__ import annotations

import pytest

from stresstune.config.scan import ScanError, scan


def spelled(text: str) -> dict[tuple[str | int, ...], str]:
    entries = scan(text).entries
    return {path: text[one.value_start : one.value_end] for path, one in entries.items()}


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "-1_000",
        "0xDEAD_beef",
        "1e-3",
        "nan",
        "true",
        '"a \\" # b"',
        "'c:\\'",
        '"""\nmany "" lines # no comment\n\\""""',
        '"""a"""""',
        "'''it''s\n'''",
        "''''a'''''",
        '""',
        "''",
        '""""""',
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00.5-07:00",
        "1979-05-27",
        "07:32:00",
        "[]",
        "[ 1, # one\n 2,\n]",
        "{}",
        "{ a = 1, b.c = [{}, {d = '}'}] }",
    ],
)
def test_every_kind_of_value_is_found_to_the_character(value: str):
    assert spelled(f"before = 0\n  key\t= {value} # behind\nlast = 1")["key",] == value


def test_keys_may_be_quoted_and_dotted():
    found = spelled("a . \"b.c\" .'d' = 1\n")
    assert found == {("a", "b.c", "d"): "1"}


def test_elements_and_inline_keys_are_found():
    found = spelled('a = [1, "two", {b = 3, c.d = [4]}]')
    assert found["a", 1] == '"two"'
    assert found["a", 2, "b"] == "3"
    assert found["a", 2, "c", "d", 0] == "4"


def test_headers_name_the_last_element_of_an_array_of_tables():
    found = spelled("[[s]]\nx = 1\n[s.t]\ny = 2\n[[s]]\nx = 3\n[[s.u]]\nz = 4\n[[s.u]]\nz = 5\n")
    assert found["s", 0, "x"] == "1"
    assert found["s", 0, "t", "y"] == "2"
    assert found["s", 1, "x"] == "3"
    assert found["s", 1, "u", 0, "z"] == "4"
    assert found["s", 1, "u", 1, "z"] == "5"


def test_line_endings_of_windows_are_no_part_of_a_value():
    assert spelled("a = 1\r\n[b]\r\nc = 2\r\n") == {("a",): "1", ("b", "c"): "2"}


def test_a_shape_that_is_not_known_is_never_guessed():
    with pytest.raises(ScanError, match="'=' was expected in line 2"):
        scan("a = 1\nb 2")
    with pytest.raises(ScanError, match="a value was expected in line 1"):
        scan("a = =")
