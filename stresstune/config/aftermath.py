"""What a run did to the config: for reports, from the journal and the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from stresstune.config.change_set import ChangeSet
from stresstune.config.document import edit
from stresstune.config.history import history
from stresstune.config.load import parse_config
from stresstune.config.path import parse_path
from stresstune.config.place import find_place
from stresstune.config.plan import diff
from stresstune.config.recall import change_sets_since
from stresstune.config.schema import KNOBS, Config
from stresstune.config.text import read_bytes
from stresstune.errors import ConfigError
from stresstune.model.journal import HistoryEntry, Run
from stresstune.model.policy import Knob
from stresstune.model.record import Record


class Aftermath(Record, frozen=True, kw_only=True):
    """What a run did to the config.

    Attributes:
        entry: The change that it led to, or None.
        diff: That change as a unified diff, or "".
        in_force: What the file said of each knob afterwards; empty where that is not known.
        keys: Where the app keeps each knob.
        notes: What could not be told.
    """

    entry: HistoryEntry | None = None
    diff: str = ""
    in_force: dict[Knob, Any] = msgspec.field(default_factory=dict)
    keys: dict[Knob, str] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()


def aftermath(
    path: str | os.PathLike[str], run: Run, *, state_dir: str | os.PathLike[str] | None = None
) -> Aftermath:
    """Find out what a run changed, and what the config said after it.

    Where the run changed nothing, the file is taken as the next change found it, or as it is now.

    Raises:
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    name = os.fspath(path)
    entry = next((one for one in history(path, state_dir=state_dir) if one.run_id == run.id), None)
    later = change_sets_since(find_place(path, state_dir), run)
    own = next((one for one in later if entry is not None and one.id == entry.id), None)
    try:
        before, after = _bytes(name, own, later)
        config = parse_config(after, name)
    except (ConfigError, ValueError) as error:
        return Aftermath(entry=entry, notes=(f"What the config said then cannot be told: {error}",))
    return Aftermath(
        entry=entry,
        diff="" if own is None else diff(before, after, Path(name).name),
        in_force=_in_force(config),
        keys={knob: config.keys.of(knob) for knob in KNOBS if config.keys.of(knob)},
    )


def _bytes(name: str, own: ChangeSet | None, later: tuple[ChangeSet, ...]) -> tuple[bytes, bytes]:
    """Return the file before the run and after it."""
    if own is not None and own.before is not None:
        edits = {parse_path(one.key): one.new_source for one in own.changes}
        done = own.state == "done"
        return own.before, edit(own.before, edits, name) if done else own.before
    found = next((one.before for one in later if one.before is not None), None)
    unchanged = read_bytes(name) if found is None else found
    return unchanged, unchanged


def _in_force(config: Config) -> dict[Knob, Any]:
    return {knob: config.values[knob] for knob in KNOBS if config.values.get(knob) is not None}
