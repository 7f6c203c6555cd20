"""What was changed, when and why."""

from __future__ import annotations

import os

from stresstune.config.place import find_place
from stresstune.config.recall import earlier_run_of, history_of, last_run_of, run_of
from stresstune.config.turn import turn
from stresstune.model.change import Evidence, KnobState
from stresstune.model.journal import HistoryEntry, Run


def history(
    path: str | os.PathLike[str], *, state_dir: str | os.PathLike[str] | None = None
) -> tuple[HistoryEntry, ...]:
    """Return every change of a config that the journal remembers, the oldest first.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return history_of(find_place(path, state_dir))


def last_run(
    path: str | os.PathLike[str], *, state_dir: str | os.PathLike[str] | None = None
) -> Run | None:
    """Return the latest measurement that could tell something, or None if there is none.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return last_run_of(find_place(path, state_dir))


def run(
    path: str | os.PathLike[str],
    number: int | None = None,
    *,
    state_dir: str | os.PathLike[str] | None = None,
) -> Run | None:
    """Return one measurement by its number, or the latest one, also where it was inconclusive.

    None if it is not remembered.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return run_of(find_place(path, state_dir), number)


def earlier_run(
    path: str | os.PathLike[str], number: int, *, state_dir: str | os.PathLike[str] | None = None
) -> Run | None:
    """Return the last conclusive measurement before one, by its number, or None if there is none.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    return earlier_run_of(find_place(path, state_dir), number)


def record_run(
    path: str | os.PathLike[str],
    evidence: Evidence,
    *,
    states: tuple[KnobState, ...] = (),
    state_dir: str | os.PathLike[str] | None = None,
) -> int:
    """Write a measurement into the journal without changing the config, and return its number.

    `apply` does it itself for a plan that carries its evidence.

    Raises:
        Locked: Another process is writing.
        WriteError: The journal cannot be written.
    """
    with turn(find_place(path, state_dir)) as ours:
        ours.journal.remember(states)
        return ours.journal.record_run(evidence)
