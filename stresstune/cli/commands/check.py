"""``check``: does the config still fit this machine?"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from stresstune.cli import exits
from stresstune.cli.options import Frame, fail_on_option, framed
from stresstune.cli.shell import Shell, paint_tier
from stresstune.cli.types import SIZE
from stresstune.config.github import annotate, summary
from stresstune.errors import UsageError, WriteError
from stresstune.model.fingerprint import Check
from stresstune.model.verdict import Tier
from stresstune.report.table import sentences
from stresstune.report.verdict import show_value
from stresstune.workflow.check import check as check_here

_CRITICAL = {"interrupted", "unreadable"}
_CONCERNING = {"drifted", "never_tuned", "stale", "simulated"}


@click.command(
    epilog="""\b
Examples:
  stresstune check
  stresstune check --fail-on critical && exec gunicorn app:app
  stresstune check --format github --fail-on concerning   in a workflow
"""
)
@click.option("--limit", type=SIZE, metavar="SIZE", help="Memory to reckon with, such as 2GB.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    help="markdown: for a comment. github: annotations, and a summary of the step.",
)
@fail_on_option
@framed
def check(frame: Frame, limit: int | None, form: str, fail_on: exits.FailOn | None) -> int:
    """Compare the values in force with the last measurement, and that with here and now.

    Takes no load, no network and no child process. With --fail-on critical it fails where a value
    in force is bolder than what is safe here; with --fail-on concerning also where nothing was ever
    measured, where the measurement is old or simulated, or where this is another machine, workload,
    model or key than was measured.
    """
    found = check_here(frame.path, limit_bytes=limit, state_dir=frame.state_dir)
    if form == "github":
        _annotate(frame, found)
    elif form == "markdown":
        _alone(frame, form)
        frame.shell.show(summary(found))
    else:
        _show(replace(frame.shell, as_json=frame.shell.as_json or form == "json"), found)
    return exits.code_of_tier(_tier(found), fail_on)


def _show(shell: Shell, found: Check) -> None:
    shell.document(found.to_dict())
    if found.findings:
        shell.show(sentences(found.findings, width=shell.width))
    for name in found.overrides:
        shell.show(f"- the environment variable {name} shadows the file")
    for key, value in found.right.items():
        shell.show(f"- {key} would be right at {show_value(value)}")
    shell.show(f"Check: {paint_tier(found.status)}{_next(found)}")


def _annotate(frame: Frame, found: Check) -> None:
    """Print annotations for GitHub Actions, and add to the summary of the step.

    Raises:
        UsageError: A JSON document was asked for as well.
        WriteError: The summary cannot be written.
    """
    _alone(frame, "github")
    for line in annotate(found, frame.path):
        frame.shell.show(line)
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as step:
            step.write(summary(found) + "\n")
    except OSError as error:
        raise WriteError(f"the summary {file} cannot be written: {error.strerror}") from error


def _alone(frame: Frame, form: str) -> None:
    if frame.shell.as_json:
        raise UsageError(f"--json and --format {form} exclude each other: give one of them")


def _tier(found: Check) -> Tier:
    if found.unsafe or found.status in _CRITICAL:
        return "critical"
    return "concerning" if found.status in _CONCERNING else "good"


def _next(found: Check) -> str:
    return "." if found.ok else ". Next: `stresstune apply` measures anew."
