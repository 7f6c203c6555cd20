"""How a key that stresstune once added is taken out again."""

from __future__ import annotations

from stresstune.config.insert import line_end, line_start
from stresstune.config.path import KeyPath
from stresstune.config.scan import Entry, Layout
from stresstune.config.text import refuse_key


def remove(text: str, layout: Layout, path: KeyPath, name: str) -> str:
    """Take out a key, or the header of a table that has become empty; nothing if there is none.

    A comment behind the key on its line stays.

    Raises:
        ConfigError: The path is an element of an array, or a table with something in it.
    """
    entry = layout.entries.get(path)
    if isinstance(path[-1], int):
        raise refuse_key(name, path, "is an element of an array: those are not removed")
    if entry is None:
        return _remove_header(text, layout, path, name)
    if entry.nested:
        return _remove_nested(text, entry)
    rest = text[entry.value_end : line_end(text, entry.value_end)].lstrip(" \t")
    if rest.startswith("#"):
        return text[: entry.start] + text[entry.value_end :].lstrip(" \t")
    return _remove_lines(text, entry.start, entry.value_end)


def _remove_lines(text: str, first: int, last: int) -> str:
    """Remove whole lines; a missing final newline stays missing."""
    start, end = line_start(text, first), line_end(text, last)
    if end == len(text) and not text.endswith("\n"):
        return text[:start].removesuffix("\n").removesuffix("\r")
    return text[:start] + text[end:]


def _remove_nested(text: str, entry: Entry) -> str:
    later = text[entry.value_end :].lstrip(" \t")
    if later.startswith(","):
        end = entry.value_end + text[entry.value_end :].index(",") + 1
        return text[: entry.start] + text[end:].lstrip(" \t")
    start = len(text[: entry.start].rstrip(" \t"))
    start -= text[:start].endswith(",")
    return text[:start] + text[entry.value_end :]


def _remove_header(text: str, layout: Layout, path: KeyPath, name: str) -> str:
    section = next((one for one in layout.sections[1:] if one.path == path), None)
    if section is None:
        return text
    if section.entries:
        raise refuse_key(name, path, "is a table that still has keys: it is not removed")
    start, end = line_start(text, section.start), section.header_end
    above = text[:start].rstrip(" \t")
    blank = above.endswith(("\n\n", "\n\r\n")) and not text[line_end(text, end) :].strip(" \t")
    return _remove_lines(text, start - 1 if blank else start, end)
