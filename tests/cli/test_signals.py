"""Ctrl-C and SIGTERM in every phase: exit 130, what was measured is printed, nothing is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stresstune.cli import exits
from stresstune.memory.leftovers import find_leftovers

pytestmark = pytest.mark.usefixtures("uncovered", "config")

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
    """Send the signal as soon as these words are said; return the rest of stdout and stderr."""
    assert process.stderr is not None
    while words not in (line := process.stderr.readline()):
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_self_test_before_a_real_api_is_called(number: int) -> None:
    with started(*COMMANDS["self-test"], "--json") as process:
        out, err = signalled(process, PHASES["api"], number)
        assert process.returncode == exits.INTERRUPTED
    assert "Traceback" not in err
    assert json.loads(out)["error"] == "interrupted"


def test_as_text_the_measured_part_is_printed_too() -> None:
    with started(*COMMANDS["apply"]) as process:
        out, _ = signalled(process, PHASES["api"], signal.SIGINT)
        assert process.returncode == exits.INTERRUPTED
    assert "Sessions that fit:" in out
