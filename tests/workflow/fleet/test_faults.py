"""A worker is killed, another stands still, the scheduler goes away: in mid-probe, each of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.api.http import HttpTarget
from stresstune.emulator import running_emulator, tailor
from stresstune.errors import MeasurementError
from stresstune.memory.sources import Factory
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet import measure
from stresstune.workflow.fleet.public import probe_fleet
from tests.fleet.cluster import Cluster, running_cluster

pytestmark = pytest.mark.no_cover

SMALL = Workload(sessions=200, images_per_session=1, image_bytes=200_000)
SLOW = Factory("tests.workflow.fleet.sessions:slow")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler without workers."""
    with running_cluster(tmp_path_factory.mktemp("faults")) as made:
        made.wait_for(0)
        yield made


@pytest.fixture(scope="module")
def cluster(alone: Cluster) -> Cluster:
    """The same with three of them, one after the other lost."""
    for name in ("keeps-on", "is-killed", "stands-still"):
        alone.add(name)
    alone.wait_for(3)
    return alone


def when(words: str, act: Callable[[], None], after_seconds: float) -> Callable[[Progress], None]:
    """Do something so long after these words were told."""

    def told(progress: Progress) -> None:
        if words in progress.message:
            threading.Timer(after_seconds, act).start()

    return told


def test_a_fleet_without_workers_is_told_with_what_to_do(alone: Cluster) -> None:
    with pytest.raises(MeasurementError, match="no worker is connected"):
        probe_fleet(alone.address, SMALL)


def test_what_is_killed_or_stands_still_is_named_and_the_others_count(cluster: Cluster) -> None:
    workers = cluster.workers
    kill = when("opening sessions", workers["is-killed"].kill, 1.0)
    still = os.kill, workers["stands-still"].pid, signal.SIGSTOP
    stop = when("calls are made from", partial(*still), 0.3)

    def told(progress: Progress) -> None:
        kill(progress)
        stop(progress)

    with running_emulator(tailor(latency=0.3)) as emulator:
        began = time.monotonic()
        found = probe_fleet(
            cluster.address,
            SMALL,
            target=HttpTarget(f"{emulator.base_url}/v1beta/models?key=none"),
            source=SLOW,
            limit_bytes=500_000_000,
            budget=Budget(max_requests=150, max_seconds=25),
            on_progress=told,
        )
        seconds = time.monotonic() - began
    os.kill(workers["stands-still"].pid, signal.SIGCONT)
    assert [host.name for host in found.hosts] == ["keeps-on"]
    reasons = {host.name: host.reason for host in found.missing}
    assert set(reasons) == {"is-killed", "stands-still"}
    assert reasons["is-killed"].startswith("lost while its memory was measured: its worker was ")
    assert "above --memory-limit" in reasons["is-killed"]
    assert "while the API was probed" in reasons["stands-still"]
    assert found.hosts[0].memory is not None
    assert found.hosts[0].memory.sessions_that_fit is not None
    assert isinstance(found.api, ApiCapacity)
    assert found.api.requests_sent > 0
    assert found.hosts[0].calls > 0
    assert seconds < 25 + 60  # the API's budget, and what a prediction may take


def test_when_the_scheduler_goes_away_nobody_waits_and_every_host_is_named(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "REJOIN_SECONDS", 1.0)
    gone = when("opening sessions", cluster.scheduler.kill, 1.0)
    began = time.monotonic()
    found = probe_fleet(
        cluster.address, SMALL, source=SLOW, limit_bytes=500_000_000, on_progress=gone
    )
    assert time.monotonic() - began < 60
    assert not found.hosts
    assert {host.name for host in found.missing} == {"keeps-on", "stands-still"}
    assert all("lost while its memory" in host.reason for host in found.missing)
    assert "0 of 2 hosts came back to it within 1 s" in found.notes[0]
