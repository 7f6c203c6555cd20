"""``explain``: the arithmetic behind a value."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.interrupted import put_right
from stresstune.cli.options import Frame, framed
from stresstune.cli.shell import paint_verdict, what_binds
from stresstune.cli.types import one_of_keys
from stresstune.config.explain import Explanation
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
    said = paragraph(_last_line(found, nothing), width=frame.shell.width)
    frame.shell.show(paint_verdict(said))
    return exits.DONE


def _last_line(found: Explanation, nothing: str) -> str:
    if found.tier is None:
        return f"{nothing} {NOTHING}"
    binds = what_binds(found.tier, found.binding)
    return f"Run {found.run_id} was {found.tier}{binds}. {nothing} {NEXT}"
