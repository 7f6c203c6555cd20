"""What a startup check reads of the journal: little of it, so that it is quick."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from stresstune.config.database import (
    check_at_a_glance,
    check_seal,
    reader,
    unreadable,
    version_of,
)
from stresstune.config.place import Place
from stresstune.config.seal import GLANCED_AT
from stresstune.model.brief import Brief, LastRun, brief_of

FOR_REPORTS = ("inconclusive", "fleet")
"""What stands for the tier of a run that is kept for its report alone: no value here rests on it.
The hosts of a fleet have journals of their own."""

CONCLUSIVE = f"AND tier NOT IN {FOR_REPORTS}"
"""Of the runs, those that could tell something about this config."""


_SHORT_SEALS_SINCE = 3
"""Version of the tables whose runs can be checked at a glance."""

_BEGUN = "AND state = 'begun'"


def glance(place: Place) -> tuple[LastRun | None, bool]:
    """Return the latest measurement in short, and whether a change was begun and has not ended.

    The measurement is None if there is none. What was begun is interrupted, or under way.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    with reader(place) as connection:
        version = 0 if connection is None else version_of(connection)
        if connection is None or not version:
            return None, False
        row = _latest(connection, place.config, version)
        begun = f"SELECT 1 FROM change_sets WHERE config = ? {_BEGUN} LIMIT 1"  # noqa: S608 - fixed texts
        is_open = connection.execute(begun, (place.config,)).fetchone() is not None
    with readable(place):
        return None if row is None else _last_run(row), is_open


def _latest(connection: sqlite3.Connection, config: str, version: int) -> sqlite3.Row | None:
    """Read as little of the latest run as tells whether that is what was written."""
    latest = f"FROM runs WHERE config = ? {CONCLUSIVE} ORDER BY id DESC LIMIT 1"
    row: sqlite3.Row | None
    if version >= _SHORT_SEALS_SINCE:
        columns = ", ".join(("id", *GLANCED_AT, "seal"))
        row = connection.execute(f"SELECT {columns} {latest}", (config,)).fetchone()
        if row is None or check_at_a_glance(row):
            return row
    row = connection.execute(f"SELECT * {latest}", (config,)).fetchone()
    if row is not None:
        check_seal("runs", row)
    return row


def _last_run(row: sqlite3.Row) -> LastRun:
    return LastRun(id=row["id"], at=row["at"], brief=_brief(row))


def is_begun(place: Place) -> bool:
    """Tell whether a change was begun that has not ended: interrupted, or under way.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return bool(rows_of(place, "change_sets", _BEGUN))


def rows_of(place: Place, table: str, which: str, *values: int | str) -> list[sqlite3.Row]:
    """Read whole rows of this config, none of which has changed since it was written.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    with reader(place) as connection:
        if connection is None or not version_of(connection):
            return []
        statement = f"SELECT * FROM {table} WHERE config = ? {which}"  # noqa: S608 - fixed texts
        rows = connection.execute(statement, (place.config, *values)).fetchall()
        for row in rows:
            check_seal(table, row)
        return rows


@contextmanager
def readable(place: Place) -> Iterator[None]:
    """Say that the journal cannot be read where a record in it makes no sense.

    Raises:
        JournalUnreadable: It does not.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise unreadable(place, error) from error


def _brief(row: sqlite3.Row) -> Brief:
    if "brief" in row.keys() and row["brief"]:  # noqa: SIM118 - a row iterates values
        return Brief.from_json(row["brief"])
    from stresstune.config.recall import run_in  # noqa: PLC0415 - of the first version only

    return brief_of(run_in(row).evidence)
