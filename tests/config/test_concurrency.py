"""Many writers at once."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from stresstune.config.history import history
from stresstune.config.rollback import rollback
from tests.config.children import ROOT

pytestmark = pytest.mark.no_cover

WRITER = """
import sys
from stresstune.config.apply import apply, change
from stresstune.config.plan import plan
from stresstune.errors import StalePlan
path, number, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
wanted = {f"numbers.n{number}": number, "last": number}
sys.stdin.read()
while True:
    try:
        change(path, wanted) if way == "change" else apply(plan(path, wanted))
        break
    except StalePlan:
        print("stale")
"""


def run_writers(config: Path, way: str, count: int) -> int:
    """Start so many processes, let go of all of them at once, and count the stale plans."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(config), str(number), way],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0] * count
    return sum(text.count("stale") for text in said)


def check_all(config: Path, before: bytes, count: int) -> None:
    values = tomllib.loads(config.read_text())
    assert values["numbers"] == {"n": 0, **{f"n{number}": number for number in range(count)}}
    entries = history(config)
    assert [entry.state for entry in entries] == ["done"] * count
    written = [change.new for entry in entries for change in entry.changes if change.key == "last"]
    assert sorted(written) == list(range(count))
    assert written[-1] == values["last"]
    rollback(config, to=entries[0].id)
    assert config.read_bytes() == before


def test_fifty_processes_lose_no_update_and_each_is_in_the_journal(tmp_path: Path):
    config = tmp_path / "app.toml"
    config.write_text("last = -1\n\n[numbers]\nn = 0\n\n[stresstune.journal]\nlock_seconds = 60\n")
    before = config.read_bytes()
    assert run_writers(config, "change", 50) == 0
    check_all(config, before, 50)


def test_plans_that_were_overtaken_are_refused_and_made_anew(tmp_path: Path):
    config = tmp_path / "app.toml"
    config.write_text("last = -1\n\n[numbers]\nn = 0\n\n[stresstune.journal]\nlock_seconds = 60\n")
    before = config.read_bytes()
    run_writers(config, "apply", 8)
    check_all(config, before, 8)
