"""What the journal remembers, read without taking a turn."""

from __future__ import annotations

import sqlite3
import zlib

import msgspec

from stresstune.config.change_set import decode_all, in_force
from stresstune.config.database import JournalUnreadable, reader
from stresstune.config.place import Place
from stresstune.model.change import Change, Evidence, KnobState
from stresstune.model.journal import HistoryEntry, Run


def knob_states(place: Place) -> dict[str, KnobState]:
    """Return what the journal remembers of each knob; nothing where there is no journal."""
    rows = _read(place, "SELECT state FROM knobs WHERE config = ?")
    states = [KnobState.from_json(row["state"]) for row in rows]
    return {state.key: state for state in states}


def history_of(place: Place) -> tuple[HistoryEntry, ...]:
    """Return every change that is remembered, the oldest first."""
    rows = _read(
        place,
        "SELECT c.id, c.at, c.kind, c.state, c.changes, c.way, c.run_id, c.back_to, c.note, "
        "r.tier, r.simulated FROM change_sets c LEFT JOIN runs r ON r.id = c.run_id "
        "WHERE c.config = ? ORDER BY c.id",
    )
    entries = tuple(map(_entry, rows))
    ours = in_force(entries)
    return tuple(msgspec.structs.replace(one, in_force=one.id in ours) for one in entries)


def last_run_of(place: Place) -> Run | None:
    """Return the latest measurement, or None if there is none."""
    rows = _read(place, "SELECT * FROM runs WHERE config = ? ORDER BY id DESC LIMIT 1")
    return next(map(_run, rows), None)


def run_of(place: Place, number: int) -> Run | None:
    """Return one measurement, or None if it is not remembered."""
    rows = _read(place, "SELECT * FROM runs WHERE config = ? AND id = ?", number)
    return next(map(_run, rows), None)


def is_begun(place: Place) -> bool:
    """Tell whether a change was begun that has not ended: interrupted, or under way."""
    return bool(_read(place, "SELECT id FROM change_sets WHERE config = ? AND state = 'begun'"))


def _read(place: Place, statement: str, *values: int) -> list[sqlite3.Row]:
    with reader(place) as connection:
        if connection is None or not connection.execute("PRAGMA user_version").fetchone()[0]:
            return []
        return connection.execute(statement, (place.config, *values)).fetchall()


def _run(row: sqlite3.Row) -> Run:
    try:
        evidence = Evidence.from_json(zlib.decompress(row["evidence"]))
    except (ValueError, zlib.error) as error:
        raise JournalUnreadable(
            f"run {row['id']} in the journal cannot be read by this version: {error}. "
            "Run apply to measure again"
        ) from error
    return Run(id=row["id"], at=row["at"], evidence=evidence)


def _entry(row: sqlite3.Row) -> HistoryEntry:
    return HistoryEntry(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        state=row["state"],
        changes=tuple(decode_all(row["changes"], Change)),
        way=row["way"],
        run_id=row["run_id"],
        tier=row["tier"],
        simulated=bool(row["simulated"]),
        back_to=row["back_to"],
        note=row["note"],
    )
