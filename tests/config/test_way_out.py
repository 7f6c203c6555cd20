"""What can be done about a file that could not be written: the way out fits the error."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest

from stresstune.config.way_out import way_out


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("an error")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room on that disk"),
        (errno.EDQUOT, "delete files that count in it, or have it raised"),
        (errno.EROFS, "mount it writable"),
        (errno.EACCES, "change its permissions"),
        (errno.EPERM, "change its permissions"),
        (errno.EIO, "look at that disk"),
        (errno.ENOTDIR, "move away the file"),
        (errno.EFBIG, "ulimit -f"),
        (errno.ENAMETOOLONG, "make room or change its permissions"),
    ],
)
def test_the_way_out_fits_the_error(number: int, advice: str):
    assert advice in way_out(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "make room on that disk"),
        (sqlite3.SQLITE_IOERR_WRITE, "whether a quota there is used up"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "mount it writable"),
        (sqlite3.SQLITE_BUSY, "try again"),
        (sqlite3.SQLITE_CANTOPEN, "make room or change its permissions"),
    ],
)
def test_it_fits_the_errors_of_sqlite_too(code: int, advice: str):
    assert advice in way_out(of_sqlite(code))
