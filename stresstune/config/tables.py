"""The journal's tables: made, brought up to date, checked, and moved aside where damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from stresstune.config.change_set import digest_or_none
from stresstune.config.database import (
    VERSION,
    check_seal,
    check_version,
    connect,
    damaged,
    is_damage,
    version_of,
)
from stresstune.config.hide import hide
from stresstune.config.place import Place, is_there
from stresstune.config.seal import COLUMNS, seal_of
from stresstune.config.secrets import in_environment
from stresstune.config.state import make_state_dir, narrow, share, state_error

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
    before BLOB, before_digest TEXT NOT NULL DEFAULT '', after BLOB, after_digest TEXT NOT NULL,
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


_FROM_THE_THIRD = "ALTER TABLE change_sets ADD COLUMN before_digest TEXT NOT NULL DEFAULT ''; "


@contextmanager
def writer(place: Place, notes: list[str]) -> Iterator[sqlite3.Connection]:
    """Open the journal to write, and make it if need be; the caller holds the lock.

    A damaged one is moved aside, but only what is damaged, not what cannot be read.

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


def _open_or_replace(place: Place, notes: list[str]) -> sqlite3.Connection:
    for _ in range(2):
        try:
            return _open(place)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
        # To SQLite, a disk that fails to read looks like damage: that is the system's to say, and
        # where it says nothing, it may have been for that moment alone.
        Path(place.database).read_bytes()
    aside = _move_aside(Path(place.database))
    notes.append(
        f"the journal was damaged: it was moved to {aside}, and a new one was begun. "
        "Earlier changes can no longer be rolled back"
    )
    return _open(place)


def _open(place: Place) -> sqlite3.Connection:
    is_new = not is_there(place.database)
    connection = connect(place, "rwc")
    try:
        (share if is_new else narrow)(place, place.database)
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA secure_delete = ON")  # what was hidden leaves no bytes behind
        check_version(connection, place)
        _make_tables(connection)
        damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise damaged(damage)
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


def _make_tables(connection: sqlite3.Connection) -> None:
    found = version_of(connection)
    if found == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in filter(str.strip, _statements(found).split(";")):
            connection.execute(statement)
        if found:
            _hide_secrets(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise


def _statements(found: int) -> str:
    if not found:
        return _TABLES
    return (_FROM_THE_FIRST if found == 1 else "") + _FROM_THE_THIRD


def _hide_secrets(connection: sqlite3.Connection) -> None:
    """Take the secrets out of what earlier versions wrote; what is under way needs its bytes."""
    for row in connection.execute("SELECT * FROM change_sets").fetchall():
        values = dict(row)
        del values["before_digest"]
        if row["seal"] and seal_of("change_sets", values) != row["seal"]:
            raise damaged("a row of change_sets is not as it was written")
        values["before_digest"] = digest_or_none(row["before"])
        is_needed = (row["state"], row["way"]) == ("begun", "in_place")
        if row["before"] is not None and not is_needed:
            values["before"] = hide(row["before"], in_environment())
        connection.execute(
            "UPDATE change_sets SET before = ?, before_digest = ?, seal = ? WHERE id = ?",
            (values["before"], values["before_digest"], seal_of("change_sets", values), row["id"]),
        )


def _move_aside(database: Path) -> Path:
    number = 1
    while (aside := database.with_name(f"journal.damaged-{number}.db")).exists():
        number += 1
    database.rename(aside)
    with suppress(FileNotFoundError):
        Path(f"{database}-journal").unlink()
    return aside
