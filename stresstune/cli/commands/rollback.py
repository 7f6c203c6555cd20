"""``rollback``: take a change back."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.options import Frame, framed
from stresstune.config.apply import Applied
from stresstune.config.rollback import rollback as roll_back
from stresstune.errors import NothingToRollBack, UsageError
from stresstune.redact import HIDDEN
from stresstune.report.changes import render_changes, render_kept
from stresstune.report.table import sentences

NOTHING = "Nothing was written. Next: `stresstune history` lists what was changed, and when."
NEVER = "Nothing was written. Next: `stresstune apply` measures, and writes what fits."


@click.command(
    epilog="""\b
Examples:
  stresstune rollback          the last change
  stresstune rollback --to 3   everything since change 3, and change 3 itself
"""
)
@click.option(
    "--to",
    type=click.IntRange(min=1),
    metavar="ID",
    help="Back to what was before this change (its number in `history`).",
)
@framed
def rollback(frame: Frame, to: int | None) -> int:
    """Take the last change back, key by key; what people edited since then stays."""
    shell = frame.shell
    try:
        applied = roll_back(frame.path, to, state_dir=frame.state_dir)
    except NothingToRollBack as error:
        if to is not None:
            raise UsageError(str(error)) from error
        shell.document(Applied(changed=False, path=frame.path, notes=(str(error),)).to_dict())
        shell.show_line(f"Nothing to take back in {frame.path}: {error}.")
        shell.show_line(NEVER)
        return exits.DONE
    shell.document(applied.to_dict())
    shell.show(render_changes(applied.changes, width=shell.width))
    if applied.kept:
        shell.show("Left as it is:\n" + render_kept(applied.kept, width=shell.width))
    if applied.notes:
        shell.show(sentences(applied.notes, width=shell.width))
    if applied.changed:
        shell.show_line(
            f"Rolled back {frame.path}; this is change {applied.backup_id} in its journal."
        )
        again = f"`stresstune rollback --to {applied.backup_id}`"
        first = f"write what is {HIDDEN} in it again, and " if applied.hidden else ""
        shell.show_line(f"Next: {first}restart the app. {again} brings back what was taken.")
    else:
        why = "no key has the written value any more"
        if not applied.kept:
            why = "what was changed there has been taken back already"
        shell.show_line(f"Nothing to roll back in {frame.path}: {why}.")
        shell.show_line(NOTHING)
    return exits.DONE
