"""Overwriting a file that cannot be replaced."""

from __future__ import annotations

import os
from contextlib import suppress

from stresstune.config.files import bytes_of, write_all
from stresstune.errors import StalePlan, WriteError


class HalfWritten(WriteError):
    """A file is neither old nor new; its old bytes are in the journal."""


def overwrite(real: str, old: bytes, new: bytes) -> None:
    """Write new bytes over the old ones, in the same file.

    Room is made before anything is overwritten, so a full disk is met while the old bytes are
    still there.

    Raises:
        StalePlan: The file is not the old one any more; it is left as it is.
        HalfWritten: It could not be written, and the old bytes could not be put back.
        OSError: It could not be written; the old bytes are back.
    """
    fd = os.open(real, os.O_RDWR | os.O_CLOEXEC)
    try:
        if bytes_of(real) != old:
            raise StalePlan(f"{real} was changed by somebody else just now; their version stays")
        _fill(fd, old, new)
    finally:
        with suppress(OSError):  # what was written is on the disk already
            os.close(fd)


def _fill(fd: int, old: bytes, new: bytes) -> None:
    try:
        if len(new) > len(old) and hasattr(os, "posix_fallocate"):  # macOS has none
            os.posix_fallocate(fd, 0, len(new))
        write_all(fd, new)
        os.ftruncate(fd, len(new))
        os.fsync(fd)
    except OSError as error:
        try:
            write_all(fd, old)
            os.ftruncate(fd, len(old))
        except OSError as second:
            raise HalfWritten(
                f"the file is half written ({error.strerror}), and the old bytes could not be put "
                f"back ({second.strerror}): the next apply or rollback does that"
            ) from error
        raise
