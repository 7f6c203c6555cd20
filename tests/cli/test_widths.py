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

import msgspec
import pytest

from docs.extensions.command_line import commands
from docs.extensions.screens import last_picture
from stresstune.cli import exits
from stresstune.model.api import Limit
from tests.policy.evidence import api_of, memory_that_fits

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def shown(columns: int, *arguments: str) -> list[str]:
    """Run a command on a terminal of so many columns, and return its lines without colours."""
    return COLOURS.sub("", written(columns, *arguments).replace("\x1b[1A", "\n")).splitlines()


def written(columns: int, *arguments: str) -> str:
    """Run a command on a terminal of so many columns, and return all that it wrote there."""
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
    seen = b""
    try:
        while part := os.read(ours, 65_536):
            seen += part
    except OSError:  # EIO: it has ended
        pass
    os.close(ours)
    assert process.wait(timeout=60) in exits.MEANINGS
    return seen.decode()


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


@pytest.mark.usefixtures("config")
def test_the_line_of_a_session_fits_the_terminal_and_stays_one_in_a_pipe(run) -> None:
    asked = ("probe", "memory", "--mode", "fill", "--sessions", "2", "--images", "1")
    lines = shown(60, *asked, "--quiet")
    first = next(place for place, line in enumerate(lines) if line.startswith("Session 1/2: size"))
    assert "increase" in lines[first + 1]
    assert lines[first + 1].startswith("  ")
    assert max(map(len, lines)) <= 60
    (whole,) = [line for line in run(*asked).out.splitlines() if line.startswith("Session 1/2")]
    assert re.search(r"size .* total .* process memory .* increase", whole)


@pytest.mark.usefixtures("config")
def test_the_lines_of_sessions_stay_above_the_view_of_memory() -> None:
    asked = ("probe", "memory", "--mode", "fill", "--sessions", "3", "--images", "1")
    left = COLOURS.sub("", last_picture(written(80, *asked))).splitlines()
    told = [line.partition(":")[0] for line in left if line.startswith("Session ")]
    assert told == ["Session 1/3", "Session 2/3", "Session 3/3"]
    assert not [line for line in left if "guard at" in line]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("asked", "sentences"),
    [(("report",), 1), (("rollback",), 2), (("explain", "no.such.key.at.all"), 1)],
)
def test_an_error_is_wrapped_between_words(run, asked: tuple[str, ...], sentences: int) -> None:
    lines = shown(60, *asked)
    assert len(lines) > sentences
    assert max(map(len, lines)) <= 60
    said = run(*asked)
    assert len((said.out + said.err).splitlines()) == sentences


def test_the_history_holds_at_80_columns(config: Path, run, results) -> None:
    limit = Limit(kind="requests_per_minute", value=240, low=240, high=240, provenance="stated")
    found = api_of(limit)
    file = results(memory=memory_that_fits(20), api=msgspec.structs.replace(found, simulated=True))
    assert run("apply", "--from", file).code == exits.DONE
    lines = shown(80, "history")
    assert "(simulated)" in " ".join(lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: str(one)[:24])
def test_the_help_fits_80_columns(run, monkeypatch, name: str, command) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run(*name.split()[1:], "--help")
    for line in said.out.splitlines():
        assert len(line) <= 80, line
