"""``plan``: the whole loop without writing."""

from __future__ import annotations

import shlex
from typing import Any

import click

from stresstune.cli import exits
from stresstune.cli.formats import format_option, publish
from stresstune.cli.measuring import options_of, run_options, writing_results
from stresstune.cli.options import Frame, fail_on_option, framed
from stresstune.cli.rendering import show_result
from stresstune.cli.running import propose_on_screen, rehearsed_on_screen
from stresstune.cli.summaries import of_result
from stresstune.cli.types import FILE
from stresstune.errors import UsageError
from stresstune.workflow.fleet.rehearsal import named
from stresstune.workflow.saved import save_plan


@click.command(
    epilog="""\b
Examples:
  stresstune plan --simulate
  stresstune plan --out plan.json      then: stresstune apply --plan plan.json
  stresstune plan --format markdown    for a pull request
  stresstune plan --exit-code          10 where something would change
  stresstune plan --fleet tcp://10.0.0.1:8786   every host of a cluster
  stresstune plan --from results/      merges what hosts printed with --json
"""
)
@run_options
@click.option(
    "--out",
    type=FILE,
    metavar="PLAN.json",
    help="Save the plan, for `apply --plan`; it is bound to the file.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 10 where something would change.")
@format_option
@fail_on_option
@framed
def plan(
    frame: Frame,
    out: str | None,
    exit_code: bool,
    fail_on: exits.FailOn | None,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Measure and decide as `apply` does, and write nothing."""
    options = options_of(frame, **flags, dry_run=True)
    if out is not None and options.fleet is not None:
        raise UsageError("--out saves the plan of one file: it does not go with --fleet")
    with rehearsed_on_screen(frame, options) as played:
        proposal = propose_on_screen(frame, played)
    if out is not None and proposal.plan is not None:
        save_plan(proposal.plan, out)
        frame.shell.talk(f"The plan is in {out}.")
    result = named(proposal.result(), options)
    ready = (
        f"stresstune apply --plan {shlex.quote(out)}" if out else writing_results(frame, options)
    )
    show_result(frame.shell, result, ready=ready)
    publish(frame, lambda: of_result("plan", result, ready), fail_on=fail_on)
    code = exits.code_of_result(result, fail_on)
    return exits.CHANGES_PENDING if code == exits.DONE and exit_code and result.changes else code
