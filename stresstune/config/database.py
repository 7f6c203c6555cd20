"""The journal's file, opened to be read. Uses SQLite.

SQLite's rollback journal is used and not its write-ahead log: that one needs shared memory, which
network file systems do not have, and leaves two more files.

A startup check, which has no time, loads this; what a writer needs besides is in `tables`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from stresstune.config.place import Place, is_there
from stresstune.config.seal import is_whole, is_whole_at_a_glance
from stresstune.errors import StateError

VERSION = 4
"""Of the tables; a newer one is never touched. The first one had no seals and no briefs, the second
one no short seals; the third one held the secrets of the config, and no digest of it."""

BUSY_SECONDS = 5.0

_IN_ADDRESSES = str.maketrans({"%": "%25", "?": "%3f", "#": "%23"})
"""What means something in the address of a file (https://sqlite.org/uri.html)."""

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""The last one is a table or a column that is missing, or there already."""
_CANNOT_READ = (sqlite3.Error, OSError, UnicodeDecodeError)
"""The last one is SQLite's own message about a name in the schema that is damaged."""


class JournalUnreadable(StateError):
    """The journal is there and cannot be read; says why."""


def has_journal(place: Place) -> bool:
    """Tell whether there is a journal.

    Raises:
        JournalUnreadable: That cannot be told.
    """
    try:
        return is_there(place.database)
    except OSError as error:
        raise unreadable(place, error) from error


def reading(place: Place) -> Iterator[sqlite3.Connection | None]:
    """See `reader`."""
    try:
        if not is_there(place.database):
            yield None
            return
        mode = "rw" if os.access(place.database, os.W_OK) else "ro"
        with closing(connect(place, mode)) as connection:
            check_version(connection, place)
            yield connection
    except _CANNOT_READ as error:
        raise unreadable(place, error) from error


reader = contextmanager(reading)
"""Open the journal to read it; gives None where there is none.

Raises:
    JournalUnreadable: It is damaged, or of a newer version.
"""


def unreadable(place: Place, error: Exception) -> JournalUnreadable:
    """Build the error for a journal that cannot be read."""
    way_on = "Free or open that file, or name another --state-dir"
    if is_damage(error):
        way_on = "The next apply moves a damaged journal aside and begins a new one"
    return JournalUnreadable(f"the journal {place.database} cannot be read: {error}. {way_on}")


def connect(place: Place, mode: str) -> sqlite3.Connection:
    """Open the file in one of SQLite's modes: ``ro``, ``rw`` or ``rwc``.

    Raises:
        sqlite3.Error: As SQLite says.
    """
    name = os.path.abspath(place.database).translate(_IN_ADDRESSES)
    uri = f"file:{name}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str:
    """Read what was text once; where it is damaged, its seal tells."""
    return data.decode(errors="surrogateescape")


def is_damage(error: Exception) -> bool:
    """Tell whether the file is at fault, and not who may read it or where it is."""
    if isinstance(error, ValueError | TypeError):  # of what stands in a row, or in the schema
        return True
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def check_seal(table: str, row: sqlite3.Row) -> None:
    """Refuse a row that is not as it was written.

    Raises:
        sqlite3.DatabaseError: As SQLite does for a damaged page.
    """
    if not is_whole(table, row):
        raise damaged(f"a row of {table} is not as it was written")


def check_at_a_glance(row: sqlite3.Row) -> bool:
    """Refuse what was read of a run if it is not as it was written; False if that cannot be told.

    Raises:
        sqlite3.DatabaseError: As SQLite does for a damaged page.
    """
    is_whole_run = is_whole_at_a_glance(row)
    if is_whole_run is False:
        raise damaged("a row of runs is not as it was written")
    return bool(is_whole_run)


def damaged(reason: str) -> sqlite3.DatabaseError:
    """Build the error that SQLite raises for a damaged page."""
    error = sqlite3.DatabaseError(reason)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables in the file; 0 where there are none yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection, place: Place) -> None:
    """Refuse the journal of a newer stresstune.

    Raises:
        JournalUnreadable: It is of one.
    """
    found = version_of(connection)
    if found > VERSION:
        raise JournalUnreadable(
            f"the journal {place.database} was made by a newer stresstune (version {found} of its "
            f"tables; this one knows {VERSION}): update stresstune, or name another --state-dir"
        )
