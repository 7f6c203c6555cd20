"""``probe``: measure memory or the API, and decide nothing."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.commands.probe_api import api
from stresstune.cli.commands.probe_memory import memory
from stresstune.cli.shell import put


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    epilog="""\b
Examples:
  stresstune probe memory --limit 2GB
  stresstune probe api --simulate
""",
)
@click.pass_context
def probe(ctx: click.Context) -> int:
    """Measure memory or the API, and decide nothing."""
    if ctx.invoked_subcommand is None:
        put(ctx.get_help())
    return exits.DONE


probe.add_command(memory)
probe.add_command(api)
