"""Where each value of a TOML text stands, to the character.

The text is known to be valid (`tomllib` has read it), so nothing is judged here; it is only
measured. All positions are indices into the text as it is, line endings included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from stresstune.config.path import KeyPath, unquote

_SPACE = re.compile(r"[ \t]*")
# Runs are never gone back on (`++`): a string of megabytes would take a gigabyte to match. Groups
# are: Python 3.11.0 to 3.11.4 match `(...)*+` wrongly (python/cpython#106052).
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]++|\\.)*"' + r"|'[^'\n]*'")
_SCALAR = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']++|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*"'
    r"|'[^'\n]*'"
    r"|\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+"
    r"|[^\s,\[\]{}#=\"']+",
    re.DOTALL,
)


class ScanError(ValueError):
    """The text has a shape that this scanner does not know, so it must not be edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value: a key and its value, or an element of an array.

    Attributes:
        path: Its full path, indices resolved.
        start: First character of its key (of the value, for an element).
        value_start: First character of its value.
        value_end: First character after it.
        kind: ``value`` (a scalar), ``array`` or ``inline`` (a table in braces).
        section: Index of the section that it stands in.
        nested: It stands inside an array or a table in braces, not on a line of its own.
    """

    path: KeyPath
    start: int
    value_start: int
    value_end: int
    kind: Literal["value", "array", "inline"]
    section: int
    nested: bool


@dataclass(slots=True, kw_only=True)
class Section:
    """A header and the lines below it; the first section is the root and has no header.

    Attributes:
        path: Path of its table, indices resolved.
        start: First character of its header (0 for the root).
        header_end: First character after the header's closing bracket (0 for the root).
        entries: What stands below it on lines of their own, in order.
    """

    path: KeyPath
    start: int
    header_end: int
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everything that was found.

    Attributes:
        sections: In the order of the text.
        entries: By their path.
        arrays: Number of elements of each array of tables, by its path.
    """

    sections: list[Section]
    entries: dict[KeyPath, Entry]
    arrays: dict[KeyPath, int]

    def has_table(self, path: KeyPath) -> bool:
        """Tell whether there is a table, or an array of them, that has no value of its own."""
        size = len(path)
        return any(one.path[:size] == path for one in self.sections) or any(
            len(one) > size and one[:size] == path for one in self.entries
        )

    def children(self, path: KeyPath) -> Iterator[Entry]:
        """Yield what stands directly inside the array or inline table at a path."""
        for entry in self.entries.values():
            if entry.nested and len(entry.path) > len(path) and entry.path[: len(path)] == path:
                yield entry


@lru_cache(maxsize=4)
def scan(text: str) -> Layout:
    r"""Find every value of a valid TOML text; what is found is shared, so nobody changes it.

    Raises:
        ScanError: The text has a shape that is not known here.

    >>> entry = scan("a = 1\n[b]\nc.d = [2, 3]").entries["b", "c", "d", 1]
    >>> entry.value_start, entry.value_end
    (20, 21)
    """
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.layout = Layout(
            sections=[Section(path=(), start=0, header_end=0)], entries={}, arrays={}
        )

    def run(self) -> Layout:
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                self._header()
            else:
                section = self.layout.sections[-1]
                section.entries.append(self._pair(section.path, nested=False))
            self._skip(_BLANK)
        return self.layout

    def _header(self) -> None:
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        path = self._resolve(self._key(), is_array=is_array)
        self._expect("]]" if is_array else "]")
        self.layout.sections.append(Section(path=path, start=start, header_end=self.at))

    def _resolve(self, keys: KeyPath, *, is_array: bool) -> KeyPath:
        """Name the element that a header means: the last one of each array on its way."""
        arrays = self.layout.arrays
        path: KeyPath = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in arrays:
                path = (*path, arrays[path] - 1)
        path = (*path, keys[-1])
        if is_array:
            arrays[path] = arrays.get(path, 0) + 1
            path = (*path, arrays[path] - 1)
        return path

    def _pair(self, prefix: KeyPath, *, nested: bool) -> Entry:
        start = self.at
        path = prefix + self._key()
        self._expect("=")
        self._skip(_SPACE)
        return self._value(path, start, nested=nested)

    def _value(self, path: KeyPath, start: int, *, nested: bool) -> Entry:
        value_start = self.at
        kind: Literal["value", "array", "inline"] = "value"
        if self.text.startswith("[", self.at):
            kind = "array"
            self._array(path)
        elif self.text.startswith("{", self.at):
            kind = "inline"
            self._inline(path)
        else:
            self._take(_SCALAR, "a value")
        entry = Entry(
            path=path,
            start=start,
            value_start=value_start,
            value_end=self.at,
            kind=kind,
            section=len(self.layout.sections) - 1,
            nested=nested,
        )
        self.layout.entries[path] = entry
        return entry

    def _array(self, path: KeyPath) -> None:
        self._expect("[")
        self._skip(_BLANK)
        index = 0
        while not self.text.startswith("]", self.at):
            self._value((*path, index), self.at, nested=True)
            index += 1
            self._comma()
        self._expect("]")

    def _inline(self, path: KeyPath) -> None:
        self._expect("{")
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self._pair(path, nested=True)
            self._comma()
        self._expect("}")

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)

    def _key(self) -> KeyPath:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(unquote(self._take(_KEY, "a key")))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(keys)
            self.at += 1

    def _take(self, pattern: re.Pattern[str], what: str) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise self._unknown(what)
        self.at = match.end()
        return match[0]

    def _expect(self, token: str) -> None:
        if not self.text.startswith(token, self.at):
            raise self._unknown(repr(token))
        self.at += len(token)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _unknown(self, what: str) -> ScanError:
        line = self.text.count("\n", 0, self.at) + 1
        return ScanError(f"{what} was expected in line {line}")
