"""The command line as Markdown, made from click's own tree."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from stresstune.cli.app import app
from stresstune.cli.main import PROGRAM

Named = tuple[str, click.Command]


def commands(group: click.Group = app, name: str = PROGRAM) -> Iterator[Named]:
    """Walk over a group and everything below it, in the order of the help.

    >>> [name for name, _ in commands()][:3]
    ['stresstune', 'stresstune apply', 'stresstune plan']
    """
    yield name, group
    with _context(group, name) as context:
        for word in group.list_commands(context):
            command = group.get_command(context, word)
            if isinstance(command, click.Group):
                yield from commands(command, f"{name} {word}")
            elif command is not None:
                yield f"{name} {word}", command


def options(command: click.Command) -> list[click.Option]:
    """Return what a command's help lists."""
    return [one for one in command.params if isinstance(one, click.Option) and not one.hidden]


def command_line() -> str:
    """Return a section for each command: usage, what it does, options, examples."""
    return "\n".join(_section(name, command) for name, command in commands())


def _context(command: click.Command, name: str) -> click.Context:
    """Look at a command as the program has it: click keeps the help option that it sees first."""
    return click.Context(command, info_name=name, **app.context_settings)


def _section(name: str, command: click.Command) -> str:
    context = _context(command, name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## `{name}`\n", f"```text\n{usage}\n```\n", _prose(command.help or "")]
    parts += [_option(one, context) for one in options(command)]
    if command.epilog:
        parts.append(_examples(command.epilog))
    return "\n".join(parts)


def _prose(text: str) -> str:
    """Return a help text, in which options and paths of a config stand as code."""
    whole = inspect.cleandoc(text).replace("\b\n", "")
    return re.sub(r"(?<![\w`-])--[a-z][a-z-]*", r"`\g<0>`", whole).strip() + "\n"


def _option(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    names = [*option.opts, *option.secondary_opts]
    shown = ", ".join(f"`{name}{value}`" for name in names)
    more = f" Environment variable: `{option.envvar}`." if option.envvar else ""
    has_default = option.show_default and option.default is not None
    default = f" Default: `{option.default}`." if has_default else ""
    return f"{shown}\n: {_prose(option.help or '').strip()}{default}{more}\n"


def _examples(epilog: str) -> str:
    lines = epilog.replace("\b\n", "").strip().splitlines()
    body = "\n".join(line.removeprefix("  ") for line in lines[1:])
    return f"Examples:\n\n```text\n{body}\n```\n"
