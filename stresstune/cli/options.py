"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from stresstune.cli.shell import Shell
from stresstune.cli.types import FILE, one_of_profiles
from stresstune.config.waiting import heard_by
from stresstune.errors import UsageError

CONFIG_DEFAULT = "workshop.toml"

Command = Callable[..., int]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every command knows.

    Attributes:
        shell: How it speaks.
        path: The config.
        state_dir: Folder of the journal, or None for the default.
    """

    shell: Shell
    path: str
    state_dir: str | None


def framed(command: Command) -> Command:
    """Give a command the options that all commands have, and a `Frame` as its first argument."""

    @click.option("--config", type=FILE, metavar="PATH", hidden=True)
    @click.option("--state-dir", type=FILE, metavar="PATH", hidden=True)
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="No talk and no progress on stderr.")
    @click.option("-v", "--verbose", is_flag=True, help="More talk, and tracebacks.")
    @functools.wraps(command)
    def wrapped(**flags: Any) -> int:  # noqa: ANN401 - whatever the command's own options say
        common = click.get_current_context().obj
        config, state_dir = flags.pop("config"), flags.pop("state_dir")
        form = _form(flags.pop("as_json"), flags.pop("form", None))
        shell = Shell(form=form, quiet=flags.pop("quiet"), verbose=flags.pop("verbose"))
        frame = Frame(
            shell=shell,
            path=config or common["config_path"],
            state_dir=state_dir or common["state_dir"],
        )
        with heard_by(shell.talk):
            return command(frame, **flags)

    return wrapped


def _form(as_json: bool, form: str | None) -> str:
    if as_json and form not in {None, "json"}:
        raise UsageError(f"--json and --format {form} exclude each other: give one of them")
    return "json" if as_json else form or "text"


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several options, shown in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


simulate_option = click.option(
    "--simulate",
    is_flag=False,
    flag_value="free",
    metavar="[PROFILE]",
    shell_complete=one_of_profiles,
    help="Probe an emulator instead of the API: free, tier1, tier2, flaky, overloaded, or options "
    "such as rpm=60,latency=2.",
)

fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["concerning", "critical"]),
    help="Exit with 20 (concerning) or 30 (critical) where the tier is that bad.",
)


def version_text() -> str:
    """Return name and version."""
    from stresstune.workflow.here import installed_version  # noqa: PLC0415 - needed here only

    return f"stresstune {installed_version()}"
