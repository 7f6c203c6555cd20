"""Where a missing key goes."""

from __future__ import annotations

import pytest

from stresstune.config.document import edit
from stresstune.config.path import parse_path


def added(text: str, key: str, value: str = "9") -> str:
    return edit(text.encode(), {parse_path(key): value}, "app.toml").decode()


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        pytest.param("", "a", "a = 9\n", id="an empty file"),
        pytest.param("", "t.a", "[t]\na = 9\n", id="a table in an empty file"),
        pytest.param("a = 1\n", "b", "a = 1\nb = 9\n", id="behind the last root key"),
        pytest.param("a = 1\n[t]\n", "b", "a = 1\nb = 9\n[t]\n", id="before the first table"),
        pytest.param("[t]\nx = 1\n", "b", "b = 9\n\n[t]\nx = 1\n", id="no root key yet"),
        pytest.param("# hello\n\n[t]\n", "b", "# hello\nb = 9\n\n[t]\n", id="a heading first"),
        pytest.param("# of t\n[t]\n", "b", "b = 9\n\n# of t\n[t]\n", id="the table's own comment"),
        pytest.param("[t]\n\n[u]\n", "t.a", "[t]\na = 9\n\n[u]\n", id="an empty table"),
        pytest.param("[t] # t\n[u]\n", "t.a", "[t] # t\na = 9\n[u]\n", id="a comment behind it"),
        pytest.param(
            "[t]\nx = 1\n\n# of u\n[u]\n", "t.a", "[t]\nx = 1\na = 9\n\n# of u\n[u]\n", id="#295"
        ),
        pytest.param(
            "[t]\nx = 1\n# of u\n[u]\n",
            "t.a",
            "[t]\nx = 1\na = 9\n# of u\n[u]\n",
            id="close comment",
        ),
        pytest.param(
            "[t]\nx = 1\n# y = 2\n\n[u]\n",
            "t.a",
            "[t]\nx = 1\n# y = 2\na = 9\n\n[u]\n",
            id="own comment",
        ),
        pytest.param("[t]\n  x = 1\n", "t.a", "[t]\n  x = 1\n  a = 9\n", id="its indentation"),
        pytest.param("  [t]\n", "t.a", "  [t]\n  a = 9\n", id="indentation of the header"),
        pytest.param("[t]\r\nx = 1\r\n", "t.a", "[t]\r\nx = 1\r\na = 9\r\n", id="CRLF"),
        pytest.param(
            "a = 1\n[t]\r\nx = 1\r\n", "t.a", "a = 1\n[t]\r\nx = 1\r\na = 9\r\n", id="mixed"
        ),
        pytest.param("[t]\nx = 1", "t.a", "[t]\nx = 1\na = 9", id="no final newline"),
        pytest.param("a = 1", "t.a", "a = 1\n\n[t]\na = 9", id="a table, no final newline"),
        pytest.param("a = 1\n\n", "t.a", "a = 1\n\n[t]\na = 9\n", id="a blank line is there"),
        pytest.param("a = 1\r\n", "t.a", "a = 1\r\n\r\n[t]\r\na = 9\r\n", id="a table with CRLF"),
        pytest.param("t.x = 1\n[u]\n", "t.a", "t.x = 1\nt.a = 9\n[u]\n", id="a dotted table"),
        pytest.param("t.x = 1\ny = 2\n", "t.u.a", "t.x = 1\nt.u.a = 9\ny = 2\n", id="below it"),
        pytest.param("[s]\nt.x = 1\n", "s.t.a", "[s]\nt.x = 1\nt.a = 9\n", id="dotted in a table"),
        pytest.param(
            "[t.u]\nx = 1\n", "t.a", "[t.u]\nx = 1\n\n[t]\na = 9\n", id="an implicit table"
        ),
        pytest.param("[t]\nx = 1\n", "t.u.a", "[t]\nx = 1\n\n[t.u]\na = 9\n", id="a table below"),
        pytest.param("t = {}\n", "t.a", "t = { a = 9 }\n", id="an empty inline table"),
        pytest.param("t = { x = 1 } # c\n", "t.a", "t = { x = 1, a = 9 } # c\n", id="inline"),
        pytest.param("t = {x={y=1}}\n", "t.a.b", "t = {x={y=1}, a.b = 9}\n", id="deeper inline"),
        pytest.param("t = {x.y=1}\n", "t.x.b", "t = {x.y=1, x.b = 9}\n", id="dotted inline"),
        pytest.param("t = [{x=1}, {}]\n", "t[1].a", "t = [{x=1}, { a = 9 }]\n", id="in an array"),
        pytest.param(
            "[[s]]\nx = 1\n[[s]]\nx = 2\n",
            "s[0].a",
            "[[s]]\nx = 1\na = 9\n[[s]]\nx = 2\n",
            id="element",
        ),
        pytest.param(
            "[[s]]\n[s.t.u]\nx = 1\n\n[[s]]\n",
            "s[0].t.a",
            "[[s]]\n[s.t.u]\nx = 1\n\n[s.t]\na = 9\n\n[[s]]\n",
            id="a table of an element",
        ),
        pytest.param("a = 1\n", 'b."c d"', 'a = 1\n\n[b]\n"c d" = 9\n', id="quoted key"),
        pytest.param("a = 1\n", '"b c".d', 'a = 1\n\n["b c"]\nd = 9\n', id="quoted table"),
    ],
)
def test_it_is_added_at_the_end_of_its_own_table(before: str, key: str, after: str):
    assert added(before, key) == after
