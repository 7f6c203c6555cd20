"""A stderr or a stdout that takes nothing: what was measured is said where it can be."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.cli.main import main

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")

STRESSTUNE = f"{sys.executable} -m stresstune"
PROBE = "probe memory --limit 1GB --images 1"


def bash(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"{STRESSTUNE} {command}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""Where click writes to a stream of its own."""


@pytest.mark.parametrize(
    ("stream", "environment"), [("/dev/full", {}), ("&-", {}), ("/dev/full", ASCII)]
)
def test_talk_that_goes_nowhere_costs_no_result(stream: str, environment: dict[str, str]) -> None:
    done = bash(f"{PROBE} 2>{stream}", **environment)
    assert done.returncode == exits.DONE
    assert "Sessions that fit:" in done.stdout
    assert done.stdout.rstrip().endswith("judges, decides and writes.")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("aply", exits.USAGE),
        ("check --config missing.toml --verbose", exits.USAGE),
        (f"{PROBE} >/dev/full", exits.NOT_WRITTEN),
    ],
)
def test_the_exit_code_is_the_usual_one_where_stderr_is_full(command: str, code: int) -> None:
    assert bash(f"{command} 2>/dev/full").returncode == code


def test_a_fill_goes_on_and_its_lines_and_its_result_stand_on_stderr() -> None:
    done = bash("probe memory --mode fill --limit 1GB --sessions 3 --images 1 >/dev/full")
    assert done.returncode == exits.NOT_WRITTEN
    assert [line.split(":")[0] for line in done.stderr.splitlines() if "Session " in line] == [
        f"Session {number}/3" for number in (1, 2, 3)
    ]
    assert "Sessions created:      3/3" in done.stderr
    assert "stands on stderr" in done.stderr.splitlines()[-1]


def test_a_terminal_that_was_closed_costs_no_result(monkeypatch, capsys) -> None:
    with Path("/dev/full").open("w") as gone:
        monkeypatch.setattr(sys, "stderr", gone)
        monkeypatch.setattr(gone, "isatty", lambda: True, raising=False)
        assert main(["probe", "memory", "--limit", "1GB", "--images", "1"]) == exits.DONE
        assert sys.stderr is gone
    assert "Sessions that fit:" in capsys.readouterr().out


def test_stderr_is_as_it_was_afterwards(monkeypatch) -> None:
    mine = io.StringIO()
    monkeypatch.setattr(sys, "stderr", mine)
    assert main(["aply"]) == exits.USAGE
    assert sys.stderr is mine
    assert "did you mean 'apply'" in mine.getvalue()
