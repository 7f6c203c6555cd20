"""A turn at writing: the lock, the journal, and whatever an interrupted writer left, cleaned up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from stresstune.config.change_set import ChangeSet, digest_or_none
from stresstune.config.database import JournalUnreadable
from stresstune.config.files import bytes_of
from stresstune.config.glance import is_begun
from stresstune.config.journal import Journal, open_journal
from stresstune.config.load import parse_config
from stresstune.config.lock import is_locked, locked, require_locks
from stresstune.config.place import Place, find_place
from stresstune.config.schema import JournalOptions
from stresstune.config.state import make_state_dir
from stresstune.config.text import digest_of, read_bytes
from stresstune.config.write import clean_up, replace
from stresstune.errors import ConfigError, StateError, WriteError


class Turn:
    """What a writer has while it is its turn.

    Attributes:
        place: The config.
        journal: Open to write.
        notes: What was cleaned up before, and what else a person must know.
    """

    def __init__(self, place: Place, journal: Journal, notes: list[str]) -> None:
        self.place = place
        self.journal = journal
        self.notes = notes

    def write(self, number: int, old: bytes | None, new: bytes) -> str:
        """Write the file for a change that was begun, and say in the journal how it ended.

        Raises:
            StalePlan: The file is not the old one any more.
            WriteError: It could not be written, and is as it was; where it is not, the message
                says so, the change stays begun in the journal, and the next turn settles it.
        """
        names = _names_of(self.place.real)
        way = self._replace(number, old, new)
        if way == "in_place":
            clean_up(self.place.real)
            self.notes.append(
                "the file could not be replaced in one step, so it was overwritten in place; what "
                "it was is in the journal"
            )
        if names > 1:
            self.notes.append(_on_links(names, way))
        try:
            self.journal.finish(number, way)
        except WriteError:
            self.notes.append(
                "the file was written, but the journal could not be brought up to date: the next "
                "apply or rollback does that"
            )
        return way

    def _replace(self, number: int, old: bytes | None, new: bytes) -> str:
        """Write the file; where that fails, clean up, and say in the journal that it did."""
        try:
            return replace(
                self.place.real,
                old,
                new,
                like=self.place.real if old is not None else self.place.database,
                before_in_place=lambda: self.journal.writing_in_place(number, old or b"", new),
            )
        except (WriteError, StateError) as error:
            clean_up(self.place.real)
            with suppress(WriteError):
                if bytes_or_none(self.place) == old:
                    self.journal.close(number, "undone", str(error))
            raise


def _names_of(real: str) -> int:
    """Return how many names (hard links) a file has."""
    try:
        return os.stat(real).st_nlink  # noqa: PTH116 - the path is a string here
    except OSError:
        return 0


def _on_links(names: int, way: str) -> str:
    others = "others" if names > 2 else "other one"
    file = f"the file had {names} names (hard links)"
    if way == "in_place":
        return f"{file}: the {others} show{'' if names > 2 else 's'} the new values too"
    keep = "keep" if names > 2 else "keeps"
    return f"{file}: this one has the new values now, the {others} {keep} the old ones"


@contextmanager
def turn(place: Place) -> Iterator[Turn]:
    """Wait for one's turn, and clean up after a writer that was interrupted.

    Raises:
        Locked: Another writer did not let go in time.
        WriteError: The state folder cannot be used.
    """
    require_locks(place)
    options = _options(place)
    make_state_dir(place)
    notes: list[str] = []
    with (
        locked(place, timeout_seconds=options.lock_seconds),
        open_journal(place, notes, options.keep) as journal,
    ):
        ours = Turn(place, journal, notes)
        recover(ours)
        yield ours


def settle(
    path: str | os.PathLike[str],
    *,
    state_dir: str | os.PathLike[str] | None = None,
    waits: bool = True,
) -> tuple[str, ...]:
    """Finish or undo an apply or rollback that was interrupted; every command begins with it.

    Nothing is made and nothing waited for where nothing was interrupted.

    Args:
        path: The config.
        state_dir: Folder of the journal, if not ``.stresstune/`` beside the config.
        waits: Wait for a writer that is at work; else what it has begun is left to it.

    Returns:
        What was done, in sentences; nothing where there was nothing to do.

    Raises:
        Locked: Another process is writing and does not end in time.
        WriteError: The file or its journal cannot be written.
    """
    place = find_place(path, state_dir)
    try:
        begun = is_begun(place)
    except JournalUnreadable:  # the next turn says so, and moves it aside if it is damaged
        return ()
    if not begun or (not waits and is_locked(place)):
        return ()
    with turn(place) as ours:
        return tuple(ours.notes)


def recover(ours: Turn) -> None:
    """Finish or undo every change that was begun and never ended; each gets a note."""
    clean_up(ours.place.real)
    for begun in ours.journal.unfinished():
        ours.notes.append(_settle(ours, begun))


def _settle(ours: Turn, begun: ChangeSet) -> str:
    found = bytes_or_none(ours.place)
    what = f"the {begun.kind} {begun.id} was interrupted"
    if found is not None and digest_of(found) == begun.after_digest:
        ours.journal.finish(begun.id, begun.way or "replaced")
        return f"{what} after it had written the file: it is finished now"
    if digest_or_none(found) == begun.before_digest:
        ours.journal.close(begun.id, "undone", "interrupted before the file was written")
        return f"{what} before it wrote the file: nothing had changed"
    if begun.way == "in_place" and is_torn(found, begun.before, begun.after):
        replace(ours.place.real, found, begun.before or b"", like=ours.place.real)
        ours.journal.close(begun.id, "undone", "interrupted while the file was written")
        return f"{what} while it wrote the file in place: the old file is back"
    ours.journal.close(begun.id, "abandoned", "somebody else changed the file after that")
    return f"{what}, and the file was changed by somebody else after that: it was left as it is"


def is_torn(found: bytes | None, before: bytes | None, after: bytes | None) -> bool:
    """Tell whether a file is what an overwriting that was interrupted leaves behind.

    That is the beginning of the new bytes, then the rest of the old ones, with zeros behind them
    where room was made.

    >>> is_torn(b"new old", b"old old", b"new new")
    True
    """
    if found is None or before is None or after is None:
        return False
    padded = before.ljust(len(after), b"\0")
    if len(found) not in {len(before), len(padded)}:
        return False
    same = next(
        (at for at, byte in enumerate(found[: len(after)]) if byte != after[at]), len(after)
    )
    return found[same:] == padded[same : len(found)]


def _options(place: Place) -> JournalOptions:
    """Return what the config says about its journal; a config that is broken says nothing."""
    try:
        return parse_config(read_bytes(place.real), place.name).journal
    except ConfigError:
        return JournalOptions()


def bytes_or_none(place: Place) -> bytes | None:
    """Return the bytes of a config, or None if it is not there.

    Raises:
        WriteError: It is there and cannot be read.
    """
    try:
        return bytes_of(place.real)
    except OSError as error:
        raise WriteError(f"{place.name} cannot be read: {error.strerror}") from error
