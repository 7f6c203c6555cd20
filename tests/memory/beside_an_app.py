"""Probes in a control group that holds an app of 800 MiB too."""

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
APP = "kept = bytes([7]) * (800 * 2**20); print('up', flush=True); input()"
PROBES = """
import json, sys
sys.path[:0] = [{root!r}, {factories!r}]
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory, Simulated
from stresstune.model.workload import Workload
ways = [
    dict(mode="predict"),
    dict(mode="fill", options=ProbeOptions(until="guard")),
    dict(mode="predict", source=Factory("session_kinds:allocates_everything")),
    dict(mode="predict", source=Factory("session_kinds:fills_at_full_speed")),
    dict(mode="predict", source=Factory("session_kinds:unequal")),
    dict(mode="predict", source=Factory("session_kinds:report_at_once")),
]
for number in range({count}):
    capacity = probe_memory(Workload(sessions=50), **ways[number % len(ways)])
    print(json.dumps([capacity.stopped_by, capacity.sessions_that_fit, capacity.held_sessions]))
"""


@dataclass(frozen=True)
class Seen:
    """What came of it.

    Attributes:
        probes: Why each ended, how many fit, how many were held.
        app_survived: It was still there at the end.
        kills: By the kernel, in the group.
        peak_bytes: The most that the group was ever charged.
    """

    probes: list[list[object]]
    app_survived: bool
    kills: int
    peak_bytes: int


def probe_beside_an_app(count: int, limit_bytes: int) -> Seen:
    group = RealGroup(limit_bytes)
    app = subprocess.Popen(
        group.inside(sys.executable, "-c", APP),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        app.stdout.readline()
        code = PROBES.format(root=str(ROOT), factories=str(FACTORIES), count=count)
        done = subprocess.run(
            group.inside(sys.executable, "-c", code),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        peak = int((group.folder / "memory.max_usage_in_bytes").read_text())
        survived = app.poll() is None
        left = [pid for pid in group.pids if pid != app.pid]
        assert left == []
        probes = [json.loads(line) for line in done.stdout.splitlines()]
        return Seen(probes, survived, group.kills, peak)
    finally:
        app.kill()
        app.communicate()
        group.remove()
