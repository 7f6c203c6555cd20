"""What the journal tells about the past."""

from __future__ import annotations

from typing import Literal

from stresstune.model.change import Change, Evidence
from stresstune.model.record import Record

ChangeSetState = Literal["begun", "done", "undone", "abandoned"]
"""``begun`` (interrupted, if no one is at work), ``done``, ``undone`` (it never reached the file),
``abandoned`` (somebody else wrote in between; the file was left as they made it)."""


class Run(Record, frozen=True, kw_only=True):
    """One measurement in the journal.

    Attributes:
        id: Its number.
        at: When it was recorded (ISO 8601, UTC).
        evidence: What was found.
    """

    id: int
    at: str
    evidence: Evidence


class HistoryEntry(Record, frozen=True, kw_only=True, tag_field="record", tag="history_entry"):
    """One change of a config.

    Attributes:
        id: Its number; ``rollback(path, to=id)`` brings back what was before it.
        at: When it was begun (ISO 8601, UTC).
        kind: ``apply`` or ``rollback``.
        state: How it ended.
        changes: What it changed, and why.
        way: ``replaced`` in one step, or rewritten ``in_place``; "" if it never came to that.
        run_id: The run that it rests on, or None.
        tier: Tier of that run, or None.
        simulated: That run was a simulated one.
        back_to: For a rollback: the first change that it took back.
        in_force: It has not been taken back, and was not a rollback.
        note: What else happened, or "".
    """

    id: int
    at: str
    kind: Literal["apply", "rollback"]
    state: ChangeSetState
    changes: tuple[Change, ...]
    way: str = ""
    run_id: int | None = None
    tier: str | None = None
    simulated: bool = False
    back_to: int | None = None
    in_force: bool = True
    note: str = ""
