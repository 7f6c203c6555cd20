"""The truth about a session kind: a plain loop in a real control group, until it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.memory.groups import RealGroup

FACTORIES = Path(__file__).parent / "factories"
ROOT = Path(__file__).parents[2]
MIB = 2**20

_FILL = """
import os, sys, threading
sys.path.insert(0, {factories!r})
import {module}
make, keep = {module}.{kind}, []
def work():
    while True:
        keep.append(make())
        os.write(1, b".")
for _ in range({threads} - 1):
    threading.Thread(target=work).start()
work()
"""
_PREDICT = """
import json, sys
sys.path[:0] = [{root!r}, {factories!r}]
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory
print(probe_memory(source=Factory("{module}:{kind}", concurrency={threads})).to_json())
"""


@dataclass(frozen=True)
class Comparison:
    """A prediction beside the kill that it foretells."""

    kind: str
    limit_bytes: int
    threads: int
    killed_at: int
    predicted: int
    safe: int
    held: int
    seconds: float
    sizes_vary: bool
    kills: int

    @property
    def tolerance(self) -> float:
        return max(1.0, 0.03 * self.killed_at)

    @property
    def is_true(self) -> bool:
        return abs(self.predicted - self.killed_at) <= self.tolerance

    @property
    def is_too_high(self) -> bool:
        return self.predicted > self.killed_at + self.tolerance

    def __str__(self) -> str:
        verdict = "" if self.is_true else "  TOO HIGH" if self.is_too_high else "  low"
        return (
            f"{self.kind:<20} {self.limit_bytes // MIB:>5} MiB {self.threads:>3} threads  "
            f"killed at {self.killed_at:>5}  predicted {self.predicted:>5}  safe {self.safe:>5}  "
            f"opened {self.held:>4}  {self.seconds:5.1f} s"
            f"{'  unequal' if self.sizes_vary else ''}{verdict}"
        )


def compare(
    kind: str, limit_mib: int, threads: int = 1, *, module: str = "truth_kinds"
) -> Comparison:
    """Fill one group until the kernel kills, and predict in another of the same size."""
    names = {
        "factories": str(FACTORIES),
        "root": str(ROOT),
        "module": module,
        "kind": kind,
        "threads": threads,
    }
    filled = _run(_FILL.format(**names), limit_mib * MIB)
    predicted = _run(_PREDICT.format(**names), limit_mib * MIB)
    assert filled.status == -9, filled.said
    assert predicted.status == 0, predicted.said
    capacity = json.loads(predicted.said)
    return Comparison(
        kind=kind,
        limit_bytes=limit_mib * MIB,
        threads=threads,
        killed_at=len(filled.said),
        predicted=capacity["sessions_that_fit"],
        safe=capacity["safe_sessions"],
        held=capacity["held_sessions"],
        seconds=capacity["seconds"],
        sizes_vary=capacity["sizes_vary"],
        kills=predicted.kills,
    )


@dataclass(frozen=True)
class _Ran:
    status: int
    said: bytes
    kills: int


def _run(code: str, limit_bytes: int) -> _Ran:
    group = RealGroup(limit_bytes)
    try:
        done = subprocess.run(
            group.inside(sys.executable, "-c", code),
            capture_output=True,
            timeout=120,
            check=False,
        )
        return _Ran(done.returncode, done.stdout or done.stderr, group.kills)
    finally:
        group.remove()
