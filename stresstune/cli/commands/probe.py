"""``probe``: measure memory or the API, and decide nothing."""

from __future__ import annotations

import click

from stresstune.cli.commands.probe_api import api
from stresstune.cli.commands.probe_memory import memory


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def probe() -> None:
    """Measure memory or the API, and decide nothing."""


probe.add_command(memory)
probe.add_command(api)
