"""Values printed instead of written, for places where a file cannot be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stresstune.cli import exits
from stresstune.cli.options import Frame
from stresstune.cli.rendering import NEXT, tier_lines
from stresstune.cli.running import propose_on_screen
from stresstune.cli.shell import paint_verdict, put
from stresstune.config.load import load_config
from stresstune.config.schema import KNOBS, Config
from stresstune.config.settings import emit
from stresstune.errors import UsageError
from stresstune.model.policy import Knob
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.result import TuneResult

HANDED_ON = "Nothing was written: the values are printed. Next: start the app with them."


def emit_values(frame: Frame, options: TuneOptions, form: str, fail_on: exits.FailOn | None) -> int:
    """Measure, and print what the file would say; nothing is written.

    Raises:
        UsageError: A JSON document of the run was asked for as well.
    """
    _alone(frame)
    proposal = propose_on_screen(frame, options)
    result = proposal.result()
    for finding in result.findings:
        frame.shell.talk(f"{finding.subject}: {finding.tier}. {finding.statement}.")
    if proposal.plan is None:
        frame.shell.talk("Nothing is printed: it could not be measured what is right.")
        frame.shell.talk(NEXT["inconclusive"])
        return exits.INCONCLUSIVE
    _print(proposal.job.config, proposal.in_force, form)
    for line in tier_lines(result):
        frame.shell.talk(paint_verdict(line))
    frame.shell.talk(HANDED_ON)
    return exits.code_of_result(result, fail_on)


def emit_as_it_is(frame: Frame, done: TuneResult, form: str, fail_on: exits.FailOn | None) -> int:
    """Print what the file says already, since nothing had to be measured; nothing if switched off.

    Raises:
        UsageError: A JSON document of the run was asked for as well.
    """
    _alone(frame)
    for note in done.notes:
        frame.shell.talk(note)
    if done.outcome == "off":
        frame.shell.talk(NEXT["off"])
    else:
        config = load_config(frame.path)
        there = [knob for knob in KNOBS if knob in config.values]
        _print(config, {knob: config.values[knob] for knob in there}, form)
        frame.shell.talk(HANDED_ON)
    return exits.code_of_result(done, fail_on)


def _alone(frame: Frame) -> None:
    if not frame.shell.as_text:
        other = "--json" if frame.shell.as_json else f"--format {frame.shell.form}"
        raise UsageError(f"--emit prints the values alone, {other} the run: give one of them")


def _print(config: Config, values: Mapping[Knob, Any], form: str) -> None:
    text = emit(config, values, "env" if form == "env" else "json")
    if text:
        put(text)
