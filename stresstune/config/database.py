"""The journal's file: opened, checked, and moved aside where it is damaged. Uses SQLite.

SQLite's rollback journal is used and not its write-ahead log: that one needs shared memory, which
network file systems do not have, and leaves two more files.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from stresstune.config.place import Place
from stresstune.config.seal import COLUMNS, is_whole
from stresstune.config.state import make_state_dir, share, state_error
from stresstune.errors import StateError

VERSION = 2
"""Of the tables below; a newer one is never touched. The first one had no seals and no briefs."""

BUSY_SECONDS = 5.0

_TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, config TEXT NOT NULL, at TEXT NOT NULL,
    tier TEXT NOT NULL, simulated INTEGER NOT NULL, evidence BLOB NOT NULL,
    brief TEXT NOT NULL DEFAULT '', seal TEXT NOT NULL DEFAULT ''
);
CREATE TABLE change_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, config TEXT NOT NULL, at TEXT NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, way TEXT NOT NULL DEFAULT '',
    run_id INTEGER, back_to INTEGER, note TEXT NOT NULL DEFAULT '',
    before BLOB, after BLOB, after_digest TEXT NOT NULL,
    changes TEXT NOT NULL, states TEXT NOT NULL DEFAULT '[]', seal TEXT NOT NULL DEFAULT ''
);
CREATE TABLE knobs (
    config TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
    seal TEXT NOT NULL DEFAULT '', PRIMARY KEY (config, key)
);
CREATE INDEX change_sets_of ON change_sets (config, id);
CREATE INDEX runs_of ON runs (config, id);
"""
_FROM_THE_FIRST = "ALTER TABLE runs ADD COLUMN brief TEXT NOT NULL DEFAULT ''; " + "".join(
    f"ALTER TABLE {table} ADD COLUMN seal TEXT NOT NULL DEFAULT ''; " for table in COLUMNS
)
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
        return place.database.exists()
    except OSError as error:
        raise unreadable(place, error) from error


def reading(place: Place) -> Iterator[sqlite3.Connection | None]:
    """See `reader`."""
    try:
        if not place.database.exists():
            yield None
            return
        mode = "rw" if os.access(place.database, os.W_OK) else "ro"
        with closing(_connect(place.database, mode)) as connection:
            _check_version(connection, place)
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
    if _is_damage(error):
        way_on = "The next apply moves a damaged journal aside and begins a new one"
    return JournalUnreadable(f"the journal {place.database} cannot be read: {error}. {way_on}")


@contextmanager
def writer(place: Place, notes: list[str]) -> Iterator[sqlite3.Connection]:
    """Open the journal to write, and make it if need be; the caller holds the lock.

    Args:
        place: The config.
        notes: Gets a line where a damaged journal was moved aside.

    Raises:
        WriteError: It cannot be written; nothing else has been written yet either.
        JournalUnreadable: It was made by a newer version.
    """
    make_state_dir(place)
    try:
        connection = _open_or_replace(place, notes)
    except (sqlite3.Error, OSError) as error:
        raise state_error(place, error) from error
    with closing(connection):
        yield connection


def _connect(database: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(os.fsencode(database.absolute()))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str:
    """Read what was text once; where it is damaged, its seal tells."""
    return data.decode(errors="surrogateescape")


def _open_or_replace(place: Place, notes: list[str]) -> sqlite3.Connection:
    try:
        return _open(place)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if not _is_damage(error):
            raise
    aside = _move_aside(place.database)
    notes.append(
        f"the journal was damaged: it was moved to {aside}, and a new one was begun. "
        "Earlier changes can no longer be rolled back"
    )
    return _open(place)


def _is_damage(error: Exception) -> bool:
    if isinstance(error, ValueError | TypeError):  # of what stands in a row, or in the schema
        return True
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def _open(place: Place) -> sqlite3.Connection:
    is_new = not place.database.exists()
    connection = _connect(place.database, "rwc")
    try:
        if is_new:
            share(place, place.database)
        connection.execute("PRAGMA synchronous = EXTRA")
        _check_version(connection, place)
        _make_tables(connection)
        damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise _damaged(damage)
        _check_seals(connection, place)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_seals(connection: sqlite3.Connection, place: Place) -> None:
    for table in COLUMNS:
        rows = connection.execute(f"SELECT * FROM {table} WHERE config = ?", (place.config,))  # noqa: S608 - known names
        for row in rows:
            check_seal(table, row)


def check_seal(table: str, row: sqlite3.Row) -> None:
    """Refuse a row that is not as it was written.

    Raises:
        sqlite3.DatabaseError: As SQLite does for a damaged page.
    """
    if not is_whole(table, row):
        raise _damaged(f"a row of {table} is not as it was written")


def _damaged(reason: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(reason)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _check_version(connection: sqlite3.Connection, place: Place) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise JournalUnreadable(
            f"the journal {place.database} was made by a newer stresstune (version {found} of its "
            f"tables; this one knows {VERSION}): update stresstune, or name another --state-dir"
        )


def _make_tables(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == VERSION:
        return
    changes = _FROM_THE_FIRST if found else _TABLES
    connection.executescript(f"BEGIN IMMEDIATE; {changes} PRAGMA user_version = {VERSION}; COMMIT;")


def _move_aside(database: Path) -> Path:
    number = 1
    while (aside := database.with_name(f"journal.damaged-{number}.db")).exists():
        number += 1
    database.rename(aside)
    with suppress(FileNotFoundError):
        Path(f"{database}-journal").unlink()
    return aside
