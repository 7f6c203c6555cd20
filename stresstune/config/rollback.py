"""Taking changes back, key by key, so that what people edited since then stays."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence

import msgspec

from stresstune.config.apply import Applied
from stresstune.config.change_set import Begun, ChangeSet, in_force
from stresstune.config.database import has_journal
from stresstune.config.document import edit, source_of
from stresstune.config.hide import hidden_in, put_back
from stresstune.config.path import KeyPath, parse_path
from stresstune.config.place import find_place
from stresstune.config.plan import is_equal
from stresstune.config.secrets import in_environment, is_hidden
from stresstune.config.text import ABSENT, digest_of, look_up, parse
from stresstune.config.turn import Turn, bytes_or_none, turn
from stresstune.errors import ConfigError, NothingToRollBack
from stresstune.model.change import Change, Kept, KnobState
from stresstune.model.record import Record
from stresstune.redact import HIDDEN


class Target(Record, frozen=True, kw_only=True):
    """What a rollback is to bring about.

    Attributes:
        data: The bytes that the file is to have.
        changes: What that changes, by key.
        kept: The keys that were left alone, and why.
        notes: What else a person must know.
        hidden: What is a secret in it that neither the journal nor the file has.
    """

    data: bytes
    changes: tuple[Change, ...]
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def rollback(
    path: str | os.PathLike[str],
    to: int | None = None,
    *,
    state_dir: str | os.PathLike[str] | None = None,
) -> Applied:
    """Take back the last apply that is still in force, or everything since a certain change.

    A file that is still as the last change left it gets its old bytes back. In a file that was
    edited since, each key that still has the value which was written gets its old one back, and
    every other edit stays. A file that is gone or is no longer TOML is replaced by the old bytes;
    what was there is kept in the journal. A rollback is a change like any other: it has a number,
    and can be taken back by it.

    Args:
        path: The config; it need not exist.
        to: Number of a change: the file is brought back to what it was *before* it. None takes
            back the last apply.
        state_dir: Where the journal is, if not in ``.stresstune/`` beside the file.

    Raises:
        NothingToRollBack: There is no such change.
        Locked: Another process is writing.
        WriteError: The file or its journal could not be written; the file is as it was.

    >>> from stresstune import apply, plan
    >>> applied = apply(plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}))
    >>> rollback("workshop.toml").changes[0].new
    30
    """
    place = find_place(path, state_dir)
    if not has_journal(place):
        raise NothingToRollBack(_nothing(place.name, to))
    with turn(place) as ours:
        chosen = _choose(ours, to)
        return _roll_back(ours, chosen, None if state_dir is None else os.fspath(state_dir))


def _nothing(name: str, to: int | None) -> str:
    what = "no change that is still in force" if to is None else f"no change {to}"
    return f"the journal of {name} has {what}: see what there is with the history command"


def _choose(ours: Turn, to: int | None) -> list[ChangeSet]:
    """Return the change that is to be taken back and every later one, the oldest first."""
    done = [one for one in ours.journal.change_sets() if one.state == "done"]
    if to is None:
        applies = {one.id for one in done if one.kind == "apply"}
        to = max(in_force(done) & applies, default=None)
    chosen = [one for one in done if to is not None and one.id >= to]
    if not chosen or chosen[0].id != to:
        notes = "".join(f" ({note})" for note in ours.notes)
        raise NothingToRollBack(_nothing(ours.place.name, to) + notes)
    return chosen


def _roll_back(ours: Turn, chosen: Sequence[ChangeSet], state_dir: str | None) -> Applied:
    found = bytes_or_none(ours.place)
    target = _aim(found, chosen, ours.place.name)
    ours.notes.extend(target.notes)
    number, way = None, ""
    if target.data != found:
        begun = Begun(
            kind="rollback",
            before=found,
            after=target.data,
            changes=target.changes,
            states=tuple(_states(target.changes)),
            back_to=chosen[0].id,
        )
        number = ours.journal.begin(begun)
        way = ours.write(number, found, target.data)
    return Applied(
        changed=number is not None,
        path=ours.place.name,
        backup_id=number,
        changes=target.changes,
        kept=target.kept,
        way=way,
        notes=tuple(ours.notes),
        hidden=target.hidden,
        state_dir=state_dir,
    )


def _aim(found: bytes | None, chosen: Sequence[ChangeSet], name: str) -> Target:
    first, last = chosen[0], chosen[-1]
    before = first.before
    if before is None:
        return _without_before(found, chosen, name)
    whole = put_back(before, found, in_environment())
    if found is None:
        note = f"{name} was gone: it is back as it was before change {first.id}"
        return _replaced(whole, chosen, note)
    is_ours = _is_unbroken(chosen) and last.after_digest == digest_of(found)
    if is_ours and digest_of(whole) == first.before_digest:
        return Target(data=whole, changes=_all_changes(chosen))
    try:
        return _by_key(found, before, chosen, name)
    except ConfigError as error:
        note = (
            f"{error}: it was replaced by the file from before change {first.id}; what was there "
            "is kept in the journal"
        )
        return _replaced(whole, chosen, note)


def _replaced(data: bytes, chosen: Sequence[ChangeSet], note: str) -> Target:
    """Aim at a whole file; say what it lacks, since the journal keeps no secrets."""
    notes, hidden = [note], hidden_in(data)
    if hidden:
        notes.append(
            f"the journal keeps no secrets: write again what is {HIDDEN} now ({', '.join(hidden)})"
        )
    return Target(data=data, changes=_all_changes(chosen), notes=tuple(notes), hidden=hidden)


def _without_before(found: bytes | None, chosen: Sequence[ChangeSet], name: str) -> Target:
    """Aim at what was before a rollback that brought back a file that was gone.

    Its keys go back to what they were set to last; the file is not taken away from the app again.
    """
    if found is None:
        raise NothingToRollBack(f"{name} is gone, as it was before change {chosen[0].id}")
    target = _by_key(found, found, chosen, name)
    note = (
        f"there was no {name} before change {chosen[0].id}: the file stays, and its keys are what "
        "they were before it was gone"
    )
    return msgspec.structs.replace(target, notes=(note,))


def _is_unbroken(chosen: Sequence[ChangeSet]) -> bool:
    """Tell whether each change began with the file that the one before it left."""
    return all(
        later.before_digest == earlier.after_digest for earlier, later in itertools.pairwise(chosen)
    )


def _all_changes(chosen: Sequence[ChangeSet]) -> tuple[Change, ...]:
    """Return, for each key, the way back from the last value to the first one."""
    first: dict[str, Change] = {}
    last: dict[str, Change] = {}
    for one in chosen:
        for change in one.changes:
            first.setdefault(change.key, change)
            last[change.key] = change
    return tuple(
        Change(
            key=key,
            old=last[key].new,
            new=first[key].old,
            because=f"taken back: it was changed by change {chosen[0].id} or later",
            old_source=last[key].new_source,
            new_source=first[key].old_source,
        )
        for key in first
        if first[key].old_source != last[key].new_source or is_hidden(last[key])
    )


def _by_key(found: bytes, before: bytes, chosen: Sequence[ChangeSet], name: str) -> Target:
    values = parse(found, name)
    changes: list[Change] = []
    kept: list[Kept] = []
    for change in _all_changes(chosen):
        current = look_up(values, parse_path(change.key))
        if is_hidden(change):
            kept.append(_not_remembered(change))
        elif _is_still(current, change.old_source):
            changes.append(_respelled(found, change, name))
        elif not _is_still(current, change.new_source):
            kept.append(_left_alone(change, current))
    data = edit(found, {parse_path(one.key): one.new_source for one in changes}, name)
    for table in {parse_path(one.key)[:-1] for one in changes if one.new_source is None}:
        if table and look_up(parse(data, name), table) == {} and not _had(before, table, name):
            data = edit(data, {table: None}, name)
    return Target(data=data, changes=tuple(changes), kept=tuple(kept))


def _is_still(current: object, source: str | None) -> bool:
    if source is None or current is ABSENT:
        return source is None and current is ABSENT
    return is_equal(current, parse(f"value = {source}".encode(), "journal")["value"])


def _respelled(found: bytes, change: Change, name: str) -> Change:
    """Return the change with the old value as it is spelled in the file now."""
    source = source_of(found, parse_path(change.key), name)
    return msgspec.structs.replace(change, old_source=source)


def _left_alone(change: Change, current: object) -> Kept:
    is_gone = current is ABSENT
    what = "was removed" if is_gone else f"was set to {current} by hand"
    return Kept(
        key=change.key,
        value=None if is_gone else current,
        recommended=change.new,
        clamp="by_hand",
        because=f"{change.key} {what} since then: left alone",
    )


def _not_remembered(change: Change) -> Kept:
    because = f"{change.key} is a secret, and the journal keeps none: it is left as it is"
    return Kept(key=change.key, value=HIDDEN, recommended=HIDDEN, clamp="by_hand", because=because)


def _had(before: bytes, table: KeyPath, name: str) -> bool:
    try:
        return look_up(parse(before, name), table) is not ABSENT
    except ConfigError:
        return True


def _states(changes: Sequence[Change]) -> list[KnobState]:
    """Remember the restored values as a person's: whoever takes something back has decided."""
    return [
        KnobState(key=one.key, accepted=one.new, by_hand=one.new)
        for one in changes
        if one.new is None or isinstance(one.new, int | float)
    ]
