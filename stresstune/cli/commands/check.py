"""``check``: does the config still fit this machine?"""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.options import Frame, fail_on_option, framed
from stresstune.cli.shell import paint_tier
from stresstune.cli.types import SIZE
from stresstune.model.fingerprint import Check
from stresstune.model.verdict import Tier
from stresstune.report.table import sentences
from stresstune.report.verdict import show_value
from stresstune.workflow.check import check as check_here

_CRITICAL = {"drifted", "interrupted", "unreadable"}
_CONCERNING = {"never_tuned", "stale", "simulated"}


@click.command(
    epilog="""\b
Examples:
  stresstune check
  stresstune check --fail-on critical && exec gunicorn app:app
"""
)
@click.option("--limit", type=SIZE, metavar="SIZE", help="Memory to reckon with, such as 2GB.")
@fail_on_option
@framed
def check(frame: Frame, limit: int | None, fail_on: exits.FailOn | None) -> int:
    """Compare the values in force with the last measurement, and that with here and now.

    Takes no load, no network and no child process. With --fail-on concerning it fails where
    nothing was ever measured or the measurement is old or simulated; with --fail-on critical only
    where the values in force do not fit this machine any more.
    """
    found = check_here(frame.path, limit_bytes=limit, state_dir=frame.state_dir)
    shell = frame.shell
    shell.document(found.to_dict())
    if found.findings:
        shell.show(sentences(found.findings, width=shell.width))
    for name in found.overrides:
        shell.show(f"- the environment variable {name} shadows the file")
    for key, value in found.right.items():
        shell.show(f"- {key} would be right at {show_value(value)}")
    shell.show(f"Check: {paint_tier(found.status)}{_next(found)}")
    return exits.code_of_tier(_tier(found), fail_on)


def _tier(found: Check) -> Tier:
    if found.status in _CRITICAL:
        return "critical"
    return "concerning" if found.status in _CONCERNING else "good"


def _next(found: Check) -> str:
    return "." if found.ok else ". Next: `stresstune apply` measures anew."
