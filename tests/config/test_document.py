"""Exact edits."""

from __future__ import annotations

import tracemalloc

import pytest

from stresstune.config.document import edit, source_of
from stresstune.config.path import parse_path
from stresstune.config.scan import scan
from stresstune.errors import ConfigError


def edited(text: str, **changes: str | None) -> str:
    paths = {parse_path(key.replace("__", ".")): value for key, value in changes.items()}
    return edit(text.encode(), paths, "app.toml").decode()


def test_only_the_value_changes():
    text = "# c\r\n a\t=  30   # users\r\n\r\nb = [1,\n 2] \n"
    assert edited(text, a="12") == text.replace("30", "12")


def test_a_missing_final_newline_stays_missing():
    assert edited("a = 1\nb = 2", b="3") == "a = 1\nb = 3"


def test_a_byte_order_mark_stays():
    assert edit(b"\xef\xbb\xbfa = 1\n", {("a",): "2"}, "app.toml") == b"\xef\xbb\xbfa = 2\n"


def test_arrays_of_tables_are_edited_by_index():
    text = "[[s]]\nx = 1\n[[s]]\nx = 1\n"
    assert edit(text.encode(), {("s", 1, "x"): "2"}, "f") == b"[[s]]\nx = 1\n[[s]]\nx = 2\n"


def test_out_of_order_tables_are_edited():
    text = "[a.x]\nv = 1\n[b]\nv = 1\n[a.y]\nv = 1\n[a]\nv = 1\n"
    assert (
        edited(text, a__v="2", a__y__v="3")
        == "[a.x]\nv = 1\n[b]\nv = 1\n[a.y]\nv = 3\n[a]\nv = 2\n"
    )


def test_several_keys_change_in_one_go():
    assert edited("a = 1\nb = 1\n[c]\nd = 1\n", a="20", c__d="30", c__e="4") == (
        "a = 20\nb = 1\n[c]\nd = 30\ne = 4\n"
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("t", "t is a whole table: name one of its keys"),
        ("s", "s is a whole table"),
        ("s[0]", r"s\[0\] is a whole table"),
        ("d", "d is a whole table"),
        ("a.b", "a is a value, not a table"),
        ("s[1].x", r"s\[1\] does not exist: elements are not added to arrays"),
        ("arr[1]", r"arr\[1\] does not exist"),
        ("arr.x", "arr.x does not exist"),
        ("new[0].x", "does not exist"),
        ("t[0]", "does not exist"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(key: str, message: str):
    text = b"a = 1\narr = [1]\nd.e = 1\n[t]\nx = 1\n[[s]]\n"
    with pytest.raises(ConfigError, match=message) as caught:
        edit(text, {parse_path(key): "1"}, "app.toml")
    assert caught.value.path == "app.toml"


def test_edits_that_lie_within_each_other_are_refused():
    with pytest.raises(ConfigError, match=r"app\.toml: a\.b lies within a"):
        edit(b"a = {b = 1}\n", {("a",): "2", ("a", "b"): "3"}, "app.toml")


def test_an_edit_that_would_break_the_file_is_refused():
    with pytest.raises(ConfigError, match="the result would be unreadable"):
        edit(b"a = 1\n", {("a",): "= ="}, "app.toml")


def test_an_edit_that_would_change_another_key_is_refused():
    with pytest.raises(ConfigError, match="more than the planned keys would change"):
        edit(b"a = 1\n", {("a",): "2\nb = 3"}, "app.toml")


def test_a_file_that_no_app_could_read_is_not_edited():
    with pytest.raises(ConfigError, match="at line 2, column 5"):
        edit(b"a = 1\nb = = 2\n", {("a",): "2"}, "app.toml")


def test_a_shape_that_cannot_be_scanned_is_left_to_a_person(monkeypatch: pytest.MonkeyPatch):
    def give_up(_text: str) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("stresstune.config.document.scan", give_up)
    with pytest.raises(ConfigError, match="Edit it by hand"):
        edit(b"a = 1\n", {("a",): "2"}, "app.toml")


def test_the_source_of_a_value_is_as_it_is_spelled():
    text = b'a = 0x1E\nb.c = "\\u0041"\n[t]\n'
    assert source_of(text, ("a",), "f") == "0x1E"
    assert source_of(text, ("b", "c"), "f") == '"\\u0041"'
    assert source_of(text, ("z",), "f") is None
    with pytest.raises(ConfigError, match="t is a whole table"):
        source_of(text, ("t",), "f")


def test_a_key_that_is_nested_very_deeply_is_edited_or_refused_and_no_crash():
    text = ".".join(["a"] * 900) + " = 1\n"
    with pytest.raises(ConfigError, match="nested too deeply to be edited"):
        edit(text.encode(), {("a",) * 900: "2"}, "app.toml")


def test_a_string_of_megabytes_takes_megabytes():
    text = 'MAX = 1\ntext = "' + "x" * 5_000_000 + '"\nmore = """' + "y\n" * 1_000_000 + '"""\n'
    tracemalloc.start()
    try:
        assert scan(text).entries[("MAX",)].value_end == 7
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10 * len(text)
