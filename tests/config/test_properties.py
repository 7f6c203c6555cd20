"""What holds for every edit of every document."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.config.document import edit, source_of
from stresstune.config.path import KeyPath
from stresstune.config.scan import scan
from stresstune.config.text import BOM, look_up, same
from tests.config.documents import SCALARS, documents

NEW_PATHS = st.sampled_from(
    [
        ("new",),
        ("d", "new"),
        ("s", "new"),
        ("t0", "new"),
        ("x", "y", "new"),
        ("s", "t1", "u", "new"),
    ]
)


def leaves(values: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of everything that is no table, as `tomllib` sees the document."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in pairs:
        here = (*path, key)
        if isinstance(value, dict | list):
            yield from leaves(value, here)
        else:
            yield here


def with_value(values: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    changed: Any = copy.deepcopy(values)
    here = changed
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = value
    return changed


def lines_of(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.rstrip("\r\n").split("\n")]


@settings(max_examples=60)
@given(documents())
def test_the_scanner_finds_exactly_what_tomllib_finds(text: str):
    values = tomllib.loads(text)
    entries = scan(text).entries
    assert set(leaves(values)) == {path for path, one in entries.items() if one.kind == "value"}
    for path, one in entries.items():
        source = text[one.value_start : one.value_end]
        assert same(tomllib.loads(f"v = {source}")["v"], look_up(values, path))


@settings(max_examples=60)
@given(documents(), SCALARS, st.data(), st.booleans())
def test_a_replaced_value_changes_nothing_else(
    text: str, source: str, data: st.DataObject, bom: bool
):
    values = tomllib.loads(text)
    paths = list(leaves(values))
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    before = (BOM if bom else b"") + text.encode()
    after = edit(before, {path: source}, "app.toml")
    value = tomllib.loads(f"v = {source}")["v"]
    assert same(tomllib.loads(after.removeprefix(BOM).decode()), with_value(values, path, value))
    old = source_of(before, path, "app.toml")
    assert old is not None
    untouched = len(before) - len(old.encode())
    assert common(before, after) >= untouched
    assert edit(after, {path: old}, "app.toml") == before


def common(one: bytes, other: bytes) -> int:
    """Count the bytes at both ends that are the same."""
    head = common_head(one, other)
    return head + common_head(one[head:][::-1], other[head:][::-1])


def common_head(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


@settings(max_examples=60)
@given(documents(), NEW_PATHS)
def test_an_added_key_leaves_every_line_as_it_was(text: str, path: KeyPath):
    values = tomllib.loads(text)
    home = look_up(values, path[:-1]) if path[:-1] else values
    after = edit(text.encode(), {path: "9"}, "app.toml").decode()
    assert same(tomllib.loads(after), with_value(values, path, 9))
    on_lines = all(one.kind != "inline" for one in scan(text).entries.values())
    if text and isinstance(home, dict) and on_lines:
        rest = iter(lines_of(after))
        assert all(line in rest for line in lines_of(text))
    assert text.endswith("\n") == after.endswith("\n") or not text


@settings(max_examples=60)
@given(documents(), NEW_PATHS)
def test_what_was_added_can_be_taken_out_again(text: str, path: KeyPath):
    before = tomllib.loads(text)
    added = edit(text.encode(), {path: "9"}, "app.toml")
    taken = edit(added, {path: None}, "app.toml")
    tables = [path[:length] for length in range(len(path) - 1, 0, -1)]
    for table in tables:
        if not isinstance(look_up(before, table), dict):
            taken = edit(taken, {table: None}, "app.toml")
    assert same(tomllib.loads(taken.decode()), before)
