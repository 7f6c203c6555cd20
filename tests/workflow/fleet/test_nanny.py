"""A real nanny, whose limit is near what its worker itself holds."""

from __future__ import annotations

from pathlib import Path

import anyio
import psutil
import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.fleet import engine
from stresstune.fleet.hosts import Greeting
from stresstune.model.workload import Workload
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.order import Look
from stresstune.workflow.fleet.public import aprobe_fleet, probe_fleet
from tests.fleet.cluster import Cluster, running_cluster

pytestmark = pytest.mark.no_cover

SMALL = Workload(sessions=30, images_per_session=1, image_bytes=200_000)


def held_bytes(cluster: Cluster) -> int:
    """Return what a worker holds after it has greeted, here and with this Python."""

    async def greeted() -> Greeting:
        async with engine.connect(cluster.address) as connected:
            (address,) = await connected.workers(1)
            found = await connected.call(address, on_host.look, Look(), timeout_seconds=30)
            assert isinstance(found, Greeting)
            return found

    return int(psutil.Process(anyio.run(greeted).pid).memory_info().rss)


def test_a_nanny_that_is_near_its_limit_is_told_and_its_hosts_result_counts(tmp_path: Path) -> None:
    with running_cluster(tmp_path) as cluster:
        worker = cluster.add("roomy", nanny=True, arguments=["--memory-limit", "2GB"])
        cluster.wait_for(1)
        found = anyio.run(aprobe_fleet, cluster.address, SMALL, backend="trio")
        assert not found.hosts[0].notes
        held = held_bytes(cluster)
        worker.terminate()
        worker.wait()
        cluster.add("near", nanny=True, arguments=["--memory-limit", str(int(held * 1.2))])
        cluster.wait_for(1)
        found = probe_fleet(cluster.address, SMALL, limit_bytes=500_000_000)
    (host,) = found.hosts
    assert host.name == "near"
    assert "Give the worker a larger --memory-limit, or 0" in "".join(host.notes)
    assert host.memory is not None
    assert host.memory.sessions_that_fit is not None
