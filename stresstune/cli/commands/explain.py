"""``explain``: the arithmetic behind a value."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.interrupted import put_right
from stresstune.cli.options import Frame, framed
from stresstune.cli.types import one_of_keys
from stresstune.config.explain import explain as explain_value
from stresstune.report.table import paragraph, sentences

NEXT = "Next: `stresstune report` tells the whole run, `stresstune apply` measures anew."
NOTHING = "Next: `stresstune apply` measures, and writes what fits."


@click.command(
    epilog="""\b
Examples:
  stresstune explain MAX_CONCURRENT_SESSIONS
  stresstune explain slow_mode.delay_seconds --json
"""
)
@click.argument("key", shell_complete=one_of_keys)
@framed
def explain(frame: Frame, key: str) -> int:
    """Say why KEY has its value, from the evidence in the journal; nothing is measured.

    KEY is a path in the config (slow_mode.default) or a knob (slow_mode_default).
    """
    nothing = put_right(frame)
    found = explain_value(frame.path, key, state_dir=frame.state_dir)
    frame.shell.document(found.to_dict())
    frame.shell.show(sentences(found.lines, width=frame.shell.width))
    then = NOTHING if found.run_id is None else NEXT
    frame.shell.show(paragraph(f"{nothing} {then}", width=frame.shell.width))
    return exits.DONE
