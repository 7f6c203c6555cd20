"""Replacing a file so that at every moment it is either the old one or the new one.

The recipe: a temporary file beside the real one, with its mode, owner and extended attributes;
flushed to the disk; the old bytes compared once more; renamed over; the folder flushed; read back.

Where a file cannot be replaced, it is overwritten: it is a mount point of its own (EBUSY, as with
a bind-mounted file in a container), its folder is closed to us while the file is open, or it
belongs to somebody whom we cannot give the new file to, or has an attribute that we cannot give it.
That is not one step, so the caller is told first (`before_in_place`) and keeps the old bytes safe.
"""

# Each call of the recipe stands here as the system has it.
# ruff: noqa: PTH105, PTH108, PTH116, PTH118, PTH120

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from stresstune.config.files import NO_XATTRS, bytes_of, remove_attribute, write_all
from stresstune.config.in_place import overwrite
from stresstune.config.way_out import way_out
from stresstune.errors import StalePlan, WriteError

Way = Literal["replaced", "in_place"]

_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}
_LONG_NAME_BYTES = 200
"""A name may have 255 bytes on most file systems, and the temporary file's has 16 more."""


class _CannotReplace(Exception):
    """The file must be overwritten in place, for this reason."""


def temporary_of(real: str) -> str:
    """Return the name of the temporary file; writers take turns, so one name is enough."""
    folder, name = os.path.split(real)
    if len(os.fsencode(name)) > _LONG_NAME_BYTES:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return os.path.join(folder, f".{name}.stresstune-new")


def replace(
    real: str,
    old: bytes | None,
    new: bytes,
    *,
    like: str,
    before_in_place: Callable[[], None] = lambda: None,
) -> Way:
    """Write a file; it is the old one until it is the new one.

    Args:
        real: The file, links resolved.
        old: The bytes that it must have now, or None if it must not be there.
        new: The bytes that it gets.
        like: The file whose mode, owner and attributes it gets: itself, if it is there.
        before_in_place: Called once before the file itself is overwritten, if it must be.

    Returns:
        ``replaced`` in one step, or overwritten ``in_place``.

    Raises:
        StalePlan: The file is not the old one any more; it is left as it is.
        WriteError: It could not be written; the old bytes are there.
    """
    reason = ""
    try:
        try:
            return _replace(real, old, new, like)
        except _CannotReplace as error:
            if old is None:
                raise WriteError(f"{real} cannot be made, since {error}") from error
            reason = str(error)
            before_in_place()
            overwrite(real, old, new)
            return "in_place"
    except OSError as error:
        raise _cannot_write(real, error, reason) from error


def clean_up(real: str) -> bool:
    """Remove what a killed writer left beside the file; tell whether there was anything."""
    try:
        os.unlink(temporary_of(real))
    except OSError:
        return False
    return True


def _replace(real: str, old: bytes | None, new: bytes, like: str) -> Way:
    if old is not None:
        _must_be_writable(real)
    temporary = temporary_of(real)
    try:
        _make(temporary, like, new, may_lose=old is None)
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
        _bring_back(real, old, new, error)
    return "replaced"


def _must_be_writable(real: str) -> None:
    if not stat.S_ISREG(os.stat(real).st_mode):
        raise WriteError(f"{real} is no regular file: it is not written")
    if not os.access(real, os.W_OK):
        raise WriteError(
            f"{real} may not be written by user {os.geteuid()}: nothing was written. Change its "
            "permissions or mount it writable, or take the values with --emit env"
        )


def _make(temporary: str, like: str, data: bytes, *, may_lose: bool) -> None:
    """Make a file that looks like another one; with `may_lose`, as far as its attributes let us."""
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
        write_all(fd, data)
        _look_like(fd, like, may_lose=may_lose)
        os.fsync(fd)
    finally:
        os.close(fd)


def _look_like(fd: int, like: str, *, may_lose: bool) -> None:
    """Give the new file owner, attributes and mode of the old one, in the order that keeps them."""
    mine, theirs = os.fstat(fd), os.stat(like)
    if (mine.st_uid, mine.st_gid) != (theirs.st_uid, theirs.st_gid):
        try:
            os.fchown(fd, theirs.st_uid, theirs.st_gid)
        except PermissionError as error:
            raise _CannotReplace("a new file would not belong to its owner") from error
    if hasattr(os, "listxattr"):  # macOS has none
        try:
            _copy_attributes(fd, like)
        except _CannotReplace:
            if not may_lose:
                raise
    os.fchmod(fd, stat.S_IMODE(theirs.st_mode))


def _copy_attributes(fd: int, like: str) -> None:
    """Give a file the attributes of another one, and no others.

    It may have some already: a folder with a default ACL gives every new file an ACL of its own,
    which lets in people whom the old file kept out.
    """
    theirs = _attributes_of(like)
    for name in _attributes_of(fd):
        if name not in theirs:
            remove_attribute(fd, name)
    for name in theirs:
        _copy_attribute(fd, like, name)


def _attributes_of(path: str | int) -> list[str]:
    try:
        return os.listxattr(path)
    except OSError as error:
        if error.errno in _CLOSED:
            raise _CannotReplace(f"its attributes cannot be read ({error.strerror})") from error
        if error.errno not in NO_XATTRS:
            raise
        return []


def _copy_attribute(fd: int, like: str, name: str) -> None:
    try:
        value = os.getxattr(like, name)
        if _attribute_of(fd, name) != value:  # a label of the system's own is often there already
            os.setxattr(fd, name, value)
    except OSError as error:
        if error.errno == errno.ENODATA:  # somebody has taken it away just now
            return
        if error.errno in NO_XATTRS:
            raise _CannotReplace(f"a new file would lose its attribute {name}") from error
        raise


def _attribute_of(fd: int, name: str) -> bytes | None:
    try:
        return os.getxattr(fd, name)
    except OSError as error:
        if error.errno not in NO_XATTRS:
            raise
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
    if bytes_of(real) != data:
        raise StalePlan(f"{real} was changed by somebody else just now; their version stays")


def _sync_folder(real: str) -> None:
    fd = os.open(os.path.dirname(real), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(fd)


def _bring_back(real: str, old: bytes | None, new: bytes, error: Exception) -> None:
    """Bring the old bytes back after something went wrong behind the rename; always raises."""
    try:
        if bytes_of(real) != new:
            raise StalePlan(
                f"{real} was changed by somebody else in the moment when it was written; their "
                "version stays"
            ) from error
        if old is None:
            os.unlink(real)
        else:
            _make(temporary_of(real), real, old, may_lose=True)
            os.replace(temporary_of(real), real)
    except (OSError, _CannotReplace) as second:
        clean_up(real)
        raise WriteError(
            f"{real} was written, but that could not be made sure of ({_reason(error)}), and the "
            f"old bytes could not be brought back ({_reason(second)}): look at the disk, then run "
            "rollback"
        ) from error
    raise _cannot_write(real, error, "") from error


def _cannot_write(real: str, error: Exception, in_place: str) -> WriteError:
    why = _reason(error) + (f" (in place, since {in_place})" if in_place else "")
    return WriteError(
        f"{real} could not be written: {why}. It is as it was. What can be done: {way_out(error)}, "
        "or take the values with --emit env"
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
