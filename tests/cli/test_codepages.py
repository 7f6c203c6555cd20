from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stresstune.cli import exits


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_terminal_without_unicode_reads_every_letter(config, concerning, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stresstune", "plan", "--from", concerning],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == exits.DONE, done.stderr
    assert "Memory: 24 sessions fit" in " ".join(done.stdout.decode(encoding).split())
    assert b"?" not in done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_report_can_be_read_there_too(run, config, concerning, encoding: str) -> None:
    run("apply", "--from", concerning)
    done = subprocess.run(
        [sys.executable, "-m", "stresstune", "report", "--out", "-"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == exits.DONE, done.stderr
    assert done.stdout.startswith(b"# Memory holds 24 of the 30 people")
