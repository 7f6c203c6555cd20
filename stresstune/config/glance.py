"""What a startup check reads of the journal: little of it, so that it is quick."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from stresstune.config.database import check_seal, reader, unreadable
from stresstune.config.place import Place
from stresstune.model.brief import Brief, LastRun, brief_of

FOR_REPORTS = ("inconclusive", "fleet")
"""What stands for the tier of a run that is kept for its report alone: no value here rests on it.
The hosts of a fleet have journals of their own."""

CONCLUSIVE = f"AND tier NOT IN {FOR_REPORTS}"
"""Of the runs, those that could tell something about this config."""


def glance(place: Place) -> LastRun | None:
    """Return the latest measurement in short, or None if there is none.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    rows = rows_of(place, "runs", f"{CONCLUSIVE} ORDER BY id DESC LIMIT 1")
    with readable(place):
        return next((LastRun(id=row["id"], at=row["at"], brief=_brief(row)) for row in rows), None)


def is_begun(place: Place) -> bool:
    """Tell whether a change was begun that has not ended: interrupted, or under way.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return bool(rows_of(place, "change_sets", "AND state = 'begun'"))


def rows_of(place: Place, table: str, which: str, *values: int | str) -> list[sqlite3.Row]:
    """Read whole rows of this config, none of which has changed since it was written.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    with reader(place) as connection:
        if connection is None or not connection.execute("PRAGMA user_version").fetchone()[0]:
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
