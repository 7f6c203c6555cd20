"""Where a key goes that a TOML file does not have yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stresstune.config.path import KeyPath, format_key
from stresstune.config.scan import Entry, Layout, Section
from stresstune.config.text import refuse_key

_INDENT = re.compile(r"[ \t]*")
_COMMENT = re.compile(r"[ \t]*#")


def insert_key(text: str, layout: Layout, path: KeyPath, source: str, name: str) -> str:
    """Add a key at the end of its own table, or a table at the end of the file.

    Args:
        text: The file's text.
        layout: What `scan` found in it.
        path: The key; it is not in the file.
        source: TOML source of its value.
        name: The file's name, for errors.

    Raises:
        ConfigError: There is a value where a table would have to be, or no such array element.
    """
    for length in range(len(path) - 1, -1, -1):
        home, rest = path[:length], path[length:]
        result = _insert_at(text, layout, home, rest, source, name)
        if result is not None:
            return result
    raise AssertionError("the root is always there")  # pragma: no cover


def _insert_at(
    text: str, layout: Layout, home: KeyPath, rest: KeyPath, source: str, name: str
) -> str | None:
    """Add ``rest`` to the table ``home``; None if there is no such table."""
    entry = layout.entries.get(home)
    if home in layout.arrays or (entry is not None and entry.kind == "array"):
        raise refuse_key(name, home + rest[:1], "does not exist: elements are not added to arrays")
    if entry is not None and entry.kind == "value":
        raise refuse_key(name, home, "is a value, not a table: nothing can be added below it")
    if any(isinstance(part, int) for part in rest):
        if home:
            return None
        raise refuse_key(name, rest, "does not exist: elements are not added to arrays")
    if entry is not None:
        return _into_inline(text, layout, entry, rest, source)
    dotted = _last_dotted(layout, home)
    if dotted is not None:
        return _after_dotted(text, layout, dotted, home + rest, source)
    section = next((one for one in layout.sections if one.path == home), None)
    if section is not None and len(rest) == 1:
        return _into_section(text, layout, section, rest, source)
    if section is not None or any(one.path[: len(home)] == home for one in layout.sections):
        return _new_section(text, layout, home + rest, source)
    return None


def _last_dotted(layout: Layout, home: KeyPath) -> Entry | None:
    """Return the last key that made the table ``home`` by being dotted (``home.key = value``)."""
    found = None
    for entry in layout.entries.values():
        owner = _owner(layout, entry)
        if len(owner) < len(home) < len(entry.path) and entry.path[: len(home)] == home:
            found = entry
    return found


def _owner(layout: Layout, entry: Entry) -> KeyPath:
    """Return the path that the entry's own key is relative to."""
    if not entry.nested:
        return layout.sections[entry.section].path
    above = entry.path[:-1]
    while above not in layout.entries:
        above = above[:-1]
    return above


def _spell_pair(keys: Sequence[str | int], source: str) -> str:
    return f"{'.'.join(format_key(str(key)) for key in keys)} = {source}"


def _into_inline(text: str, layout: Layout, table: Entry, rest: KeyPath, source: str) -> str:
    inside = [one for one in layout.children(table.path) if _owner(layout, one) == table.path]
    if not inside:
        pair = f"{{ {_spell_pair(rest, source)} }}"
        return text[: table.value_start] + pair + text[table.value_end :]
    at = max(one.value_end for one in inside)
    return f"{text[:at]}, {_spell_pair(rest, source)}{text[at:]}"


def _after_dotted(text: str, layout: Layout, last: Entry, path: KeyPath, source: str) -> str:
    pair = _spell_pair(path[len(_owner(layout, last)) :], source)
    if last.nested:
        return f"{text[: last.value_end]}, {pair}{text[last.value_end :]}"
    at = line_end(text, last.value_end)
    return insert_lines(text, at, [indent_of(text, last.start) + pair])


def _into_section(text: str, layout: Layout, section: Section, rest: KeyPath, source: str) -> str:
    at = _end_of(text, layout, section)
    pair = _spell_pair(rest, source)
    if section.entries:
        return insert_lines(text, at, [indent_of(text, section.entries[-1].start) + pair])
    if section is not layout.sections[0]:
        return insert_lines(text, at, [indent_of(text, section.start) + pair])
    return insert_lines(text, at, [pair, ""] if _is_text(text, at) else [pair])


def _new_section(text: str, layout: Layout, path: KeyPath, source: str) -> str:
    element = _innermost_element(path)
    inside = [one for one in layout.sections if one.path[: len(element)] == element]
    at = _end_of(text, layout, inside[-1]) if element else len(text)
    header = f"[{'.'.join(format_key(part) for part in path[:-1] if isinstance(part, str))}]"
    lines = [header, _spell_pair(path[-1:], source)]
    above = text[:at].rstrip(" \t")
    if above.strip("\r\n") and not above.endswith(("\n\n", "\n\r\n")):
        lines.insert(0, "")
    return insert_lines(text, at, lines)


def _innermost_element(path: KeyPath) -> KeyPath:
    """Return the deepest array element that a path goes through, or () if there is none."""
    indices = [at for at, part in enumerate(path) if isinstance(part, int)]
    return path[: indices[-1] + 1] if indices else ()


def _end_of(text: str, layout: Layout, section: Section) -> int:
    """Return where a new line of this section goes: after its last key and its own comments."""
    at = section.header_end
    if section.entries:
        at = line_end(text, section.entries[-1].value_end)
    elif section is not layout.sections[0]:
        at = line_end(text, at)
    return _after_own_comments(text, at)


def _after_own_comments(text: str, at: int) -> int:
    """Skip the comment lines from here on, unless they run into the next header.

    Comments that a blank line parts from the next header belong to what stands above them.
    """
    end = at
    while _COMMENT.match(text, end):
        end = line_end(text, end)
    return at if _is_text(text, end) else end


def line_end(text: str, at: int) -> int:
    """Return the first character after the line in which ``at`` stands, or the text's end."""
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def line_start(text: str, at: int) -> int:
    """Return the first character of the line in which ``at`` stands."""
    return text.rfind("\n", 0, at) + 1


def indent_of(text: str, at: int) -> str:
    """Return the white space at the beginning of the line in which ``at`` stands."""
    match = _INDENT.match(text, line_start(text, at))
    return match[0] if match else ""


def newline_near(text: str, at: int) -> str:
    """Return the line ending of the line before ``at``, or else of the file's first line."""
    before = text.rfind("\n", 0, at)
    found = before if before >= 0 else text.find("\n")
    return "\r\n" if found > 0 and text[found - 1] == "\r" else "\n"


def insert_lines(text: str, at: int, lines: Sequence[str]) -> str:
    """Insert lines at the start of another one, or at the end.

    They get the line ending of their neighbours; a missing final newline stays missing.
    """
    newline = newline_near(text, at)
    if at == len(text) and text and not text.endswith("\n"):
        return text + newline + newline.join(lines)
    return text[:at] + "".join(line + newline for line in lines) + text[at:]


def _is_text(text: str, at: int) -> bool:
    """Tell whether the line at ``at`` has anything on it."""
    return bool(text[at : line_end(text, at)].strip())
