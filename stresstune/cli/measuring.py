"""Options of the commands that measure, and what they ask of the workflow."""

from __future__ import annotations

import os
from typing import Any

import click
from msgspec.structs import replace

from stresstune.cli.options import CONFIG_DEFAULT, Frame, simulate_option, together
from stresstune.cli.types import SIZE
from stresstune.config.load import load_config
from stresstune.config.schema import Config
from stresstune.errors import UsageError
from stresstune.memory.sources import Factory
from stresstune.model.workload import Budget
from stresstune.workflow.options import TuneOptions

memory_options = together(
    click.option(
        "--limit",
        type=SIZE,
        metavar="SIZE",
        help="Memory to reckon with, such as 2GB or 512MiB, if less than there is.",
    ),
    click.option(
        "--factory", metavar="MODULE:FUNCTION", help="Open real sessions with this function."
    ),
    click.option(
        "--factory-concurrency",
        type=click.IntRange(min=1),
        metavar="N",
        help="Threads that call it at a time; as many as the app has.",
    ),
)

api_options = together(
    simulate_option,
    click.option(
        "--url",
        metavar="URL",
        help="Probe this address: without a path a Gemini API (the emulator, a gateway), with a "
        "path any HTTP endpoint.",
    ),
    click.option("--model", metavar="NAME", help="The Gemini model whose quota is probed."),
    click.option("--vision", is_flag=True, help="Send a picture along with each call."),
    click.option("--max-requests", type=click.IntRange(min=1), help="Calls to make at the most."),
    click.option("--max-seconds", type=float, help="Seconds to take at the most."),
    click.option("--max-tokens", type=click.IntRange(min=1), help="Input tokens at the most."),
)

run_options = together(
    click.option("--only", type=click.Choice(["memory", "api"]), help="Measure only this."),
    memory_options,
    api_options,
    click.option(
        "--from",
        "results",
        metavar="RESULTS.json",
        help="Do not measure: use what apply, plan or probe printed with --json.",
    ),
    click.option("--fallback", is_flag=True, help="Do not measure: half of the wanted sessions."),
)


def options_of(
    frame: Frame,
    **flags: Any,  # noqa: ANN401 - the options above
) -> TuneOptions:
    """Return what the options of a command ask for.

    Raises:
        UsageError: They contradict each other.
        ConfigError: The config, whose budget they change, cannot be read.
    """
    source = source_of(flags.pop("factory"), flags.pop("factory_concurrency"))
    caps = {name: flags.pop(name) for name in ("max_requests", "max_seconds", "max_tokens")}
    return TuneOptions(
        source=source,
        limit_bytes=flags.pop("limit"),
        budget=budget_of(frame, **caps),
        state_dir=frame.state_dir,
        **flags,
    )


def source_of(factory: str | None, concurrency: int | None) -> Factory | None:
    """Return the sessions' factory, if one was named.

    Raises:
        UsageError: It has not the form ``module:function``, or is missing.
    """
    if factory is None:
        if concurrency is not None:
            raise UsageError("--factory-concurrency needs --factory")
        return None
    try:
        return Factory(factory, concurrency or 1)
    except ValueError as error:
        raise UsageError(f"--factory is {factory!r}: write package.module:function") from error


def budget_of(frame: Frame, **caps: float | None) -> Budget | None:
    """Return the config's budget with the caps of the command line, or None if there are none."""
    given = {name: cap for name, cap in caps.items() if cap is not None}
    if not given:
        return None
    base = config_or_default(frame).budget
    try:
        return replace(base, **given)
    except ValueError as error:
        raise UsageError(str(error)) from error


def config_or_default(frame: Frame) -> Config:
    """Return the config, or the defaults where none was named and there is none.

    Raises:
        ConfigError: There is one, and it cannot be read.
    """
    if frame.path == CONFIG_DEFAULT and not os.path.lexists(frame.path):
        return Config(path=frame.path)
    return load_config(frame.path)
