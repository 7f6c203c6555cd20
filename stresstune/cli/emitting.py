"""Values printed instead of written, for places where a file cannot be kept."""

from __future__ import annotations

import click
from msgspec.structs import replace

from stresstune.cli import exits
from stresstune.cli.options import Frame
from stresstune.cli.running import propose_on_screen
from stresstune.config.schema import KNOBS
from stresstune.config.settings import emit
from stresstune.errors import UsageError
from stresstune.model.verdict import Recommendation
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.tune import Proposal


def emit_values(frame: Frame, options: TuneOptions, form: str) -> int:
    """Measure, and print what the file would say; nothing is written.

    Raises:
        UsageError: A JSON document of the run was asked for as well.
    """
    if frame.shell.as_json:
        raise UsageError("--emit prints the values alone; --json prints the run: give one of them")
    proposal = propose_on_screen(frame, options)
    result = proposal.result()
    for finding in result.findings:
        frame.shell.talk(f"{finding.subject}: {finding.tier}. {finding.statement}.")
    if proposal.plan is None:
        frame.shell.talk("Nothing is printed: it could not be measured what is right.")
        return exits.INCONCLUSIVE
    click.echo(emit(proposal.job.config, _in_file(proposal), "env" if form == "env" else "json"))
    return exits.DONE


def _in_file(proposal: Proposal) -> Recommendation:
    """Return the values as the file would have them: pins and a person's values included."""
    config, made = proposal.job.config, proposal.plan
    assert made is not None
    changed = {change.key: change.new for change in made.changes}
    values = {knob: changed.get(config.keys.of(knob), config.values.get(knob)) for knob in KNOBS}
    return replace(proposal.wanted, **values)
