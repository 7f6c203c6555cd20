"""`--format`: what a command found, in the form that a pipeline wants."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stresstune.cli.exits import FailOn
from stresstune.cli.options import Frame
from stresstune.cli.shell import put
from stresstune.errors import ConfigError, WriteError

if TYPE_CHECKING:
    from stresstune.report.pipeline.summary import Summary

FORMATS = ("text", "json", "markdown", "github", "junit", "prometheus")

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="For a pipeline: json (as --json), markdown for a comment, github for annotations and the "
    "summary of a step, junit for a list of tests, prometheus for gauges.  [default: text]",
)


def publish(
    frame: Frame, summarise: Callable[[], Summary], *, fail_on: FailOn | None = None
) -> None:
    """Print what was found in the form that was asked for, if that is none of text and JSON.

    Args:
        frame: Where to speak.
        summarise: Makes the summary; called only where one is wanted.
        fail_on: The tier from which a case of JUnit is a failure.

    Raises:
        WriteError: The summary of the step cannot be written.
    """
    if frame.shell.form in {"text", "json"}:
        return
    put(_rendered(frame.shell.form, summarise(), fail_on or "critical"))


def _rendered(form: str, summary: Summary, fail_on: FailOn) -> str:
    from stresstune.report.pipeline import (  # noqa: PLC0415 - a startup check is in a hurry
        github,
        junit,
        markdown,
        prometheus,
    )

    if form == "junit":
        return junit.render_junit(summary, fail_on)
    if form == "prometheus":
        return prometheus.render_prometheus(summary)
    if form == "github":
        _add_to_step(markdown.render_markdown(summary))
        return github.render_github(summary, _lines(summary))
    return markdown.render_markdown(summary)


def _lines(summary: Summary) -> dict[str, int]:
    """Find the line of each key that a case is about."""
    from stresstune.config.load import line_of  # noqa: PLC0415 - see above
    from stresstune.config.path import parse_path  # noqa: PLC0415
    from stresstune.config.text import decode, read_bytes  # noqa: PLC0415

    keys = {case.key for case in summary.cases if case.key}
    keys |= {change.key for change in summary.changes}
    try:
        text = decode(read_bytes(summary.path), summary.path) if keys else ""
    except ConfigError:  # it was there a moment ago: the first line will do
        return {}
    return {key: line_of(parse_path(key), text) or 1 for key in keys}


def _add_to_step(text: str) -> None:
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as step:
            step.write(text + "\n")
    except OSError as error:
        raise WriteError(f"the summary {file} cannot be written: {error.strerror}") from error
