"""``history``: what was changed, when and why."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.interrupted import put_right
from stresstune.cli.options import Frame, framed
from stresstune.config.history import history as changes_of
from stresstune.report.history import render_history

NEXT = "Next: `stresstune explain KEY` says why, `stresstune rollback` takes the last change back."
NOTHING = "Next: `stresstune apply` measures, and writes what fits."


@click.command(
    epilog="""\b
Examples:
  stresstune history
  stresstune history --json
"""
)
@framed
def history(frame: Frame) -> int:
    """List what was changed in the config, when and why; the latest change comes last.

    `rollback --to` takes the number of a change, `report --run` that of the run it rests on.
    """
    put_right(frame)
    entries = changes_of(frame.path, state_dir=frame.state_dir)
    frame.shell.document({"schema": 1, "entries": [entry.to_dict() for entry in entries]})
    frame.shell.show(render_history(entries, width=frame.shell.width))
    frame.shell.show_line(NEXT if any(one.in_force for one in entries) else NOTHING)
    return exits.DONE
