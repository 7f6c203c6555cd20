"""What is written into the journal: the intention before, the outcome after."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from stresstune.config.database import reader, writer
from stresstune.config.place import Place
from stresstune.config.state import state_error
from stresstune.config.text import digest_of
from stresstune.model.change import Change, Evidence, KnobState
from stresstune.model.journal import ChangeSetState, HistoryEntry, Run
from stresstune.model.record import Record, to_plain


class ChangeSet(Record, frozen=True, kw_only=True):
    """One change of a config, with the bytes that it needs to be finished or undone.

    Attributes:
        id: Its number.
        kind: ``apply`` or ``rollback``.
        state: How far it came.
        way: How the file was written, or "".
        before: The file before, or None if it was not there.
        after: The file after, as long as it is needed (until it is done).
        after_digest: Of the file after.
        changes: What it changed.
        back_to: For a rollback: the first change that it took back.
    """

    id: int
    kind: Literal["apply", "rollback"]
    state: ChangeSetState
    way: str
    before: bytes | None
    after: bytes | None
    after_digest: str
    changes: tuple[Change, ...]
    back_to: int | None


class Begun(Record, frozen=True, kw_only=True):
    """A change that is about to be made.

    Attributes:
        kind: ``apply`` or ``rollback``.
        before: The file before, or None if it is not there.
        after: The file after.
        changes: What it changes.
        states: What is to be remembered of each knob when it is done.
        run_id: The run that it rests on, or None.
        back_to: For a rollback: the first change that it takes back.
    """

    kind: Literal["apply", "rollback"]
    before: bytes | None
    after: bytes
    changes: tuple[Change, ...]
    states: tuple[KnobState, ...] = ()
    run_id: int | None = None
    back_to: int | None = None


class Journal:
    """An open journal; its owner holds the lock of the config."""

    def __init__(self, connection: sqlite3.Connection, place: Place, keep: int) -> None:
        self._db = connection
        self._place = place
        self._keep = keep

    def record_run(self, evidence: Evidence) -> int:
        """Write down a measurement, and return its number."""
        row = self._execute(
            "INSERT INTO runs (config, at, tier, simulated, evidence) VALUES (?, ?, ?, ?, ?)",
            self._place.config,
            now(),
            evidence.verdict.tier,
            evidence.simulated,
            zlib.compress(evidence.to_json().encode()),
        )
        self._forget("runs")
        return row

    def begin(self, begun: Begun) -> int:
        """Write down what is about to be done, and return its number."""
        number = self._execute(
            "INSERT INTO change_sets (config, at, kind, state, run_id, back_to, before, after, "
            "after_digest, changes, states) VALUES (?, ?, ?, 'begun', ?, ?, ?, ?, ?, ?, ?)",
            self._place.config,
            now(),
            begun.kind,
            begun.run_id,
            begun.back_to,
            begun.before,
            begun.after,
            digest_of(begun.after),
            _encode(begun.changes),
            _encode(begun.states),
        )
        self._forget("change_sets")
        return number

    def writing_in_place(self, number: int) -> None:
        """Write down that the file itself is about to be overwritten."""
        self._execute("UPDATE change_sets SET way = 'in_place' WHERE id = ?", number)

    def finish(self, number: int, way: str) -> None:
        """Write down that it is done, and what each knob was left at."""
        row = self._rows("SELECT states FROM change_sets WHERE id = ?", number)[0]
        with self._transaction():
            self._execute(
                "UPDATE change_sets SET state = 'done', way = ?, after = NULL WHERE id = ?",
                way,
                number,
            )
            self.remember(_decode(row["states"], KnobState))

    def close(self, number: int, state: ChangeSetState, note: str) -> None:
        """Write down that it did not happen, and why."""
        self._execute(
            "UPDATE change_sets SET state = ?, note = ?, after = NULL WHERE id = ?",
            state,
            note,
            number,
        )

    def remember(self, states: Iterable[KnobState]) -> None:
        """Keep what each knob was left at."""
        for state in states:
            self._execute(
                "INSERT OR REPLACE INTO knobs (config, key, state) VALUES (?, ?, ?)",
                self._place.config,
                state.key,
                state.to_json(),
            )

    def change_sets(self) -> tuple[ChangeSet, ...]:
        """Return every change of this config that is remembered, the oldest first."""
        rows = self._rows(
            "SELECT * FROM change_sets WHERE config = ? ORDER BY id", self._place.config
        )
        return tuple(map(_change_set, rows))

    def unfinished(self) -> tuple[ChangeSet, ...]:
        """Return what was begun and never ended; nobody else is at work while we hold the lock."""
        return tuple(one for one in self.change_sets() if one.state == "begun")

    def _forget(self, table: str) -> None:
        """Drop the oldest rows beyond what is kept."""
        self._execute(
            f"DELETE FROM {table} WHERE config = ? AND id NOT IN "  # noqa: S608 - two known names
            f"(SELECT id FROM {table} WHERE config = ? ORDER BY id DESC LIMIT ?)",
            self._place.config,
            self._place.config,
            self._keep,
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.rollback()
            raise

    def _execute(self, statement: str, *values: object) -> int:
        try:
            return self._db.execute(statement, values).lastrowid or 0
        except sqlite3.Error as error:
            raise state_error(self._place, error) from error

    def _rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise state_error(self._place, error) from error


@contextmanager
def open_journal(place: Place, notes: list[str], keep: int = 50) -> Iterator[Journal]:
    """Open the journal to write; the caller holds the lock.

    Raises:
        WriteError: It cannot be written.
        JournalUnreadable: It was made by a newer version.
    """
    with writer(place, notes) as connection:
        yield Journal(connection, place, keep)


def knob_states(place: Place) -> dict[str, KnobState]:
    """Return what the journal remembers of each knob; nothing where there is no journal."""
    rows = _read(place, "SELECT state FROM knobs WHERE config = ?")
    states = [KnobState.from_json(row["state"]) for row in rows]
    return {state.key: state for state in states}


def history_of(place: Place) -> tuple[HistoryEntry, ...]:
    """Return every change that is remembered, the oldest first."""
    rows = _read(
        place,
        "SELECT c.*, r.tier, r.simulated FROM change_sets c LEFT JOIN runs r ON r.id = c.run_id "
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
    rows = _read(place, "SELECT * FROM runs WHERE config = ?")
    return next((_run(row) for row in rows if row["id"] == number), None)


def _read(place: Place, statement: str) -> list[sqlite3.Row]:
    with reader(place) as connection:
        if connection is None or not connection.execute("PRAGMA user_version").fetchone()[0]:
            return []
        return connection.execute(statement, (place.config,)).fetchall()


def _run(row: sqlite3.Row) -> Run:
    evidence = Evidence.from_json(zlib.decompress(row["evidence"]))
    return Run(id=row["id"], at=row["at"], evidence=evidence)


def _entry(row: sqlite3.Row) -> HistoryEntry:
    return HistoryEntry(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        state=row["state"],
        changes=tuple(_decode(row["changes"], Change)),
        way=row["way"],
        run_id=row["run_id"],
        tier=row["tier"],
        simulated=bool(row["simulated"]),
        back_to=row["back_to"],
        note=row["note"],
    )


def _change_set(row: sqlite3.Row) -> ChangeSet:
    return ChangeSet(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        way=row["way"],
        before=row["before"],
        after=row["after"],
        after_digest=row["after_digest"],
        changes=tuple(_decode(row["changes"], Change)),
        back_to=row["back_to"],
    )


def in_force(done: Iterable[ChangeSet | HistoryEntry]) -> frozenset[int]:
    """Return which changes are in force after all of these, oldest first: a rollback undoes.

    A rollback brings back what was in force before the change that it goes back to, also where
    that change was itself a rollback.
    """
    now_in_force: frozenset[int] = frozenset()
    before: dict[int, frozenset[int]] = {}
    for one in done:
        if one.state != "done":
            continue
        before[one.id] = now_in_force
        if one.kind == "rollback" and one.back_to is not None:
            now_in_force = before.get(one.back_to, frozenset())
        else:
            now_in_force |= {one.id}
    return now_in_force


def _encode(records: Iterable[Record]) -> str:
    return msgspec.json.encode([to_plain(record) for record in records]).decode()


def _decode(text: str, cls: Any) -> list[Any]:  # noqa: ANN401 - a record class
    return list(msgspec.json.decode(text, type=list[cls]))


def now() -> str:
    """Return the time as the journal writes it (ISO 8601, UTC)."""
    return datetime.now(UTC).isoformat(timespec="seconds")
