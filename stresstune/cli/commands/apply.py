"""``apply``: the whole loop."""

from __future__ import annotations

import os
from typing import Any

import click

from stresstune.cli import exits
from stresstune.cli.emitting import emit_as_it_is, emit_values
from stresstune.cli.formats import format_option, publish
from stresstune.cli.interrupted import telling_what_was_written
from stresstune.cli.measuring import options_of, run_options, writing_results
from stresstune.cli.options import CONFIG_DEFAULT, Frame, fail_on_option, framed
from stresstune.cli.rendering import show_result
from stresstune.cli.running import finish_on_screen, propose_on_screen, rehearsed_on_screen
from stresstune.cli.summaries import of_result
from stresstune.cli.types import FILE
from stresstune.config.history import last_run
from stresstune.errors import UsageError
from stresstune.model.change import Plan
from stresstune.workflow.fleet.rehearsal import PREFIX
from stresstune.workflow.needed import not_needed, put_in_order
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.result import TuneResult
from stresstune.workflow.saved import apply_saved, read_plan


@click.command(
    epilog="""\b
Examples:
  stresstune apply --simulate            a try without an API key
  stresstune apply --only memory --limit 2GB
  stresstune apply --if-needed --quiet   in a start command
  stresstune apply --from results.json   what a probe printed with --json
  env $(stresstune apply --emit env) gunicorn app:app   keeps no file
  stresstune apply --fleet local:3 --simulate    a rehearsal with three hosts
  stresstune apply --fleet tcp://10.0.0.1:8786   every host of a dask cluster
"""
)
@run_options
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--if-needed", is_flag=True, help="Measure only if check is not content.")
@click.option(
    "--plan",
    "plan_file",
    type=FILE,
    metavar="PLAN.json",
    help="Write what plan --out saved; no measuring.",
)
@click.option(
    "--emit",
    type=click.Choice(["env", "json"]),
    help="Print the values instead of writing them, as NAME=value lines or as JSON.",
)
@click.option("-y", "--yes", is_flag=True, help="Answer every question with yes.")
@format_option
@fail_on_option
@framed
def apply(
    frame: Frame,
    plan_file: str | None,
    emit: str | None,
    yes: bool,
    fail_on: exits.FailOn | None,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Measure, decide, write: set the limits of the app to what this deployment holds.

    Opens sessions in a process of its own to see how many fit in memory, probes the API's quota
    with as few calls as will do, and writes the values into the config. Everything it changes can
    be taken back with `rollback`.
    """
    if plan_file is not None:
        return _apply_saved(frame, plan_file, {**flags, "emit": emit}, fail_on)
    options = options_of(frame, **flags)
    for note in put_in_order(frame.path, options):
        frame.shell.talk(note)
    done = not_needed(frame.path, options)
    if done is not None and emit is not None:
        return emit_as_it_is(frame, done, emit, fail_on)
    if done is not None:
        return _end(frame, done, fail_on)
    if emit is not None:
        if options.fleet is not None:
            raise UsageError("--emit prints one machine's values: it does not go with --fleet")
        return emit_values(frame, options, emit, fail_on)
    _ask_before_simulating_over(frame, options, yes=yes)
    with rehearsed_on_screen(frame, options) as played:
        proposal = propose_on_screen(frame, played, writes=not options.dry_run)
        with telling_what_was_written(frame):
            result = finish_on_screen(frame, proposal, options)
            code = _end(frame, result, fail_on, writing_results(frame, options))
    if played is not options:
        frame.shell.talk(f"A rehearsal: each host had a copy of {frame.path}, now thrown away.")
    return code


def _end(frame: Frame, result: TuneResult, fail_on: exits.FailOn | None, ready: str = "") -> int:
    show_result(frame.shell, result, ready=ready)
    publish(frame, lambda: of_result("apply", result, ready), fail_on=fail_on)
    return exits.code_of_result(result, fail_on)


def _apply_saved(
    frame: Frame, plan_file: str, flags: dict[str, Any], fail_on: exits.FailOn | None
) -> int:
    flags.pop("self_test")  # on by default
    others = [name.replace("_", "-") for name, value in flags.items() if value]
    if others:
        other = {"results": "from", "headers": "header", "files": "file"}.get(others[0], others[0])
        raise UsageError(f"--plan applies what was saved; it does not go with --{other}")
    made = read_plan(plan_file)
    _must_be_for(frame, made, plan_file)
    return _end(frame, apply_saved(made), fail_on)


def _must_be_for(frame: Frame, made: Plan, plan_file: str) -> None:
    """Refuse a plan of another config, or for another journal, than was named beside it."""
    if frame.path != CONFIG_DEFAULT and not _is_same(frame.path, made.path):
        raise UsageError(
            f"{plan_file} is a plan for {made.path}, not for {frame.path}: nothing was written"
        )
    if frame.state_dir is not None and not _is_same(frame.state_dir, made.state_dir):
        there = made.state_dir or f".stresstune/ beside {made.path}"
        raise UsageError(
            f"{plan_file} was made with its journal in {there}, not in {frame.state_dir}: "
            "nothing was written"
        )


def _is_same(one: str, other: str | None) -> bool:
    return other is not None and os.path.realpath(one) == os.path.realpath(other)


def _ask_before_simulating_over(frame: Frame, options: TuneOptions, *, yes: bool) -> None:
    """Ask before values that the real API gave are replaced by simulated ones."""
    if options.simulate is None or options.dry_run or yes:
        return
    if options.fleet is not None:
        _ask_before_simulating_for_hosts(frame, options.fleet)
        return
    run = last_run(frame.path, state_dir=options.state_dir)
    if run is None or run.evidence.simulated or run.evidence.verdict.api is None:
        return
    question = (
        f"{frame.path} was tuned against the real API ({run.at}). Write simulated values over it?"
    )
    if not frame.shell.may_ask:
        raise UsageError(f"{question} Say so with --yes, or leave the file alone with --dry-run")
    click.confirm(question, abort=True, err=True)


def _ask_before_simulating_for_hosts(frame: Frame, fleet: str) -> None:
    if fleet.startswith(PREFIX):
        return
    question = f"Write values of a simulated API to every host of {fleet}?"
    if not frame.shell.may_ask:
        raise UsageError(f"{question} Say so with --yes, or leave the files alone with --dry-run")
    click.confirm(question, abort=True, err=True)
