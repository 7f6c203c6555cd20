"""Replacing a file so that at every moment it is either the old one or the new one.

The recipe: a temporary file beside the real one, with its mode, owner and extended attributes;
flushed to the disk; the old bytes compared once more; renamed over; the folder flushed; read back.

Where a file cannot be replaced, it is overwritten: it is a mount point of its own (EBUSY, as with
a bind-mounted file in a container), its folder is closed to us while the file is open, or it
belongs to somebody whom we cannot give the new file to. That is not one step, so the caller is
told first (`before_in_place`) and keeps the old bytes safe.
"""

# Each call of the recipe stands here as the system has it.
# ruff: noqa: PTH
from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from stresstune.config.text import digest_of
from stresstune.errors import StalePlan, WriteError

Way = Literal["replaced", "in_place"]

_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV, errno.ETXTBSY}
_NO_XATTRS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EACCES, errno.ENODATA}
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}


class _CannotReplace(Exception):
    """The file must be overwritten in place, for this reason."""


def temporary_of(real: str) -> str:
    """Return the name of the temporary file; writers take turns, so one name is enough."""
    folder, name = os.path.split(real)
    return os.path.join(folder, f".{name}.stresstune-new")


def replace(
    real: str,
    old: bytes | None,
    new: bytes,
    *,
    before_in_place: Callable[[], None] = lambda: None,
) -> Way:
    """Write a file; it is the old one until it is the new one.

    Args:
        real: The file, links resolved.
        old: The bytes that it must have now, or None if it must not be there.
        new: The bytes that it gets.
        before_in_place: Called once before the file itself is overwritten, if it must be.

    Returns:
        ``replaced`` in one step, or overwritten ``in_place``.

    Raises:
        StalePlan: The file is not the old one any more; it is left as it is.
        WriteError: It could not be written; the old bytes are there.
    """
    try:
        return _replace(real, old, new)
    except _CannotReplace as reason:
        if old is None:
            raise WriteError(f"{real} cannot be made: {reason}. Nothing was written") from reason
        before_in_place()
        _overwrite(real, old, new, str(reason))
        return "in_place"
    except OSError as error:
        raise _cannot_write(real, error) from error


def clean_up(real: str) -> bool:
    """Remove what a killed writer left beside the file; tell whether there was anything."""
    try:
        os.unlink(temporary_of(real))
    except OSError:
        return False
    return True


def _replace(real: str, old: bytes | None, new: bytes) -> Way:
    temporary = temporary_of(real)
    like = None if old is None else os.stat(real)
    if like is not None and not stat.S_ISREG(like.st_mode):
        raise WriteError(f"{real} is no regular file: it is not written")
    if like is not None and not os.access(real, os.W_OK):
        raise WriteError(
            f"{real} may not be written by user {os.geteuid()}: nothing was written. Change its "
            "permissions or mount it writable, or take the values with --emit env"
        )
    try:
        _make(temporary, real, like, new)
        _must_be(real, old)
        _rename(temporary, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    try:
        _sync_folder(real)
        _must_be(real, new)
    except (OSError, StalePlan) as error:
        _restore(real, old, new, error)
    return "replaced"


def _make(temporary: str, real: str, like: os.stat_result | None, data: bytes) -> None:
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(temporary, flags, 0o600)
    except OSError as error:
        if error.errno in _CLOSED:
            raise _CannotReplace(f"its folder is closed ({error.strerror})") from error
        raise
    try:
        _write_all(fd, data)
        if like is None:
            os.fchmod(fd, 0o644)
        else:
            _look_like(fd, real, like)
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes, offset: int = 0) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def _look_like(fd: int, real: str, like: os.stat_result) -> None:
    """Give the new file owner, attributes and mode of the old one, in the order that keeps them."""
    mine = os.fstat(fd)
    if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.fchown(fd, like.st_uid, like.st_gid)
        except PermissionError as error:
            raise _CannotReplace("its owner cannot be kept otherwise") from error
    try:
        names = os.listxattr(real)
    except OSError as error:
        if error.errno not in _NO_XATTRS:
            raise
        names = []
    for name in names:
        _copy_attribute(fd, real, name)
    os.fchmod(fd, stat.S_IMODE(like.st_mode))


def _copy_attribute(fd: int, real: str, name: str) -> None:
    try:
        value = os.getxattr(real, name)
        if _attribute(fd, name) != value:
            os.setxattr(fd, name, value)
    except OSError as error:
        if error.errno not in _NO_XATTRS:
            raise


def _attribute(fd: int, name: str) -> bytes | None:
    with suppress(OSError):
        return os.getxattr(fd, name)
    return None


def _rename(temporary: str, real: str) -> None:
    try:
        os.replace(temporary, real)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise _CannotReplace("it is a mount point of its own (EBUSY)") from error
        if error.errno in _CLOSED:
            raise _CannotReplace(f"its folder is closed ({error.strerror})") from error
        raise


def _must_be(real: str, data: bytes | None) -> None:
    found = _bytes_of(real)
    if found != data:
        is_now = "gone" if found is None else digest_of(found)[:19]
        raise StalePlan(f"{real} was changed by somebody else just now (it is {is_now})")


def _bytes_of(real: str) -> bytes | None:
    try:
        fd = os.open(real, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        chunks = []
        while chunk := os.read(fd, 1 << 20):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(fd)


def _sync_folder(real: str) -> None:
    fd = os.open(os.path.dirname(real) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(fd)


def _restore(real: str, old: bytes | None, new: bytes, error: Exception) -> None:
    """Bring the old bytes back after something went wrong behind the rename; always raises."""
    try:
        if _bytes_of(real) != new:
            raise StalePlan(
                f"{real} was changed by somebody else at the moment it was written; their version "
                "stays. Run the command again"
            ) from error
        if old is None:
            os.unlink(real)
        else:
            temporary = temporary_of(real)
            _make(temporary, real, os.stat(real), old)
            os.replace(temporary, real)
    except (OSError, _CannotReplace) as second:
        raise WriteError(
            f"{real} was written, but that could not be made sure of ({_reason(error)}), and the "
            f"old bytes could not be brought back ({_reason(second)}): look at the disk, then run "
            "rollback"
        ) from error
    raise _cannot_write(real, error) from error


def _overwrite(real: str, old: bytes, new: bytes, reason: str) -> None:
    try:
        fd = os.open(real, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_write(real, error, reason) from error
    try:
        _must_be(real, old)
        _fill(fd, old, new)
    except OSError as error:
        raise _cannot_write(real, error, reason) from error
    finally:
        os.close(fd)


def _fill(fd: int, old: bytes, new: bytes) -> None:
    """Overwrite an open file; on an error the old bytes are put back into the place they had."""
    try:
        if len(new) > len(old):
            os.posix_fallocate(fd, 0, len(new))
        _write_all(fd, new)
        os.ftruncate(fd, len(new))
        os.fsync(fd)
    except OSError:
        _write_all(fd, old)
        os.ftruncate(fd, len(old))
        raise


def _cannot_write(real: str, error: Exception, reason: str = "") -> WriteError:
    why = _reason(error) + (f"; it cannot be replaced either, since {reason}" if reason else "")
    return WriteError(
        f"{real} could not be written: {why}. It is as it was. Make room or change its "
        "permissions, or take the values with --emit env"
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
