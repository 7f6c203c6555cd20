"""Ctrl-C and SIGTERM in every phase: exit 130, what was measured is printed, nothing is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stresstune.cli import exits
from stresstune.emulator import running_emulator, tailor
from stresstune.memory.child.leftovers import find_leftovers
from stresstune.workflow.probes import SELF_TEST

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("config")]

SLOW = "rpm=600,latency=1"
PHASES = {
    "memory": "memory: opening sessions",
    "api": "api: the probe may spend",
}
"""What is said on stderr when a phase begins."""

COMMANDS = {
    "apply": ["apply", "--simulate", SLOW],
    "plan": ["plan", "--simulate", SLOW],
    "preflight": ["preflight", "--simulate", "latency=20"],
    "probe memory": ["probe", "memory", "--mode", "fill", "--sessions", "100000"],
    "probe api": ["probe", "api", "--simulate", SLOW],
    "probe api --test": ["probe", "api", "--simulate", SLOW, "--test", "sustained"],
    "self-test": ["probe", "api", "--url", "http://127.0.0.1:1"],
}


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "stresstune", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def signalled(process: subprocess.Popen[str], words: str, number: int) -> tuple[str, str]:
    """Send the signal once these words are said; return the rest of stdout and stderr."""
    assert process.stderr is not None
    while words and words not in (line := process.stderr.readline()):
        assert line, "it ended before"
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert find_leftovers() == ()
    return out, err


CASES = [
    ("apply", "memory"),
    ("apply", "api"),
    ("plan", "memory"),
    ("plan", "api"),
    ("preflight", "memory"),
    ("preflight", "api"),
    ("probe memory", "memory"),
    ("probe api", "api"),
    ("probe api --test", "api"),
]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("command", "phase"), CASES)
def test_a_signal_ends_each_phase(command: str, phase: str, number: int) -> None:
    before = Path("workshop.toml").read_bytes()
    with started(*COMMANDS[command], "--json") as process:
        out, err = signalled(process, PHASES[phase], number)
        assert process.returncode == exits.INTERRUPTED
    assert "Traceback" not in err
    assert "Interrupted: nothing is left running" in err
    document = json.loads(out)
    assert document["schema"] == 1
    if (command, phase) in {("apply", "api"), ("plan", "api"), ("preflight", "api")}:
        assert document["memory"]["held_sessions"] > 0
    assert Path("workshop.toml").read_bytes() == before
    assert not Path(".stresstune").exists()


def _emulator_of(process: psutil.Process) -> bool:
    return bool(process.children())


def _calls_of(process: psutil.Process) -> bool:
    return any(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections("tcp"))


MOMENTS: dict[str, Callable[[psutil.Process], bool]] = {
    "it is said": lambda process: True,
    "its emulator starts": _emulator_of,
    "its calls are made": _calls_of,
}


def said_and(process: subprocess.Popen[str], is_so: Callable[[psutil.Process], bool]) -> None:
    """Wait until the self-test is told of, and until something is so of the process."""
    assert process.stderr is not None
    while SELF_TEST not in (line := process.stderr.readline()):
        assert line, "it ended before"
    while not is_so(psutil.Process(process.pid)):
        assert process.poll() is None, "it ended before"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_ends_the_self_test_before_a_real_api_is_called(moment: str, number: int) -> None:
    with started(*COMMANDS["self-test"], "--json") as process:
        said_and(process, MOMENTS[moment])
        out, err = signalled(process, "", number)
        assert process.returncode == exits.INTERRUPTED
    assert "Traceback" not in err
    assert json.loads(out)["error"] == "interrupted"


def test_a_signal_in_the_self_test_leaves_what_was_measured_of_memory() -> None:
    before = Path("workshop.toml").read_bytes()
    with (
        running_emulator(tailor()) as emulator,
        started("apply", "--url", emulator.base_url, "--yes", "--json") as process,
    ):
        said_and(process, _emulator_of)
        out, _ = signalled(process, "", signal.SIGTERM)
        assert process.returncode == exits.INTERRUPTED
    assert json.loads(out)["memory"]["held_sessions"] > 0
    assert Path("workshop.toml").read_bytes() == before


def test_as_text_the_measured_part_is_printed_too() -> None:
    with started(*COMMANDS["apply"]) as process:
        out, _ = signalled(process, PHASES["api"], signal.SIGINT)
        assert process.returncode == exits.INTERRUPTED
    assert "Sessions that fit:" in out


INTERRUPTED_WHILE_IT_LOADS = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "stresstune.cli.app":
            os.kill(os.getpid(), int(sys.argv.pop()))

sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("stresstune", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_the_command_line_loads_is_one_like_any_other(number) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_IT_LOADS, "check", "--json", str(int(number))],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == exits.INTERRUPTED
    assert "Traceback" not in ended.stderr
    assert "Interrupted" in ended.stderr
    assert json.loads(ended.stdout)["exit_code"] == exits.INTERRUPTED
