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


@pytest.mark.parametrize("shell", LOADS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [("stresstune pref", "stresstune preflight"), ("stresstune check --fail", "check --fail-on")],
)
def test_a_tab_completes_in_the_real_shell(shell: str, typed: str, completed: str) -> None:
    need(shell)
    command, load = LOADS[shell]
    with typing(*command.split()) as keys:
        os.write(keys, f"{load}; echo loa''ded\n".encode())
        read_until(keys, "loaded")
        os.write(keys, f"{typed}\t".encode())
        read_until(keys, completed.removeprefix(typed) or completed)


def test_fish_completes_commands_options_and_values() -> None:
    need("fish")
    asked = "; ".join(
        f'complete -C "{typed}"'
        for typed in ("stresstune pref", "stresstune check --fail", "stresstune check --format ju")
    )
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"stresstune completion fish | source; {asked}"],
        env={**os.environ, "PATH": HERE},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    words = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert words == ["preflight", "--fail-on", "junit"]
