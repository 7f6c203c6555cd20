"""The click group: its commands are imported when they are called."""

from __future__ import annotations

import difflib
from importlib import import_module

import click

from stresstune.cli.options import CONFIG_DEFAULT, version_text
from stresstune.cli.shell import put
from stresstune.cli.types import FILE

COMMANDS = {
    "apply": "Measure, decide, write: the whole loop.",
    "plan": "The same without writing.",
    "probe": "Measure memory or the API, and decide nothing.",
    "preflight": "A short check: is this ready for the workshop?",
    "check": "Does the config still fit this machine? Fast, for startup and hooks.",
    "explain": "The arithmetic behind a value.",
    "history": "What was changed, when and why.",
    "rollback": "Take a change back.",
    "report": "A run as a page: charts, the arithmetic, what to tell the room.",
    "emulate": "Serve an emulator of the Gemini API.",
    "completion": "Print the completion script of a shell.",
}
"""Commands and what they do in one line, in the order of the help."""

EXAMPLES = """\b
Examples:
  stresstune apply --simulate          a try without an API key
  stresstune apply                     measure, and write workshop.toml
  stresstune apply --only memory       without the API
  stresstune check --fail-on critical  in a start command
  stresstune rollback                  take the last change back
"""


class LazyGroup(click.Group):
    """Knows its commands by name, and imports one when it is asked for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"stresstune.cli.commands.{cmd_name}"), cmd_name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before the command; a command's own option there is told to go behind.

        Raises:
            UsageError: There is an option that is not known here.
        """
        name = next((one for one in args if one in COMMANDS), "")
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            option, command = error.option_name, self.get_command(ctx, name)
            if command is None or not any(option in one.opts for one in command.params):
                raise
            raise click.UsageError(
                f"{option} goes behind the command: stresstune {name} {option}", ctx
            ) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one may have been meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    epilog=EXAMPLES,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    "config_path",
    default=CONFIG_DEFAULT,
    envvar="STRESSTUNE_CONFIG",
    show_default=True,
    show_envvar=True,
    type=FILE,
    metavar="PATH",
    help="The TOML file that the app reads.",
)
@click.option(
    "--state-dir",
    envvar="STRESSTUNE_STATE_DIR",
    show_envvar=True,
    type=FILE,
    metavar="PATH",
    help="Folder of the journal, if not .stresstune/ beside the config.",
)
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def app(ctx: click.Context, config_path: str, state_dir: str | None, *, version: bool) -> int:
    """Measure what this deployment can really hold, and set its limits to match."""
    ctx.obj = {"config_path": config_path, "state_dir": state_dir}
    if ctx.invoked_subcommand is None:
        put(version_text() if version else ctx.get_help())
    return 0
