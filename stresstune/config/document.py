"""Edits of a TOML file that touch nothing but the values that were named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from stresstune.config.insert import insert_key
from stresstune.config.path import KeyPath, format_path, require_apart
from stresstune.config.remove import remove
from stresstune.config.scan import Layout, ScanError, scan
from stresstune.config.text import ABSENT, BOM, decode, look_up, parse, refuse_key, same
from stresstune.errors import ConfigError


class Document:
    """A TOML file, read once.

    Attributes:
        data: Its bytes; valid TOML 1.0, with or without a byte order mark.
        name: Its name, for errors.
        values: What it says, as `tomllib` reads it; nobody changes this.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name
        self.values = parse(data, name)

    @cached_property
    def text(self) -> str:
        """The file as text, without the byte order mark."""
        return decode(self.data, self.name)

    @cached_property
    def layout(self) -> Layout:
        """Where everything stands in the text."""
        return _scan(self.text, self.name)

    def source_of(self, path: KeyPath) -> str | None:
        """Return how the value at a path is spelled, or None where it is absent.

        Raises:
            ConfigError: The path names a whole table.
        """
        entry = self.layout.entries.get(path)
        if entry is not None:
            return self.text[entry.value_start : entry.value_end]
        if self.layout.has_table(path):
            raise refuse_key(self.name, path, "is a whole table: name one of its keys")
        return None

    def edited(self, changes: Mapping[KeyPath, str | None]) -> bytes:
        """Return the file with new values, every other byte as it was.

        Args:
            changes: TOML source of the new value of each path; None removes the key.

        Raises:
            ConfigError: A path cannot be written, or the result would differ from the plan
                anywhere else.
        """
        if not changes:
            return self.data
        try:
            require_apart(path for path, source in changes.items() if source is not None)
        except ValueError as error:
            raise ConfigError(f"{self.name}: {error}", path=self.name) from None
        try:
            return _edited(self.data, self.name, tuple(changes.items()))
        except RecursionError:
            raise ConfigError(
                f"{self.name} is nested too deeply to be edited automatically: edit it by hand",
                path=self.name,
            ) from None

    def replaced(
        self, changes: Mapping[KeyPath, str | None]
    ) -> tuple[str, dict[KeyPath, str | None]]:
        """Replace the values that are there, the last one first; return what is left to do."""
        entries, text = self.layout.entries, self.text
        there = [path for path, source in changes.items() if path in entries and source is not None]
        for path in sorted(there, key=lambda path: entries[path].value_start, reverse=True):
            entry = entries[path]
            text = text[: entry.value_start] + str(changes[path]) + text[entry.value_end :]
        return text, {path: changes[path] for path in changes if path not in there}


@lru_cache(maxsize=4)
def _edited(data: bytes, name: str, edits: tuple[tuple[KeyPath, str | None], ...]) -> bytes:
    """Edit, and verify, once: a plan is made again in the turn in which it is written."""
    changes = dict(edits)
    document = Document(data, name)
    text, others = document.replaced(changes)
    for path, source in others.items():
        text = _edit_one(text, path, source, name)
    result = (BOM if data.startswith(BOM) else b"") + text.encode()
    _verify(document.values, parse_result(result, name), changes, name)
    return result


def source_of(data: bytes, path: KeyPath, name: str) -> str | None:
    """Return how the value at a path is spelled in a file, or None where it is absent.

    Raises:
        ConfigError: The file is not valid TOML, or the path names a whole table.

    >>> source_of(b"a = 0x1E # thirty", ("a",), "app.toml")
    '0x1E'
    """
    return Document(data, name).source_of(path)


def edit(data: bytes, changes: Mapping[KeyPath, str | None], name: str) -> bytes:
    r"""Return a file with new values, every other byte as it was.

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
    return Document(data, name).edited(changes)


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
    if source is None:
        return remove(text, layout, path, name)
    if layout.has_table(path):
        raise refuse_key(name, path, "is a whole table: name one of its keys")
    return insert_key(text, layout, path, source, name)


def _verify(
    before: dict[str, Any],
    after: dict[str, Any],
    changes: Mapping[KeyPath, str | None],
    name: str,
) -> None:
    expected = before
    for path, source in changes.items():
        if source is None:
            expected = _without(expected, path, after)
        else:
            value = parse(f"value = {source}".encode(), format_path(path))["value"]
            expected = _with(expected, path, value)
    if not same(expected, after):
        raise ConfigError(
            f"{name} cannot be edited: more than the planned keys would change. "
            "Nothing was written; make this edit by hand",
            path=name,
        )


def _with(values: Any, path: KeyPath, value: object) -> Any:  # noqa: ANN401 - tables and arrays
    """Return a copy in which one value is another one; only what is on the way is copied."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    copied: Any = values.copy()
    missing = isinstance(copied, dict) and key not in copied
    copied[key] = _with({} if missing else copied[key], rest, value)
    return copied


def _without(values: dict[str, Any], path: KeyPath, after: dict[str, Any]) -> dict[str, Any]:
    """Return a copy without a key, and without the tables that were only there because of it."""
    parent = look_up(values, path[:-1])
    if not isinstance(parent, dict):
        return values
    left = {key: value for key, value in parent.items() if key != path[-1]}
    if not left and path[:-1] and look_up(after, path[:-1]) is ABSENT:
        return _without(values, path[:-1], after)
    result: dict[str, Any] = _with(values, path[:-1], left)
    return result


def _scan(text: str, name: str) -> Layout:
    try:
        return scan(text)
    except (ScanError, RecursionError) as error:
        raise ConfigError(
            f"{name} has a shape that is not edited automatically: {error}. Edit it by hand",
            path=name,
        ) from error
