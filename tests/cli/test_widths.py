"""Tables hold on a narrow terminal and on a wide one."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from docs.extensions.command_line import commands
from stresstune.model.api import Limit
from tests.policy.evidence import api_of, memory_that_fits

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def shown(columns: int, *arguments: str) -> list[str]:
    """Run a command on a terminal of so many columns, and return its lines without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "stresstune", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES"}},
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65_536):
            written += part
    except OSError:  # EIO: it has ended
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return COLOURS.sub("", written.decode()).splitlines()


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_run_fits_and_uses_the_terminal(config: Path, results, columns: int) -> None:
    limit = Limit(kind="requests_per_minute", value=240, low=240, high=240, provenance="stated")
    file = results(memory=memory_that_fits(20), api=api_of(limit))
    lines = shown(columns, "plan", "--from", file)
    diff = next(number for number, line in enumerate(lines) if line.startswith("--- "))
    longest = max(map(len, lines[:diff]))
    assert longest <= columns
    assert longest > 0.6 * min(columns, 160)
    assert any(line.startswith("Tier: ") for line in lines)
    assert sum(line.startswith("memory ") for line in lines) == 1


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: str(one)[:24])
def test_the_help_fits_80_columns(run, monkeypatch, name: str, command) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run(*name.split()[1:], "--help")
    for line in said.out.splitlines():
        assert len(line) <= 80, line
