"""One change of a config, as the journal has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal, TypeVar

import msgspec

from stresstune.config.text import digest_of
from stresstune.model.change import Change, KnobState
from stresstune.model.journal import ChangeSetState, HistoryEntry
from stresstune.model.record import Record, to_plain

RecordType = TypeVar("RecordType", bound=Record)


class ChangeSet(Record, frozen=True, kw_only=True):
    """One change of a config, with the bytes that it needs to be finished or undone.

    Attributes:
        id: Its number.
        kind: ``apply`` or ``rollback``.
        state: How far it came.
        way: How the file was written, or "".
        before: The file before without its secrets, or None if it was not there. While the file
            itself is overwritten (`way` is ``in_place``), all of it.
        before_digest: Of the file before, with its secrets; "" if it was not there.
        after: The file after, only while the file itself is overwritten.
        after_digest: Of the file after.
        changes: What it changed.
        back_to: For a rollback: the first change that it took back.
    """

    id: int
    kind: Literal["apply", "rollback"]
    state: ChangeSetState
    way: str
    before: bytes | None
    before_digest: str
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


def change_set_of(row: sqlite3.Row) -> ChangeSet:
    """Read one row of the journal."""
    return ChangeSet(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        way=row["way"],
        before=row["before"],
        before_digest=before_digest_in(row),
        after=row["after"],
        after_digest=row["after_digest"],
        changes=tuple(decode_all(row["changes"], Change)),
        back_to=row["back_to"],
    )


def before_digest_in(row: sqlite3.Row) -> str:
    """Return the digest of the file before; the first three versions did not write it down."""
    if "before_digest" in row.keys():  # noqa: SIM118 - a row iterates values
        return str(row["before_digest"])
    return digest_or_none(row["before"])


def digest_or_none(data: bytes | None) -> str:
    """Return the digest of a file, or "" if it is not there."""
    return "" if data is None else digest_of(data)


def encode_all(records: Iterable[Record]) -> str:
    """Write records as one JSON list."""
    return msgspec.json.encode([to_plain(record) for record in records]).decode()


def decode_all(text: str, cls: type[RecordType]) -> list[RecordType]:
    """Read what `encode_all` wrote."""
    return list(msgspec.json.decode(text, type=list[cls]))  # type: ignore[valid-type]  # a class that is known at run time only
