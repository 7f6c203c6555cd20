"""``preflight``: a short check, ready or not."""

from __future__ import annotations

from typing import Any

import click

from stresstune.cli import exits
from stresstune.cli.formats import format_option, publish
from stresstune.cli.measuring import api_options, memory_options, options_of
from stresstune.cli.options import Frame, fail_on_option, framed
from stresstune.cli.rendering import UNTOLD
from stresstune.cli.running import on_screen
from stresstune.cli.shell import paint_tier, paint_tiers
from stresstune.cli.summaries import of_preflight
from stresstune.model.verdict import Tier
from stresstune.report.table import paragraph, sentences
from stresstune.report.verdict import render_findings
from stresstune.workflow.job import new_job
from stresstune.workflow.preflight import Preflight, answer, hold

ANSWERS = {True: "not disproved", False: "not ready", None: "unknown"}
"""As far as a look this short can tell: it finds what is wrong, and proves nothing right."""

NEXT = "Nothing was written. Next: `stresstune apply` measures in full and sets what fits."


@click.command(
    epilog="""\b
Examples:
  stresstune preflight
  stresstune preflight --simulate
  stresstune preflight --fail-on concerning --format junit > preflight.xml
"""
)
@click.option("--only", type=click.Choice(["memory", "api"]), help="Measure only this.")
@memory_options
@api_options
@format_option
@fail_on_option
@framed
def preflight(
    frame: Frame,
    fail_on: exits.FailOn | None,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Open five sessions, make up to ten calls at once, and say if anything is wrong.

    It is judged for the sessions that the app lets in now, and makes no more calls than that (1
    where 1 is let in). It can show that the app is not ready; that it is ready, only apply can
    show. Nothing is written.
    """
    job = new_job(frame.path, options_of(frame, **flags))
    found = answer(job, on_screen(frame, job, hold))
    _show(frame, found)
    publish(frame, lambda: of_preflight(found, ANSWERS[found.ready]), fail_on=fail_on)
    if found.ready is None:
        return exits.INCONCLUSIVE
    return exits.code_of_tier(_tier(found), fail_on)


def _show(frame: Frame, found: Preflight) -> None:
    shell = frame.shell
    shell.document(found.to_dict())
    shell.show(paint_tiers(render_findings(found.findings, width=shell.width)) + "\n")
    answer = paint_tier(ANSWERS[found.ready])
    plural = "session" if found.sessions == 1 else "sessions"
    if found.notes:
        shell.show(sentences(found.notes, width=shell.width) + "\n")
    shell.show_line(f"{answer}: {found.path} lets in {found.sessions} {plural}{_seen(found)}.")
    shell.show(paragraph(UNTOLD if found.ready is None else NEXT, width=shell.width))


def _seen(found: Preflight) -> str:
    """Say what was looked at, where nothing spoke against it."""
    if not found.ready:
        return ""
    held = f"{found.memory.held_sessions} sessions were held" if found.memory else ""
    calls = found.api.total if found.api else 0
    answered = f"{calls} call{'' if calls == 1 else 's'} at once answered" if calls else ""
    return "; " + " and ".join(part for part in (held, answered) if part)


def _tier(found: Preflight) -> Tier:
    return "good" if found.ready else "critical" if found.tier == "critical" else "concerning"
