"""Reading and writing whole files through file descriptors, and their attributes."""

from __future__ import annotations

import errno
import os

NO_XATTRS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EACCES, errno.ENODATA}
"""Errors of a file that has no such attribute, or does not let us at it."""


def write_all(fd: int, data: bytes) -> None:
    """Write all bytes from the beginning of an open file on; a short write is gone on with.

    Raises:
        OSError: As the system says.
    """
    view, offset = memoryview(data), 0
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def bytes_of(path: str) -> bytes | None:
    """Return the bytes of a file, or None if it is not there.

    Raises:
        OSError: It is there and cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        chunks = []
        while chunk := os.read(fd, 1 << 20):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(fd)


def remove_attribute(file: str | int, name: str) -> None:
    """Take an extended attribute away from a file, as far as that is allowed."""
    try:
        os.removexattr(file, name)
    except OSError as error:
        if error.errno not in NO_XATTRS:
            raise
