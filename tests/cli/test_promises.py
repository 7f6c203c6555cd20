"""What the README, the workshop's config and the help say exists, and the Python in it runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from stresstune.cli.app import COMMANDS, app
from stresstune.config.load import load_config
from stresstune.model.policy import Policy
from stresstune.model.workload import Workload

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[tuple[str, ...]]:
    return [(name,) for name in COMMANDS if name != "probe"] + [
        ("probe", "memory"),
        ("probe", "api"),
    ]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow the words of a command line to the command that they call."""
    found: click.Command = app
    rest = words
    while isinstance(found, click.Group):
        context = click.Context(found)
        name = next(word for word in rest if not word.startswith("-"))
        inner = found.get_command(context, name)
        assert inner is not None, f"there is no command {name} ({' '.join(words)})"
        found, rest = inner, rest[rest.index(name) + 1 :]
    return found, rest


def said_commands(text: str) -> list[str]:
    """Return what is called in examples, up to a pipe, a comment or the end of the quotation."""
    calls = re.findall(r"(?<![\w/.])stresstune((?: [^\n`|;&)]+)+)", text)
    return [re.split(r"\s{2,}|#", call.strip())[0].rstrip("\"'") for call in calls]


def check_call(call: str) -> None:
    words = shlex.split(call)
    found, rest = command_of(words)
    options = {option for parameter in found.params for option in parameter.opts}
    for word in rest:
        name = word.split("=")[0]
        if name.startswith("--"):
            assert name in options, f"{name} of {call!r} does not exist"


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_the_examples_in_the_help_exist(command: tuple[str, ...]) -> None:
    found, _ = command_of(list(command))
    assert found.epilog
    for call in said_commands(found.epilog):
        check_call(call)


def test_the_commands_of_the_readme_exist() -> None:
    calls = said_commands(re.sub(r"```text.*?```", "", README, flags=re.DOTALL))
    calls = [call for call in calls if not call.startswith(("--help", "finds", "costs"))]
    assert len(calls) > 10
    for call in calls:
        if call.split()[0] in COMMANDS:
            check_call(call)


def test_the_python_of_the_readme_runs(config, capsys) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert "never tuned" in capsys.readouterr().out


def test_the_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_the_config_in_the_repository_has_the_defaults_that_it_names() -> None:
    found = load_config(ROOT / "workshop.toml")
    assert found.policy == Policy()
    assert found.workload == Workload()


def test_what_is_commented_out_in_the_config_would_be_allowed(tmp_path) -> None:
    text = (ROOT / "workshop.toml").read_text(encoding="utf-8")
    path = tmp_path / "workshop.toml"
    path.write_text(re.sub(r"^# (min|max|pin) = ", r"\1 = ", text, flags=re.MULTILINE))
    policy = load_config(path).policy
    assert (policy.min, policy.max, policy.pin) == (5, 25, ("slow_mode_default",))
