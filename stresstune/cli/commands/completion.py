"""``completion``: the completion script of a shell."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

from stresstune.cli import exits
from stresstune.cli.app import app
from stresstune.cli.main import COMPLETION_VARIABLE, PROGRAM
from stresstune.cli.options import Frame, framed
from stresstune.errors import UsageError

NEXT = {
    "bash": """Next: add `eval "$(stresstune completion bash)"` to ~/.bashrc.""",
    "zsh": """Next: add `eval "$(stresstune completion zsh)"` to ~/.zshrc, after compinit.""",
    "fish": "Next: `stresstune completion fish > ~/.config/fish/completions/stresstune.fish`.",
}
"""Where the script belongs."""


@click.command(
    epilog="""\b
Examples:
  stresstune completion bash >> ~/.bashrc
  stresstune completion zsh >> ~/.zshrc
  stresstune completion fish > ~/.config/fish/completions/stresstune.fish
"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@framed
def completion(frame: Frame, shell: str) -> int:
    """Print the script that lets SHELL complete commands and options of stresstune."""
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"there is no completion for {shell}")
    source = found(app, {}, PROGRAM, COMPLETION_VARIABLE).source()
    if shell == "fish":  # click cuts a description at its first comma
        source = source.replace('split "," $', 'split --max 1 "," $')
    frame.shell.document({"schema": 1, "shell": shell, "script": source})
    frame.shell.show(source)
    if sys.stdout.isatty():  # nobody reads it but a person
        frame.shell.talk(NEXT[shell])
    return exits.DONE
