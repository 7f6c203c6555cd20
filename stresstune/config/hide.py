"""A config without its secrets, to be remembered; and with them again, from the file itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stresstune.config.path import KeyPath, format_path
from stresstune.config.scan import Entry, Layout, ScanError, scan
from stresstune.config.secrets import HIDDEN_SOURCE, without_secret
from stresstune.config.text import BOM, parse
from stresstune.errors import ConfigError
from stresstune.redact import HIDDEN, redact

_COMMENT = re.compile(r"#[^\r\n]*")
_ROUGHLY = re.compile(
    r"^[ \t]*\[+[ \t]*(?P<header>[^\[\]\r\n#]+?)[ \t]*\]+"
    r"|^[ \t]*(?P<key>[\w.\"'-]+)[ \t]*=[ \t]*"
    r"(?P<value>"
    r'"""[\s\S]*?(?:"""|\Z)'
    r"|'{3}[\s\S]*?(?:'{3}|\Z)"
    r'|"(?:[^"\\\r\n]|\\.)*"'
    r"|'[^'\r\n]*'"
    r"|[^\r\n]*)"
    r"|(?P<other>[^\s][^\r\n]*)",
    re.MULTILINE,
)
"""A file that is no TOML, piece by piece."""
_OPENING = re.compile(r"\"\"\"|'''|[\"']")


@dataclass(frozen=True, slots=True)
class _Spot:
    """A piece of a text that may hold a secret.

    Attributes:
        where: What tells it from the others, also in another version of the file.
        start: Its first character.
        end: The one after it.
        shown: How it may be remembered.
    """

    where: str
    start: int
    end: int
    shown: str


def hide(data: bytes, known: Sequence[str] = ()) -> bytes:
    r"""Return a file without its secrets; everything else is byte for byte as it was.

    Where a file is no TOML, what it was meant to be is guessed, rather too much than too little.

    Args:
        data: The file.
        known: Secrets by themselves, whatever they are called.

    >>> hide(b'MAX = 3\npassword = "hunter2" # of mine\n')
    b'MAX = 3\npassword = "[hidden]" # of mine\n'
    """
    text, mark = _text(data)
    for spot in reversed(_spots(text, data, known)):
        text = text[: spot.start] + spot.shown + text[spot.end :]
    return _bytes(text, mark)


def put_back(hidden: bytes, found: bytes | None, known: Sequence[str] = ()) -> bytes:
    r"""Return what `hide` made of a file with the secrets that another version of it has.

    What that one does not have stays hidden.

    Args:
        hidden: The file without its secrets.
        found: The other version, valid TOML or not, or None.
        known: What `hide` was given.

    >>> put_back(b'MAX = 3\npassword = "[hidden]"\n', b'MAX = 2\npassword = "hunter2"\n')
    b'MAX = 3\npassword = "hunter2"\n'
    """
    if found is None or HIDDEN.encode() not in hidden:
        return hidden
    there, _ = _text(found)
    sources = {
        spot.where: (spot.shown, there[spot.start : spot.end])
        for spot in _spots(there, found, known)
    }
    text, mark = _text(hidden)
    for spot in reversed(_hidden_spots(text, hidden)):
        shown, source = sources.get(spot.where, ("", ""))
        if shown == text[spot.start : spot.end]:
            text = text[: spot.start] + source + text[spot.end :]
    result = _bytes(text, mark)
    return hidden if _is_toml(hidden) and not _is_toml(result) else result


def _is_toml(data: bytes) -> bool:
    try:
        parse(data, "")
    except ConfigError:
        return False
    return True


def hidden_in(data: bytes) -> tuple[str, ...]:
    r"""Return what of a file is hidden: its keys, and comments as they are.

    >>> hidden_in(b'[smtp]\npassword = "[hidden]" # the password of [hidden]\n')
    ('smtp.password', '# the password of [hidden]')
    """
    if HIDDEN.encode() not in data:
        return ()
    text, _ = _text(data)
    return tuple(spot.where for spot in _hidden_spots(text, data))


def _text(data: bytes) -> tuple[str, bytes]:
    mark = BOM if data.startswith(BOM) else b""
    return data.removeprefix(BOM).decode(errors="surrogateescape"), mark


def _bytes(text: str, mark: bytes) -> bytes:
    return mark + text.encode(errors="surrogateescape")


def _spots(text: str, data: bytes, known: Sequence[str]) -> list[_Spot]:
    """Return what holds a secret, in the order of the text."""
    spots = _numbered(_pieces(text, data, known))
    return [spot for spot in spots if spot.shown != text[spot.start : spot.end]]


def _hidden_spots(text: str, data: bytes) -> list[_Spot]:
    spots = _numbered(_pieces(text, data, ()))
    return [spot for spot in spots if HIDDEN in text[spot.start : spot.end]]


def _numbered(spots: Iterator[_Spot]) -> list[_Spot]:
    """Tell those apart that have the same name, as comments do that say the same."""
    seen: Counter[str] = Counter()
    result = []
    for spot in sorted(spots, key=lambda spot: spot.start):
        seen[spot.where] += 1
        where = spot.where if seen[spot.where] == 1 else f"{spot.where} ({seen[spot.where]})"
        result.append(_Spot(where, spot.start, spot.end, spot.shown))
    return result


def _pieces(text: str, data: bytes, known: Sequence[str]) -> Iterator[_Spot]:
    try:
        parse(data, "")
        layout = scan(text)
    except (ConfigError, ScanError, RecursionError):
        yield from _roughly(text, known)
        return
    for entry in layout.entries.values():
        if entry.kind == "value":
            source = text[entry.value_start : entry.value_end]
            shown = without_secret(entry.path, source, known)
            if HIDDEN in shown:
                yield _Spot(format_path(entry.path), entry.value_start, entry.value_end, shown)
    for start, end in _comments(text, layout):
        shown = redact(text[start:end], *known)
        if HIDDEN in shown:
            yield _Spot(shown, start, end, shown)


def _comments(text: str, layout: Layout) -> Iterator[tuple[int, int]]:
    """Find what stands in no key, no value and no header."""
    at = 0
    for start, end in [*sorted(_taken(layout)), (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, max(at, start)):
            yield found.span()
        at = max(at, end)


def _taken(layout: Layout) -> Iterator[tuple[int, int]]:
    yield from ((one.start, one.header_end) for one in layout.sections)
    for entry in layout.entries.values():
        yield entry.start, _end_of_text(entry)


def _end_of_text(entry: Entry) -> int:
    """Return where comments may begin: inside of arrays, and behind everything else."""
    return entry.value_end if entry.kind == "value" else entry.value_start


def _roughly(text: str, known: Sequence[str]) -> Iterator[_Spot]:
    """Take a text that is no TOML as what it most likely was meant to be."""
    table: KeyPath = ()
    for found in _ROUGHLY.finditer(text):
        start, end = found.span(found.lastgroup or 0)
        piece = found[found.lastgroup or 0]
        if found.lastgroup == "header":
            table = _names(piece)
        elif found.lastgroup == "value":
            path = (*table, *_names(found["key"]))
            yield _Spot(format_path(path), start, end, _shown_roughly(path, piece, known))
        else:
            shown = redact(piece, *known)
            yield _Spot(shown, start, end, shown)


def _names(text: str) -> KeyPath:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _shown_roughly(path: KeyPath, value: str, known: Sequence[str]) -> str:
    shown = without_secret(path, value, known)
    if shown != HIDDEN_SOURCE:
        return redact(value, *known)
    opening = _OPENING.match(value)
    is_open = opening is not None and (len(value) < 2 or not value.endswith(opening[0]))
    return f"{opening[0]}{HIDDEN}" if opening and is_open else shown  # still no TOML
