"""Writing what was planned."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from stresstune.config.change_set import Begun
from stresstune.config.document import edit
from stresstune.config.path import parse_path
from stresstune.config.place import find_place
from stresstune.config.plan import Wanted, plan_since
from stresstune.config.text import digest_of, read_bytes
from stresstune.config.turn import Turn, turn
from stresstune.errors import Locked, StalePlan, WriteError
from stresstune.model.change import Change, Evidence, Kept, Plan
from stresstune.model.record import Record


class Applied(Record, frozen=True, kw_only=True, tag_field="record", tag="applied"):
    """What was written.

    Attributes:
        changed: Whether the file was.
        path: The config, as the caller named it.
        backup_id: Number in the journal under which the old bytes are, or None.
        changes: What was changed.
        kept: What was recommended and not written (for a rollback: what it left alone), and why.
        way: ``replaced`` in one step, or rewritten ``in_place``; "" if nothing was written.
        run_id: Number of the run in the journal, or None.
        notes: What else a person must know.
        hidden: For a rollback: the secrets (by dotted path, or comments) that must be written into
            the file again, since the journal keeps none and the file was gone.
        state_dir: Where the journal is, or None for ``.stresstune/`` beside the config.

    >>> from stresstune.config.plan import plan
    >>> applied = apply(plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}))
    >>> applied.undo().changes[0].new
    30
    """

    changed: bool
    path: str
    backup_id: int | None = None
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    way: str = ""
    run_id: int | None = None
    notes: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    state_dir: str | None = None

    def undo(self) -> Applied:
        """Take this change back, as ``rollback(path, to=backup_id)`` does.

        Raises:
            NothingToRollBack: Nothing was changed.
        """
        from stresstune.config.rollback import rollback  # noqa: PLC0415 - it returns this record

        return rollback(self.path, to=self.backup_id or 0, state_dir=self.state_dir)


def apply(plan: Plan) -> Applied:
    """Write what was planned, and only to the file that it was planned for.

    Nothing to change writes nothing: the file keeps its bytes and its time.

    Raises:
        ConfigError: The file cannot be read.
        StalePlan: The file changed since the plan was plan; it is left as it is.
        Locked: Another process is writing.
        WriteError: The file or its journal could not be written; the file is as it was.

    >>> from pathlib import Path
    >>> from stresstune.config.plan import plan
    >>> applied = apply(plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}))
    >>> Path("workshop.toml").read_text()
    'MAX_CONCURRENT_SESSIONS = 18'
    """
    place = find_place(plan.path, plan.state_dir)
    if not plan.changes and plan.evidence is None:
        _check_digest(plan, read_bytes(plan.path), ())
        if plan.states:
            with suppress(WriteError, Locked), turn(place) as ours:
                ours.journal.remember(plan.states)
        return Applied(changed=False, path=plan.path, kept=plan.kept, state_dir=plan.state_dir)
    with turn(place) as ours:
        return _apply(ours, plan)


def change(
    path: str | os.PathLike[str],
    wanted: Wanted,
    *,
    evidence: Evidence | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    began: Mapping[str, Any] | None = None,
) -> Applied:
    """Plan and apply in one turn, so that no other writer comes in between.

    This is for processes that start at the same time and write without asking. It takes the
    arguments of `plan` and raises what `plan` and `apply` raise, except that a plan of its own is
    stale only where somebody edits the file by hand in that very moment. What the file said when
    the work for it ``began``, by knob, tells what was edited since.
    """
    with turn(find_place(path, state_dir)) as ours:
        made = plan_since(began or {}, path, wanted, evidence=evidence, state_dir=state_dir)
        return _apply(ours, made)


def _apply(ours: Turn, made: Plan) -> Applied:
    old = read_bytes(made.path)
    _check_digest(made, old, ours.notes)
    new = edit(old, {parse_path(one.key): one.new_source for one in made.changes}, made.path)
    if digest_of(new) != made.result_digest:
        raise StalePlan(
            f"the plan for {made.path} would give another file than the one that was planned: it "
            "was changed, or made by another version. Nothing was written: make a new plan"
        )
    run_id = ours.journal.record_run(made.evidence) if made.evidence else None
    backup_id, way = _write(ours, made, old, new, run_id)
    return Applied(
        changed=backup_id is not None,
        path=made.path,
        backup_id=backup_id,
        changes=made.changes,
        kept=made.kept,
        way=way,
        run_id=run_id,
        notes=tuple(ours.notes),
        state_dir=made.state_dir,
    )


def _write(
    ours: Turn, made: Plan, old: bytes, new: bytes, run_id: int | None
) -> tuple[int | None, str]:
    if new == old:
        ours.journal.remember(made.states)
        return None, ""
    begun = Begun(
        kind="apply",
        before=old,
        after=new,
        changes=made.changes,
        states=made.states,
        run_id=run_id,
    )
    backup_id = ours.journal.begin(begun)
    return backup_id, ours.write(backup_id, old, new)


def _check_digest(made: Plan, data: bytes, notes: Sequence[str]) -> None:
    if digest_of(data) == made.digest:
        return
    stale = f"{made.path} changed after the plan was made. Nothing was written: make a new plan"
    raise StalePlan(" ".join([stale, *(f"({note})" for note in notes)]))
