"""What a person can do about a file that could not be written."""

from __future__ import annotations

import errno
import sqlite3

_BY_NUMBER = {
    errno.ENOSPC: "make room on that disk",
    errno.EROFS: "mount it writable",
    errno.EACCES: "change its permissions",
    errno.EPERM: "change its permissions",
    errno.EIO: "look at that disk and its mount (the kernel's log says more)",
    errno.ENOTDIR: "move away the file that is in its place",
    errno.EEXIST: "move away the file that is in its place",
    errno.EBUSY: "try again when nobody else is using it",
    errno.EFBIG: "raise the limit on the size of a file (ulimit -f)",
}
_BY_NUMBER_OF_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
}


def way_out(error: Exception) -> str:
    """Return what is to be done about an error of the system, or of SQLite.

    >>> way_out(OSError(errno.ENOSPC, "No space left on device"))
    'make room on that disk'
    """
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_IOERR:  # its word for a quota too
            return "look at that disk, and whether a quota there is used up"
        number = _BY_NUMBER_OF_SQLITE.get(code)
    else:
        number = getattr(error, "errno", None)
    if number == getattr(errno, "EDQUOT", 0):
        return "the quota there is used up: delete files that count in it, or have it raised"
    return _BY_NUMBER.get(number or 0, "make room or change its permissions")
