"""Edits of a TOML file that touch nothing but the values that were named."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from stresstune.config.insert import insert_key
from stresstune.config.path import KeyPath, format_path
from stresstune.config.remove import remove
from stresstune.config.scan import Layout, ScanError, scan
from stresstune.config.text import ABSENT, BOM, decode, look_up, parse, refuse_key, same
from stresstune.errors import ConfigError


def source_of(data: bytes, path: KeyPath, name: str) -> str | None:
    """Return how the value at a path is spelled in the file, or None where it is absent.

    Raises:
        ConfigError: The file is not valid TOML, or the path names a whole table.

    >>> source_of(b"a = 0x1E # thirty", ("a",), "app.toml")
    '0x1E'
    """
    parse(data, name)
    text = decode(data, name)
    layout = _scan(text, name)
    entry = layout.entries.get(path)
    if entry is not None:
        return text[entry.value_start : entry.value_end]
    if layout.has_table(path):
        raise refuse_key(name, path, "is a whole table: name one of its keys")
    return None


def edit(data: bytes, changes: Mapping[KeyPath, str | None], name: str) -> bytes:
    r"""Return the file with new values, every other byte as it was.

    Args:
        data: The file; valid TOML 1.0, with or without a byte order mark.
        changes: TOML source of the new value of each path; None removes the key.
        name: The file's name, for errors.

    Raises:
        ConfigError: The file is not valid TOML, a path cannot be written, or the result would
            differ from the plan anywhere else.

    >>> edit(b"[a]\r\nb = 1 # one\r\n", {("a", "b"): "2", ("a", "c"): "true"}, "app.toml")
    b'[a]\r\nb = 2 # one\r\nc = true\r\n'
    """
    before = parse(data, name)
    text = decode(data, name)
    for path, source in changes.items():
        text = _edit_one(text, path, source, name)
    result = (BOM if data.startswith(BOM) else b"") + text.encode()
    _verify(before, parse_result(result, name), changes, name)
    return result


def parse_result(data: bytes, name: str) -> dict[str, Any]:
    """Read back what an edit made.

    Raises:
        ConfigError: It is not valid TOML, which is the edit's fault; nothing was written.
    """
    try:
        return parse(data, name)
    except ConfigError as error:
        raise ConfigError(
            f"{name} cannot be edited: the result would be unreadable ({error}). "
            "Nothing was written; make this edit by hand",
            path=name,
        ) from error


def _edit_one(text: str, path: KeyPath, source: str | None, name: str) -> str:
    layout = _scan(text, name)
    entry = layout.entries.get(path)
    if source is None:
        return remove(text, layout, path, name)
    if entry is not None:
        return text[: entry.value_start] + source + text[entry.value_end :]
    if layout.has_table(path):
        raise refuse_key(name, path, "is a whole table: name one of its keys")
    return insert_key(text, layout, path, source, name)


def _verify(
    before: dict[str, Any],
    after: dict[str, Any],
    changes: Mapping[KeyPath, str | None],
    name: str,
) -> None:
    expected = copy.deepcopy(before)
    for path, source in changes.items():
        if source is None:
            _drop(expected, path, after)
        else:
            _put(expected, path, parse(f"value = {source}".encode(), format_path(path))["value"])
    if not same(expected, after):
        raise ConfigError(
            f"{name} cannot be edited: more than the planned keys would change. "
            "Nothing was written; make this edit by hand",
            path=name,
        )


def _put(values: Any, path: KeyPath, value: object) -> None:  # noqa: ANN401 - tables and arrays
    here = values
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = value


def _drop(values: dict[str, Any], path: KeyPath, after: dict[str, Any]) -> None:
    """Remove a key, and the tables around it that were only there because of it."""
    parent = look_up(values, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    above = path[:-1]
    if above and look_up(values, above) == {} and look_up(after, above) is ABSENT:
        _drop(values, above, after)


def _scan(text: str, name: str) -> Layout:
    try:
        return scan(text)
    except ScanError as error:
        raise ConfigError(
            f"{name} has a shape that is not edited automatically: {error}. Edit it by hand",
            path=name,
        ) from error
