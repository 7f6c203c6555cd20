"""Dotted paths: how a person names one value in a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and array indices, outermost first: ``("servers", 0, "limit")``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
# Of the patterns, those that most paths do without are compiled (and kept by `re`) at their first
# use: a startup check is in a hurry.
_QUOTED = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"
_INDEX = r"\[(0|[1-9][0-9]{0,8})\]"


def parse_path(text: str) -> KeyPath:
    """Read a dotted path.

    Args:
        text: Keys joined by dots, each bare (letters, digits, ``_``, ``-``) or quoted as in TOML;
            ``[0]`` after a key is the first element of an array.

    Raises:
        ValueError: It is not such a path; says where it stops being one.

    >>> parse_path('limits."max.sessions"'), parse_path("servers[0].limit")
    (('limits', 'max.sessions'), ('servers', 0, 'limit'))
    """
    if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{text!r} is not a dotted path: it has half a character in it")
    parts: list[str | int] = []
    at = 0
    while True:
        key, at = _read_key(text, at)
        parts.append(key)
        while text.startswith("[", at) and (index := re.compile(_INDEX).match(text, at)):
            parts.append(int(index[1]))
            at = index.end()
        if at == len(text):
            return tuple(parts)
        if text[at] != ".":
            raise _not_a_path(text, at)
        at += 1


def format_path(path: Sequence[str | int]) -> str:
    """Write a path as `parse_path` reads it.

    >>> format_path(("limits", "max.sessions", 2))
    'limits."max.sessions"[2]'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + format_key(part)
    return text


def require_apart(paths: Iterable[KeyPath]) -> None:
    """Refuse paths that are named twice, or of which one lies within another one.

    Raises:
        ValueError: Two of them clash; names them.

    >>> require_apart([("a", "b"), ("a", "c")])
    >>> require_apart([("a", "b"), ("a",)])
    Traceback (most recent call last):
        ...
    ValueError: a.b lies within a: only one of them can be set
    """
    seen: set[KeyPath] = set()
    for path in paths:
        if path in seen:
            raise ValueError(f"{format_path(path)} is set twice: set it once")
        seen.add(path)
    for path in seen:
        above = next((path[:end] for end in range(1, len(path)) if path[:end] in seen), None)
        if above is not None:
            raise ValueError(
                f"{format_path(path)} lies within {format_path(above)}: only one of them can be set"
            )


def plainly(text: str) -> str:
    """Spell a path as `format_path` does, however it was quoted; what is no path stays as it is.

    >>> plainly("limits.'max'"), plainly("a..b")
    ('limits.max', 'a..b')
    """
    try:
        return format_path(parse_path(text))
    except ValueError:
        return text


def format_key(key: str) -> str:
    """Spell one key as TOML wants it: bare where that is possible.

    >>> format_key("delay"), format_key("a b")
    ('delay', '"a b"')
    """
    return key if _BARE.fullmatch(key) else f'"{"".join(map(_escape, key))}"'


def unquote(token: str) -> str:
    """Return the key that one bare or quoted token means.

    Raises:
        ValueError: A quoted token with an escape that TOML does not know.
    """
    if token[0] not in "\"'":
        return token
    return str(tomllib.loads(f"key = {token}")["key"])


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return f"\\u{ord(character):04x}" if character < " " or character == "\x7f" else character


def _read_key(text: str, at: int) -> tuple[str, int]:
    token = _BARE.match(text, at) or re.compile(_QUOTED).match(text, at)
    if token is None:
        raise _not_a_path(text, at)
    try:
        return unquote(token[0]), token.end()
    except ValueError:
        raise _not_a_path(text, at) from None


def _not_a_path(text: str, at: int) -> ValueError:
    return ValueError(
        f"{text!r} is not a dotted path from character {at + 1} on: write keys joined by dots, "
        'such as slow_mode.default, servers[0].limit or limits."max.sessions"'
    )
