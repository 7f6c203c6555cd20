"""What an interrupted apply or rollback left, put right by the next command that looks back."""

from __future__ import annotations

from stresstune.cli.options import Frame
from stresstune.errors import Locked, WriteError

NOTHING = "Nothing was written."
NOTHING_ELSE = "What was interrupted is settled; nothing else was written."


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
