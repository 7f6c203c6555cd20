"""What a run over a fleet costs with 1, 2, 4 and 8 workers on this machine."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import psutil
import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.api.http import HttpTarget
from stresstune.emulator import running_emulator, tailor
from stresstune.model.api import ApiCapacity
from stresstune.model.histogram import added
from stresstune.model.workload import Budget, Workload
from stresstune.report.table import table
from stresstune.workflow.fleet.asked import Asked
from stresstune.workflow.fleet.measure import FleetRun
from stresstune.workflow.fleet.order import CallsOrder
from tests.fleet.cluster import running_cluster

WORKERS = (1, 2, 4, 8)
SMALL = Workload(sessions=30, images_per_session=1, image_bytes=1_000_000)


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@pytest.mark.benchmark
def test_the_cost_of_a_run_by_the_number_of_workers(tmp_path: Path) -> None:
    rows = []
    with running_cluster(tmp_path) as cluster, running_emulator(tailor(latency=0.3)) as emulator:
        for count in WORKERS:
            for number in range(len(cluster.workers), count):
                cluster.add(f"host-{number}")
            cluster.wait_for(count, 120)
            asked = Asked(
                workload=SMALL,
                budget=Budget(max_requests=300, max_seconds=60),
                calls=CallsOrder(target=HttpTarget(f"{emulator.base_url}/v1beta/models?key=none")),
                limit_bytes=500_000_000,
            )
            run = FleetRun(asked)
            theirs, ours = cpu_seconds(cluster.scheduler.pid), time.process_time()
            began = time.monotonic()
            found = anyio.run(run.run, cluster.address)
            seconds = time.monotonic() - began
            theirs = cpu_seconds(cluster.scheduler.pid) - theirs
            assert isinstance(found.api, ApiCapacity)
            assert len(found.hosts) == count
            lateness = added(host.lateness for host in found.hosts)
            rows.append(
                [
                    str(count),
                    f"{seconds:.1f}",
                    str(found.api.requests_sent),
                    f"{found.api.seconds:.1f}",
                    str(run.messages),
                    f"{1000 * theirs / run.messages:.1f}",
                    f"{1000 * (time.process_time() - ours) / run.messages:.1f}",
                    f"{1000 * lateness.quantile(0.5):.1f}",
                    f"{1000 * lateness.quantile(0.99):.1f}",
                    str(found.api.health.dropped_starts),
                    found.api.outcome,
                ]
            )
    header = [
        *("workers", "run s", "calls", "API s", "messages", "scheduler ms each"),
        *("ours ms each", "late p50 ms", "p99 ms", "dropped", "outcome"),
    ]
    print("\n" + table(rows, header=header, width=140))
