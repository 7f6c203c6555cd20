"""What the journal remembers, read without taking a turn."""

from __future__ import annotations

import sqlite3

import msgspec

from stresstune.config.change_set import ChangeSet, change_set_of, decode_all, in_force
from stresstune.config.glance import CONCLUSIVE, readable, rows_of
from stresstune.config.grounds import read_evidence
from stresstune.config.place import Place
from stresstune.model.change import Change, Evidence, KnobState
from stresstune.model.journal import HistoryEntry, Run


def knob_states(place: Place) -> dict[str, KnobState]:
    """Return what the journal remembers of each knob; nothing where there is no journal."""
    rows = rows_of(place, "knobs", "")
    with readable(place):
        states = [KnobState.from_json(row["state"]) for row in rows]
    return {state.key: state for state in states}


def history_of(place: Place) -> tuple[HistoryEntry, ...]:
    """Return every change that is remembered, the oldest first."""
    runs = {row["id"]: row for row in rows_of(place, "runs", "")}
    rows = rows_of(place, "change_sets", "ORDER BY id")
    with readable(place):
        entries = tuple(_entry(row, runs.get(row["run_id"])) for row in rows)
    ours = in_force(entries)
    return tuple(msgspec.structs.replace(one, in_force=one.id in ours) for one in entries)


def last_run_of(place: Place) -> Run | None:
    """Return the latest measurement that could tell something, or None if there is none."""
    rows = rows_of(place, "runs", f"{CONCLUSIVE} ORDER BY id DESC LIMIT 1")
    return next(map(run_in, rows), None)


def run_of(place: Place, number: int | None) -> Run | None:
    """Return one measurement, or the latest one, conclusive or not; None if it is not there."""
    if number is None:
        rows = rows_of(place, "runs", "ORDER BY id DESC LIMIT 1")
    else:
        rows = rows_of(place, "runs", "AND id = ?", number)
    return next(map(run_in, rows), None)


def earlier_run_of(place: Place, number: int) -> Run | None:
    """Return the last conclusive measurement before one, or None if there is none."""
    rows = rows_of(place, "runs", f"{CONCLUSIVE} AND id < ? ORDER BY id DESC LIMIT 1", number)
    return next(map(run_in, rows), None)


def change_sets_since(place: Place, run: Run) -> tuple[ChangeSet, ...]:
    """Return the changes that a run led to, and all that came later, the oldest first."""
    later = "AND (run_id >= ? OR (run_id IS NULL AND at > ?)) ORDER BY id"
    rows = rows_of(place, "change_sets", later, run.id, run.at)
    with readable(place):
        return tuple(map(change_set_of, rows))


def run_in(row: sqlite3.Row) -> Run:
    """Read one measurement.

    Raises:
        JournalUnreadable: It was written by a version that this one does not understand.
    """
    return Run(id=row["id"], at=row["at"], evidence=read_evidence(row, Evidence))


def _entry(row: sqlite3.Row, run: sqlite3.Row | None) -> HistoryEntry:
    return HistoryEntry(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        state=row["state"],
        changes=tuple(decode_all(row["changes"], Change)),
        way=row["way"],
        run_id=row["run_id"],
        tier=run["tier"] if run else None,
        simulated=bool(run["simulated"]) if run else False,
        back_to=row["back_to"],
        note=row["note"],
    )
