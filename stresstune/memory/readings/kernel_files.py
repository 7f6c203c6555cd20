"""Reads the kernel's small files, fast: a look at the memory is hardly more than this.

Paths are text here: a startup check, which reads these files, has no time to load pathlib.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = str | os.PathLike[str]

UNLIMITED_FROM_BYTES = 2**62
"""cgroup v1 writes "no limit" as the largest page count; nothing real is of this size."""

_PIECE_BYTES = 65536


class UnreadableError(Exception):
    """A control file is there, and says nothing that can be used."""


def read_file(path: Path) -> bytes:
    """Read a whole file; a third of the time of `pathlib.Path.read_bytes`.

    Raises:
        OSError: It is not there, or what it tells of is gone.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        pieces = [os.read(descriptor, _PIECE_BYTES)]
        while pieces[-1]:
            pieces.append(os.read(descriptor, _PIECE_BYTES))
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def read_text(path: Path, errors: str = "strict") -> str:
    """Read a whole file as text.

    Raises:
        OSError: As the system says.
        ValueError: It is no text.
    """
    return read_file(path).decode(errors=errors)


def read_lines(path: Path) -> list[str]:
    """Read the lines of a file; what is no text in it is replaced.

    Raises:
        OSError: As the system says.
    """
    return read_text(path, "replace").splitlines()


def read_number(path: Path) -> int | None:
    """Read a control file with one number; None where there is no such file, or no limit.

    Raises:
        UnreadableError: The file is there and holds no number, or may not be read.
    """
    try:
        text = read_text(path).strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UnreadableError(f"{path} cannot be read ({reason})") from error
    if text == "max":
        return None
    if not text.isdecimal():
        raise UnreadableError(f"{path} says {text[:40]!r}, which is no number of bytes")
    number = int(text)
    return None if number >= UNLIMITED_FROM_BYTES else number


def read_table(path: Path) -> Mapping[str, int]:
    """Read a control file of ``key number`` lines; empty where it cannot be read."""
    try:
        lines = read_text(path).splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.split() for line in lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def kilobytes(path: str) -> dict[str, int]:
    """Read ``Name: number kB`` lines, in bytes; bare numbers are multiplied likewise.

    Empty where the file cannot be read.
    """
    try:
        lines = read_lines(path)
    except OSError:
        return {}
    pairs = (line.partition(":")[::2] for line in lines)
    words = ((name, rest.split()) for name, rest in pairs)
    return {name: int(rest[0]) * 1024 for name, rest in words if rest and rest[0].isdecimal()}
