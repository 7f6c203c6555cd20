"""How the cost of a run over a fleet grows: reckoned for 100, 1,000 and 10,000 hosts.

What is pure is really done at that size (grouping, judging, adding up, pickling); messages are
counted as the run sends them; what a message costs a scheduler is measured by
`tests/benchmarks/test_fleet_cost.py` and given here. ``python -m tests.benchmarks.fleet_growth``
"""

from __future__ import annotations

import argparse
import pickle
import time
from dataclasses import dataclass

from msgspec.structs import replace

from stresstune.fleet.hosts import Greeting, beats_seconds, group
from stresstune.fleet.stripes import choose_callers
from stresstune.model.fleet import FleetCapacity, HostCapacity
from stresstune.model.histogram import Histogram, added
from stresstune.model.memory import MemorySample
from stresstune.model.workload import Workload
from stresstune.policy.fleet import judge_fleet
from stresstune.report.table import table
from stresstune.workflow.fleet.memories import AT_ONCE
from stresstune.workflow.fleet.order import Look, MemoryOrder
from tests.policy.evidence import linear_api, memory_that_fits

SIZES = (100, 1_000, 10_000)
MEMORY_SECONDS = 3.0
"""What a prediction on one host takes on an idle machine."""

CALLS, API_SECONDS = 300, 30.0


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What a run over so many hosts costs."""

    hosts: int
    messages: int
    megabytes: float
    scheduler_seconds: float
    wall_seconds: float
    merge_seconds: float
    result_megabytes: float


def reckon(hosts: int, message_seconds: float) -> Growth:
    greetings = {
        f"tcp://10.{n >> 16}.{n >> 8 & 255}.{n & 255}:4000": Greeting(
            memory_id=f"{n:012x}", name=f"app-{n}", version="0.1.0", pid=n
        )
        for n in range(hosts)
    }
    memory = replace(
        memory_that_fits(24),
        samples=tuple(
            MemorySample(session=n, seconds=0.1 * n, session_data_bytes=n * 10**7, rss_bytes=n)
            for n in range(8)
        ),
    )
    began = time.perf_counter()
    found, _ = group(greetings, "0.1.0")
    capacities = tuple(HostCapacity(id=one.id, name=one.name, memory=memory) for one in found)
    fleet = FleetCapacity(hosts=capacities, api=linear_api(6000.0))
    judge_fleet(fleet, Workload(sessions=30 * hosts))
    added(Histogram.of([0.001, 0.002]) for _ in found)
    merge_seconds = time.perf_counter() - began
    order = MemoryOrder(
        run_id="r" * 16,
        workload=Workload(),
        source=None,  # type: ignore[arg-type] - its size is next to nothing
        limit_bytes=None,
        headroom_ratio=0.2,
        max_seconds=60.0,
    )
    hello = len(pickle.dumps(Look())) + len(pickle.dumps(next(iter(greetings.values()))))
    answer = len(pickle.dumps(order)) + len(pickle.dumps(memory))
    rounds = -(-hosts // AT_ONCE)
    memory_seconds = rounds * max(MEMORY_SECONDS, AT_ONCE * message_seconds)
    beats = int(memory_seconds / beats_seconds(hosts)) * min(hosts, AT_ONCE)
    callers = len(choose_callers(list(greetings)))
    calls = int(callers * (5 + 1 + API_SECONDS) + 2 * CALLS)
    messages = hosts + hosts + beats + calls + hosts + hosts
    return Growth(
        hosts=hosts,
        messages=messages,
        megabytes=(hosts * (hello + answer + 2 * answer) + 400 * (beats + calls)) / 1e6,
        scheduler_seconds=messages * message_seconds,
        wall_seconds=2 * hosts * message_seconds
        + memory_seconds
        + API_SECONDS
        + 2 * hosts * message_seconds,
        merge_seconds=merge_seconds,
        result_megabytes=len(fleet.to_json()) / 1e6,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--message-ms", type=float, default=1.3, help="scheduler time of a message")
    asked = parser.parse_args()
    rows = [reckon(size, asked.message_ms / 1000) for size in SIZES]
    cells = [
        [
            f"{row.hosts:,}",
            f"{row.messages:,}",
            f"{row.megabytes:.1f}",
            f"{row.scheduler_seconds:.0f}",
            f"{row.wall_seconds:.0f}",
            f"{row.merge_seconds:.2f}",
            f"{row.result_megabytes:.1f}",
        ]
        for row in rows
    ]
    header = ["hosts", "messages", "MB", "scheduler s", "run s", "merge s", "result MB"]
    print(table(cells, header=header, width=100))


if __name__ == "__main__":
    main()
