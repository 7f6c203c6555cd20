"""What the first startup check of a process costs, beside what its libraries cost alone.

A process imports stresstune, which loads next to nothing, and calls `check` once: everything that
the check needs is loaded within it. The same interpreter imports the libraries alone in turn with
it, so that both meet the same noise; the quickest of many rounds counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stresstune.config.apply import apply
from stresstune.config.plan import plan
from stresstune.memory.limits import read_limit
from stresstune.model.fingerprint import Fingerprint
from tests.config.builders import evidence, recommendation
from tests.config.children import ROOT
from tests.config.conftest import WORKSHOP

pytestmark = pytest.mark.benchmark

ROUNDS = 25
ACTIONS = {
    "import sqlite3, tomllib, json": "import sqlite3, tomllib, json",
    "the same, and msgspec": "import sqlite3, tomllib, json, msgspec",
    "load_settings": "stresstune.load_settings(sys.argv[1])",
    "the first check": "assert stresstune.check(sys.argv[1]).ok",
    "the second check": "stresstune.check(sys.argv[1])",
}
TIMED = """
import sys, time
import stresstune
{before}
wall, cpu = time.perf_counter(), time.process_time()
{action}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text(WORKSHOP)
    here = read_limit()
    where = Fingerprint(limit_bytes=here.limit_bytes, limit_source=here.source)
    apply(plan(path, recommendation(), evidence=evidence(fingerprint=where)))
    return path


def seconds_of(name: str, path: Path) -> tuple[float, float]:
    """Return the wall and the processor seconds of one action in a process of its own."""
    before = ACTIONS["the first check"] if name == "the second check" else ""
    code = TIMED.format(action=ACTIONS[name], before=before)
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def test_the_first_check_of_a_process_takes_less_than_fifty_milliseconds(tuned: Path):
    rounds = [{name: seconds_of(name, tuned) for name in ACTIONS} for _ in range(ROUNDS)][1:]
    best = {name: [min(one[name][at] for one in rounds) for at in (0, 1)] for name in ACTIONS}
    base = best["import sqlite3, tomllib, json"]
    print(f"\n{'':<32}{'wall ms':>8}{'CPU ms':>8}{'x the first line':>18}")
    for name, (wall, cpu) in best.items():
        print(f"{name:<32}{wall * 1e3:>8.1f}{cpu * 1e3:>8.1f}{cpu / base[1]:>18.1f}")
    assert best["the first check"][1] < 5 * base[1]
    assert best["the first check"][0] < 0.050
