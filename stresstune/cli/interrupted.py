"""What an interrupted apply or rollback left, put right by the next command that looks back."""

from __future__ import annotations

from stresstune.cli.options import Frame
from stresstune.config.turn import settle
from stresstune.errors import Locked, WriteError


def put_right(frame: Frame) -> None:
    """Finish or undo what was interrupted, and say so; where that cannot be, say why and go on."""
    try:
        for note in settle(frame.path, state_dir=frame.state_dir):
            frame.shell.talk(note)
    except (Locked, WriteError) as error:
        frame.shell.talk(f"something was begun and has not ended, and stays so: {error}")
