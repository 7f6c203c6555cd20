"""The bytes of a TOML file, as text and as values; and what is wrong with them, by line."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import tomllib
from functools import lru_cache
from typing import Any, Literal

from stresstune.config.path import KeyPath, format_path
from stresstune.errors import ConfigError

BOM = codecs.BOM_UTF8
_POSITION = r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$"


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT = Absent()
"""What stands where no value is; TOML has no null."""


def digest_of(data: bytes) -> str:
    """Return what tells two versions of a file apart: ``sha256:`` and 64 hexadecimal digits."""
    import hashlib  # noqa: PLC0415 - a startup check needs no digest, and has no time for it

    return "sha256:" + hashlib.sha256(data).hexdigest()


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a config file.

    Raises:
        ConfigError: It is missing, is no regular file, or may not be read.
    """
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            name = os.fspath(path)  # a pipe would be waited for, and a device never ends
            raise ConfigError(f"{name} is no regular file: name the TOML file itself", path=name)
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        name = os.fspath(path)
        raise ConfigError(f"{name} {_cannot_read(error)}", path=name) from error


def _cannot_read(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            "does not exist: name another file with --config, or create it (an empty one will do)"
        )
    if isinstance(error, IsADirectoryError):
        return "is a directory: name the TOML file in it"
    if isinstance(error, PermissionError):
        user = f"user {os.geteuid()}" if hasattr(os, "geteuid") else "you"
        return f"may not be read by {user}: change its permissions"
    if error.errno == errno.ELOOP:
        return "is a symbolic link that leads back to itself"
    return f"cannot be read: {error.strerror or error}"


def decode(data: bytes, name: str) -> str:
    """Turn the bytes of a config into text; a byte order mark is not part of it.

    Raises:
        ConfigError: It is not UTF-8; says where.
    """
    body = data.removeprefix(BOM)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise ConfigError(
            f"{name} is not UTF-8 at line {line}, byte {column}: TOML files must be",
            path=name,
        ) from error


def parse(data: bytes, name: str) -> dict[str, Any]:
    """Read the values of a config; they are shared, so nobody changes them.

    Raises:
        ConfigError: It is not valid TOML 1.0; says at which line and column.
    """
    text = decode(data, name)
    try:
        return _loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_broken(str(error), text, name), path=name) from error
    except ValueError as error:  # of Python, which reads no integer of more than 4,300 digits
        raise ConfigError(_too_long(text, name), path=name) from error
    except RecursionError as error:
        raise ConfigError(f"{name} is nested too deeply to be read", path=name) from error


@lru_cache(maxsize=4)
def _loads(text: str) -> dict[str, Any]:
    """Parse a text once, however often it is asked for: one command looks at a file many times."""
    return tomllib.loads(text)


def _broken(message: str, text: str, name: str) -> str:
    position = re.search(_POSITION, message)
    if position is None:
        return f"{name} is not valid TOML: {message}"
    what = message[: position.start()]
    lines = text.split("\n")
    line = int(position["line"] or len(lines))
    column = int(position["column"] or len(lines[-1]) + 1)
    return f"{name} is not valid TOML at line {line}, column {column}: {what}"


def _too_long(text: str, name: str) -> str:
    longest = max(re.finditer(r"[0-9_]+", text), key=lambda found: len(found[0]))
    line = text.count("\n", 0, longest.start()) + 1
    return f"{name}, line {line}: an integer in TOML has 64 bits, not {len(longest[0]):,} digits"


def look_up(values: object, path: KeyPath) -> Any:  # noqa: ANN401 - whatever TOML can hold
    """Return the value at a path, or `ABSENT`.

    >>> look_up({"a": [{"b": 1}]}, ("a", 0, "b")), look_up({}, ("a", "b"))
    (1, ABSENT)
    """
    here = values
    for part in path:
        in_table = isinstance(part, str) and isinstance(here, dict) and part in here
        in_array = isinstance(part, int) and isinstance(here, list) and part < len(here)
        if not (in_table or in_array):
            return ABSENT
        here = here[part]  # type: ignore[index]  # it is one of the two
    return here


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same in every way (``1``, ``1.0`` and ``true`` are not).

    >>> same([1], [1]), same(1, True), same(1, 1.0), same(float("nan"), float("nan"))
    (True, False, False, True)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str | int):
        return one == other
    return repr(one) == repr(other)


def refuse_key(name: str, path: KeyPath, why: str) -> ConfigError:
    """Build the error for a key that cannot be read or written."""
    key = format_path(path)
    return ConfigError(f"{name}: {key} {why}", path=name, key=key)
