"""The truth about a session kind: a plain loop in a real control group, until it is killed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.memory.groups import RealGroup

FACTORIES = Path(__file__).parent / "factories"
ROOT = Path(__file__).parents[2]
MIB = 2**20

KILLS = 4
"""With threads the kernel itself kills the same sessions at numbers that differ."""

_FILL = """
import os, sys, threading
sys.path.insert(0, {factories!r})
import {module}
make, keep = {module}.{kind}, []
def work():
    while True:
        keep.append(make())
        os.write(1, b".")
if {threads} == 1:
    work()
# As in a server: the main thread, which has a heap of another kind, only waits.
for _ in range({threads}):
    threading.Thread(target=work).start()
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
    """A prediction beside the kills that it foretells.

    Attributes:
        killed: How many sessions were complete, each time; by one thread it is once, since that
            repeats itself.
        interval: What the prediction says where it claims no number: from how many to how many.
    """

    kind: str
    limit_bytes: int
    threads: int
    killed: tuple[int, ...]
    predicted: int
    interval: tuple[int, int] | None
    safe: int
    held: int
    seconds: float
    kills: int

    @property
    def killed_at(self) -> int:
        """The lowest."""
        return min(self.killed)

    @property
    def tolerance(self) -> float:
        return max(1.0, 0.03 * self.killed_at)

    @property
    def is_true(self) -> bool:
        return abs(self.predicted - self.killed_at) <= self.tolerance

    @property
    def is_too_high(self) -> bool:
        return self.predicted > self.killed_at + self.tolerance

    @property
    def is_held(self) -> bool:
        """Whether it says that there is an interval only, and every kill lies in it."""
        if self.interval is None:
            return False
        low, high = self.interval
        return low <= min(self.killed) and max(self.killed) <= high

    @property
    def verdict(self) -> str:
        if self.is_true or self.is_too_high:
            return "" if self.is_true else "TOO HIGH"
        return "low, in its interval" if self.is_held else "LOW"

    def __str__(self) -> str:
        killed = "-".join(str(each) for each in dict.fromkeys((self.killed_at, max(self.killed))))
        said = "[{}, {}]".format(*self.interval) if self.interval else ""
        return (
            f"{self.kind:<20} {self.limit_bytes // MIB:>5} MiB {self.threads:>3} threads  "
            f"killed at {killed:>9}  predicted {self.predicted:>5} {said:<14} "
            f"safe {self.safe:>5}  opened {self.held:>4}  {self.seconds:5.1f} s  {self.verdict}"
        ).rstrip()


def compare(
    kind: str, limit_mib: int, threads: int = 1, *, module: str = "truth_kinds"
) -> Comparison:
    """Fill groups until the kernel kills, and predict in another of the same size."""
    names = {
        "factories": str(FACTORIES),
        "root": str(ROOT),
        "module": module,
        "kind": kind,
        "threads": threads,
    }
    killed = [
        _killed_at(_FILL.format(**names), limit_mib * MIB)
        for _ in range(1 if threads == 1 else KILLS)
    ]
    code = _PREDICT.format(**names)
    return predicted(code, limit_mib * MIB, kind=kind, threads=threads, killed=tuple(killed))


def predicted(
    code: str, limit_bytes: int, *, kind: str, threads: int, killed: tuple[int, ...]
) -> Comparison:
    """Run in a group what prints a capacity, and lay it beside the kills."""
    told = _run(code, limit_bytes)
    assert told.status == 0, told.said
    capacity = json.loads(told.said)
    return Comparison(
        kind=kind,
        limit_bytes=limit_bytes,
        threads=threads,
        killed=killed,
        predicted=capacity["sessions_that_fit"],
        interval=_interval(capacity["notes"]),
        safe=capacity["safe_sessions"],
        held=capacity["held_sessions"],
        seconds=capacity["seconds"],
        kills=told.kills,
    )


def _interval(notes: list[str]) -> tuple[int, int] | None:
    for note in notes:
        if found := re.search(r"(?:unequal|differs): (\d+) (?:to (\d+)|or more) fit", note):
            return int(found[1]), int(found[2] or 10**9)
    return None


def _killed_at(code: str, limit_bytes: int) -> int:
    filled = _run(code, limit_bytes)
    assert filled.status == -9, filled.said
    return len(filled.said)


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
