"""Hosts in network namespaces of their own, with memory limits of their own; one is cut off."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.api.http import HttpTarget
from stresstune.emulator import running_emulator, tailor
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.policy.fleet import judge_fleet
from stresstune.workflow.fleet.public import probe_fleet
from tests.fleet.cluster import Cluster, running_cluster
from tests.memory.groups import NO_GROUPS, RealGroup, can_make_groups
from tests.workflow.fleet import networks

pytestmark = pytest.mark.no_cover

MIB = 2**20
WORKLOAD = Workload(sessions=40, images_per_session=5, image_bytes=1_000_000)
LIMITS = {"large": 900 * MIB, "small": 500 * MIB, "cut-off": 700 * MIB}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three hosts; the large one has two workers."""
    if reason := networks.why_not():
        pytest.skip(reason)
    if not can_make_groups():
        pytest.skip(NO_GROUPS)
    folder: Path = tmp_path_factory.mktemp("partition")
    with ExitStack() as stack:
        stack.enter_context(networks.bridged())
        groups = {name: RealGroup(limit) for name, limit in LIMITS.items()}
        for group in groups.values():
            stack.callback(group.remove)
        made = stack.enter_context(running_cluster(folder, host=networks.HOME))
        for number, (name, group) in enumerate(groups.items()):
            inside = stack.enter_context(networks.host(number))
            for worker in [name, f"{name}-more"] if name == "large" else [name]:
                prefix = group.inside(*inside)
                made.add(worker, prefix=prefix, environment={})
        made.wait_for(4)
        stack.callback(made.end)
        yield made


def test_each_memory_is_measured_once_and_a_host_that_is_cut_off_is_named(
    cluster: Cluster,
) -> None:
    def told(progress: Progress) -> None:
        if "calls are made from" in progress.message:
            cut = partial(networks.pull_cable, list(LIMITS).index("cut-off"))
            threading.Timer(0.3, cut).start()  # a quiet machine makes all the calls in 2 s

    with running_emulator(tailor(latency=0.3), host=networks.HOME) as emulator:
        began = time.monotonic()
        found = probe_fleet(
            cluster.address,
            WORKLOAD,
            target=HttpTarget(f"{emulator.base_url}/v1beta/models?key=none"),
            budget=Budget(max_requests=150, max_seconds=25),
            on_progress=told,
        )
        seconds = time.monotonic() - began
    by_limit = {host.memory.limit_bytes: host for host in found.hosts if host.memory}
    assert set(by_limit) == {LIMITS["large"], LIMITS["small"]}
    assert len(by_limit[LIMITS["large"]].workers) == 2
    large, small = (by_limit[LIMITS[name]].memory for name in ("large", "small"))
    assert large is not None
    assert small is not None
    assert large.limit_source.startswith("cgroup v1")
    assert (large.sessions_that_fit or 0) > (small.sessions_that_fit or 0) > 0
    assert len(found.missing) == 1
    assert "while the API was probed" in found.missing[0].reason
    assert isinstance(found.api, ApiCapacity)
    assert found.api.requests_sent > 0
    assert seconds < 25 + 60

    judged = judge_fleet(found, WORKLOAD)
    seats = {one.id: one.sessions for one in judged.seats}
    assert set(seats) == {host.id for host in found.hosts}
    assert all(1 <= (one.sessions or 0) <= max(one.safe_sessions or 0, 1) for one in judged.seats)
