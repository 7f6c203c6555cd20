"""``check``: does the config still fit this machine?"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from stresstune.cli import exits
from stresstune.cli.formats import format_option, publish
from stresstune.cli.interrupted import NOTHING, put_right
from stresstune.cli.options import Frame, fail_on_option, framed
from stresstune.cli.outlasting import take_out, unpin
from stresstune.cli.shell import Shell, fitted, paint_verdict, what_binds
from stresstune.cli.types import SIZE
from stresstune.errors import ConfigError
from stresstune.model.fingerprint import Check
from stresstune.model.verdict import Tier
from stresstune.report.table import paragraph, sentences
from stresstune.report.verdict import show_value
from stresstune.workflow.check import check as check_here

if TYPE_CHECKING:
    from stresstune.report.pipeline.summary import Summary

TIERS: dict[str, Tier] = {
    **dict.fromkeys(("interrupted", "unreadable"), "critical"),
    **dict.fromkeys(("drifted", "never_tuned", "stale", "simulated"), "concerning"),
}
"""What a status is worth, where it is not good, and no value in force is unsafe."""

UNMEASURED = {
    "memory": "memory was never measured: how many sessions fit is not known",
    "api": "the API was never measured: how many sessions it carries is not known",
}
"""What no status speaks of: a run may measure one side alone."""


NEXT: dict[str, str] = {
    "ok": "nothing. It says when that changes.",
    "off": "unset STRESSTUNE to switch it on.",
    "simulated": "`stresstune apply` measures the real API.",
    "interrupted": "`stresstune rollback` ends what was begun; `stresstune apply` measures anew.",
    "unreadable": "`stresstune apply` moves a damaged journal aside, and measures anew.",
}
"""What to do next, by status; otherwise it is measured anew."""


@click.command(
    epilog="""\b
Examples:
  stresstune check
  stresstune check --fail-on critical && exec gunicorn app:app
  stresstune check --format github --fail-on concerning    in a workflow
  stresstune check --format prometheus > stresstune.prom   for a collector
"""
)
@click.option("--limit", type=SIZE, metavar="SIZE", help="Memory to reckon with, such as 2GB.")
@format_option
@fail_on_option
@framed
def check(frame: Frame, limit: int | None, fail_on: exits.FailOn | None) -> int:
    """Compare the values in force with the last measurement, and that with here and now.

    Takes no load, no network and no child process. With --fail-on critical it fails where a value
    in force is bolder than what is safe here; with --fail-on concerning also where nothing was ever
    measured, where the measurement is old or simulated, or where this is another machine, workload,
    model or key than was measured.

    An apply that was interrupted is finished or undone first, and that is said; one that is under
    way is left alone.
    """
    found, nothing = _look(frame, limit)
    publish(frame, lambda: _summary(found, frame.path), fail_on=fail_on)
    _show(frame.shell, found, nothing)
    return exits.code_of_tier(tier_of(found), fail_on)


def _look(frame: Frame, limit: int | None) -> tuple[Check, str]:
    """Check, once what was interrupted is put right: an overwriting may have left no TOML."""
    with suppress(ConfigError):
        found = check_here(frame.path, limit_bytes=limit, state_dir=frame.state_dir)
        if found.status != "interrupted":
            return found, NOTHING
    nothing = put_right(frame, waits=False)
    return check_here(frame.path, limit_bytes=limit, state_dir=frame.state_dir), nothing


def _show(shell: Shell, found: Check, nothing: str) -> None:
    shell.document(found.to_dict())
    if found.findings:
        shell.show(sentences(found.findings, width=shell.width))
    for name in found.overrides:
        shell.show(f"- the environment variable {name} shadows the file")
    for key, value in found.right.items():
        shell.show(f"- {key} would be right at {show_value(value)}")
    for side in found.unmeasured:
        shell.show(f"- {UNMEASURED[side]}")
    run = ""
    if found.tier:
        binds = what_binds(found.tier, found.binding)
        run = f"; run {found.run_id} was {found.tier}{binds}"
    said = fitted(f"Check: {found.status}{run}. {nothing}", sys.stdout)
    shell.show(paint_verdict(said))
    shell.show(paragraph(_next(found), width=shell.width))


def _summary(found: Check, path: str) -> Summary:
    from stresstune.cli.summaries import of_check  # noqa: PLC0415 - a startup check is in a hurry

    return of_check(found, path, tier_of(found), _next(found))


def tier_of(found: Check) -> Tier:
    """Say how bad what a check found is."""
    return "critical" if found.unsafe else TIERS.get(found.status, "good")


def _next(found: Check) -> str:
    """Say what to do: a variable that shadows the file, or a pin, outlasts what is written."""
    variables = {
        name: right
        for name in found.overrides
        for right in _held(found, f"environment variable {name})").values()
    }
    if variables:
        return f"Next: {take_out(variables)}."
    if pinned := _held(found, "(pinned)"):
        return f"Next: {unpin(pinned)}."
    if found.status == "ok" and found.unmeasured:
        return f"Next: `stresstune apply --only {found.unmeasured[0]}` measures what is missing."
    return f"Next: {NEXT.get(found.status, '`stresstune apply` measures anew.')}"


def _held(found: Check, by: str) -> dict[str, object]:
    """Return the keys that something holds too bold, and what each should be, where it is known."""
    keys = (finding.partition(" is ")[0] for finding in found.findings if by in finding)
    return {key: found.right.get(key) for key in keys}
