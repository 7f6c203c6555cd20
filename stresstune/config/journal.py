"""What is written into the journal: the intention before, the outcome after."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from stresstune.config.change_set import (
    Begun,
    ChangeSet,
    change_set_of,
    decode_all,
    digest_or_none,
    encode_all,
)
from stresstune.config.glance import CONCLUSIVE, FOR_REPORTS
from stresstune.config.hide import hide
from stresstune.config.place import Place, printable
from stresstune.config.seal import seal_of
from stresstune.config.secrets import in_environment, without_secrets
from stresstune.config.state import state_error
from stresstune.config.tables import writer
from stresstune.config.text import digest_of
from stresstune.model.brief import brief_of
from stresstune.model.change import Evidence, KnobState
from stresstune.model.compact import compact
from stresstune.model.journal import ChangeSetState


class Journal:
    """An open journal; its owner holds the lock of the config."""

    def __init__(self, connection: sqlite3.Connection, place: Place, keep: int) -> None:
        self._db = connection
        self._place = place
        self._keep = keep

    def record_run(self, evidence: Evidence) -> int:
        """Write down a measurement, and return its number.

        Of the inconclusive ones, and of those of a fleet, only the latest is kept: no value in
        this config rests on them.
        """
        tier = "fleet" if evidence.is_of_a_fleet else evidence.verdict.tier
        if tier in FOR_REPORTS:
            self._execute(
                "DELETE FROM runs WHERE config = ? AND tier = ?", self._place.config, tier
            )
        row = self._insert(
            "runs",
            at=now(),
            tier=tier,
            simulated=int(evidence.simulated),
            evidence=zlib.compress(compact(evidence).to_json().encode()),
            brief=brief_of(evidence).to_json(),
        )
        self._forget("runs", CONCLUSIVE)
        return row

    def begin(self, begun: Begun) -> int:
        """Write down what is about to be done, and return its number."""
        number = self._insert(
            "change_sets",
            at=now(),
            kind=begun.kind,
            state="begun",
            way="",
            run_id=begun.run_id,
            back_to=begun.back_to,
            note="",
            before=_remembered(begun.before),
            before_digest=digest_or_none(begun.before),
            after_digest=digest_of(begun.after),
            changes=encode_all(map(without_secrets, begun.changes)),
            states=encode_all(begun.states),
        )
        self._forget("change_sets")
        return number

    def writing_in_place(self, number: int, before: bytes, after: bytes) -> None:
        """Write down that the file itself is about to be overwritten.

        What is torn is put together from both of its versions, so until it is done all of them
        is here, secrets too.
        """
        self._update(number, way="in_place", before=before, after=after)

    def finish(self, number: int, way: str) -> None:
        """Write down that it is done, and what each knob was left at."""
        row = self._rows("SELECT states FROM change_sets WHERE id = ?", number)[0]
        with self._transaction():
            self._end(number, state="done", way=way)
            self.remember(decode_all(row["states"], KnobState))

    def close(self, number: int, state: ChangeSetState, note: str) -> None:
        """Write down that it did not happen, and why."""
        self._end(number, state=state, note=note)

    def remember(self, states: Iterable[KnobState]) -> None:
        """Keep what each knob was left at."""
        for state in states:
            self._insert("knobs", key=state.key, state=state.to_json())

    def change_sets(self) -> tuple[ChangeSet, ...]:
        """Return every change of this config that is remembered, the oldest first."""
        rows = self._rows(
            "SELECT * FROM change_sets WHERE config = ? ORDER BY id", self._place.config
        )
        return tuple(map(change_set_of, rows))

    def unfinished(self) -> tuple[ChangeSet, ...]:
        """Return what was begun and never ended; nobody else is at work while we hold the lock."""
        return tuple(one for one in self.change_sets() if one.state == "begun")

    def _insert(self, table: str, **values: object) -> int:
        """Write a sealed row, in the place of one with the same key, and return its number."""
        sealed = {"config": self._place.config, **_storable(values)}
        sealed["seal"] = seal_of(table, sealed)
        marks = ", ".join("?" * len(sealed))
        return self._execute(
            f"INSERT OR REPLACE INTO {table} ({', '.join(sealed)}) VALUES ({marks})",  # noqa: S608 - known names
            *sealed.values(),
        )

    def _end(self, number: int, **values: object) -> None:
        row = self._rows("SELECT way, before FROM change_sets WHERE id = ?", number)[0]
        if row["way"] == "in_place":
            values["before"] = _remembered(row["before"])
        self._update(number, after=None, **values)

    def _update(self, number: int, **values: object) -> None:
        row = self._rows("SELECT * FROM change_sets WHERE id = ?", number)[0]
        values = _storable(values)
        values["seal"] = seal_of("change_sets", {**dict(row), **values})
        columns = ", ".join(f"{name} = ?" for name in values)
        self._execute(
            f"UPDATE change_sets SET {columns} WHERE id = ?",  # noqa: S608 - known names
            *values.values(),
            number,
        )

    def _forget(self, table: str, which: str = "") -> None:
        """Drop the oldest rows of those beyond what is kept."""
        self._execute(
            f"DELETE FROM {table} WHERE config = ? {which} AND id NOT IN "  # noqa: S608 - known texts
            f"(SELECT id FROM {table} WHERE config = ? {which} ORDER BY id DESC LIMIT ?)",
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


def _remembered(data: bytes | None) -> bytes | None:
    return None if data is None else hide(data, in_environment())


def _storable(values: dict[str, object]) -> dict[str, object]:
    """Return values as SQLite takes them: a message may hold a file name that is no UTF-8."""
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


@contextmanager
def open_journal(place: Place, notes: list[str], keep: int = 50) -> Iterator[Journal]:
    """Open the journal to write; the caller holds the lock.

    Raises:
        WriteError: It cannot be written.
        JournalUnreadable: It was made by a newer version.
    """
    with writer(place, notes) as connection:
        yield Journal(connection, place, keep)


def now() -> str:
    """Return the time as the journal writes it (ISO 8601, UTC)."""
    return datetime.now(UTC).isoformat(timespec="seconds")
