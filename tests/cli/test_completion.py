from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from stresstune.cli.app import app
from stresstune.cli.main import COMPLETION_VARIABLE, PROGRAM

pytestmark = pytest.mark.no_cover

HERE = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def need(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run, shell: str) -> None:
    said = run("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert f"_STRESSTUNE_COMPLETE={shell}_complete" in said.out
    assert run("completion", shell, "--json").document["script"] in said.out


def test_a_shell_that_asks_is_told_what_may_come_next() -> None:
    asked = {
        "_STRESSTUNE_COMPLETE": "bash_complete",
        "COMP_WORDS": "stresstune pre",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "stresstune"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stdout == "plain,preflight\n"


@contextmanager
def typing(*shell: str) -> Iterator[int]:
    """Start an interactive shell on a terminal, and give the keyboard."""
    keys, screen = pty.openpty()
    process = subprocess.Popen(
        shell,
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env={"PATH": HERE, "TERM": "dumb", "HOME": str(Path.cwd()), "PS1": "> ", "LANG": "C.UTF-8"},
        start_new_session=True,
    )
    os.close(screen)
    try:
        yield keys
    finally:
        process.kill()
        process.wait()
        os.close(keys)


def read_until(keys: int, text: str, seconds: float = 60.0) -> str:
    os.set_blocking(keys, False)
    seen, deadline = "", time.monotonic() + seconds
    while text not in seen and time.monotonic() < deadline:
        try:
            seen += os.read(keys, 65_536).decode(errors="replace")
        except BlockingIOError:
            time.sleep(0.05)  # a real shell, so real time
    assert text in seen, seen
    return seen


LOADS = {
    "bash": ("bash --norc --noprofile -i", 'eval "$(stresstune completion bash)"'),
    "zsh": (
        "zsh -f -i",
        'autoload -Uz compinit && compinit -u -D && eval "$(stresstune completion zsh)"',
    ),
}

TYPED = {
    "stresstune pref": "light",
    "stresstune check --fail": "-on",
    "stresstune check --format ju": "nit",
    "stresstune --config work": "shop.toml",
    "stresstune explain MAX": "_CONCURRENT_SESSIONS",
}
"""What is typed, and what a tab adds to it: a command, an option, a value, a file, a key."""


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("shell", LOADS)
def test_a_tab_completes_in_the_real_shell(shell: str) -> None:
    need(shell)
    command, load = LOADS[shell]
    with typing(*command.split()) as keys:
        os.write(keys, f"{load}; echo loa''ded\n".encode())
        read_until(keys, "loaded")
        for typed, rest in TYPED.items():
            os.write(keys, f"{typed}\t".encode())
            read_until(keys, rest)
            os.write(keys, b"\x15")  # Ctrl-U: an empty line again


@pytest.mark.usefixtures("config")
def test_fish_completes_commands_options_values_files_and_keys() -> None:
    need("fish")
    asked = "; ".join(f'complete -C "{typed}"' for typed in TYPED)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"stresstune completion fish | source; {asked}"],
        env={**os.environ, "PATH": HERE},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    words = [typed.rpartition(" ")[2] + rest for typed, rest in TYPED.items()]
    assert [line.split("\t")[0] for line in lines] == words
    assert lines[0].endswith("Open five sessions, make up to ten calls...")


def test_a_tab_knows_profiles_and_the_keys_of_the_config_that_was_named(config) -> None:
    other = config.with_name("other.toml")
    other.write_text('[stresstune.keys]\nmax_concurrent_sessions = "limits.users"\n')
    assert asked_for("stresstune apply --simulate tier") == ["tier1", "tier2"]
    assert asked_for("stresstune --config other.toml explain lim") == ["limits.users"]
    assert asked_for("stresstune explain --config other.toml lim") == ["limits.users"]
    assert asked_for("stresstune --config nowhere.toml explain max") == ["max_concurrent_sessions"]


def asked_for(typed: str) -> list[str]:
    *words, last = typed.split()
    found = ShellComplete(app, {}, PROGRAM, COMPLETION_VARIABLE).get_completions(words[1:], last)
    return [one.value for one in found]
