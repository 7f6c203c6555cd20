"""What an interrupted apply or rollback left, put right by the next command that looks back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stresstune.cli.options import Frame
from stresstune.errors import Locked, StateError, WriteError

NOTHING = "Nothing was written."
NOTHING_ELSE = "What was interrupted is settled; nothing else was written."


@contextmanager
def telling_what_was_written(frame: Frame) -> Iterator[None]:
    """Where Ctrl-C comes after the config was written, and before that was said: say it."""
    before = _latest_change(frame)
    try:
        yield
    except KeyboardInterrupt:
        after = _latest_change(frame)
        if after not in {None, before}:
            frame.shell.talk(
                f"{frame.path} was written before that: it is change {after}, and "
                "`stresstune rollback` takes it back"
            )
        raise


def _latest_change(frame: Frame) -> int | None:
    from stresstune.config.history import history  # noqa: PLC0415 - a startup check is in a hurry

    try:
        entries = history(frame.path, state_dir=frame.state_dir)
    except StateError:
        return None
    return entries[-1].id if entries else None


def put_right(frame: Frame, *, waits: bool = True) -> str:
    """Finish or undo what was interrupted, and say so; where that cannot be, say why and go on.

    Args:
        frame: Where to speak, and of which config.
        waits: Wait for a writer that is at work; else what it has begun is left to it.

    Returns:
        What the command may say of itself: that nothing was written, or nothing but this.
    """
    from stresstune.config.turn import settle  # noqa: PLC0415 - a startup check is in a hurry

    try:
        notes = settle(frame.path, state_dir=frame.state_dir, waits=waits)
    except (Locked, WriteError) as error:
        frame.shell.talk(f"something was begun and has not ended, and stays so: {error}")
        return NOTHING
    for note in notes:
        frame.shell.talk(note)
    return NOTHING_ELSE if notes else NOTHING
