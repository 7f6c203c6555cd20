"""The scheduler is killed in mid-run, and started anew at the same address with its workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.emulator import running_emulator, tailor
from stresstune.fleet import engine
from stresstune.memory.sources import Factory
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet.public import probe_fleet
from stresstune.workflow.job import new_job
from stresstune.workflow.measure import measure as run_probes
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.proposal import propose
from stresstune.workflow.tune import finish, tune
from tests.fleet.cluster import Cluster, running_cluster

pytestmark = pytest.mark.no_cover

SMALL = Workload(sessions=200, images_per_session=1, image_bytes=200_000)
SLOW = Factory("tests.workflow.fleet.sessions:slow")


HOSTS = ("one", "two")
CONFIG = """\
MAX_CONCURRENT_SESSIONS = 500

[stresstune.workload]
sessions = 500
images_per_session = 1
image_bytes = 200_000
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two hosts."""
    with running_cluster(tmp_path_factory.mktemp("restart")) as made:
        for name in HOSTS:
            made.add(name)
        made.wait_for(2)
        yield made


@pytest.fixture
def config(cluster: Cluster) -> Path:
    """What both of them have."""
    paths = [cluster.folder / name / "workshop.toml" for name in HOSTS]
    for path in paths:
        path.write_text(CONFIG)
    return paths[0]


def restarting(cluster: Cluster, words: str, after_seconds: float) -> Callable[[Progress], None]:
    """Restart the scheduler, once, so long after these words were told."""
    begun: list[threading.Timer] = []

    def told(progress: Progress) -> None:
        if words in progress.message and not begun:
            begun.append(threading.Timer(after_seconds, cluster.restart, [HOSTS]))
            begun[0].start()

    return told


def test_hosts_that_come_back_are_measured_again(cluster: Cluster) -> None:
    began = time.monotonic()
    found = probe_fleet(
        cluster.address,
        SMALL,
        source=SLOW,
        limit_bytes=500_000_000,
        on_progress=restarting(cluster, "opening sessions", 1.0),
    )
    assert time.monotonic() - began < 60 + 10  # what a prediction may take, and to say hello
    assert [host.name for host in found.hosts] == ["one", "two"]
    assert all(host.memory and host.memory.sessions_that_fit for host in found.hosts)
    assert not found.missing
    assert "the scheduler went away in mid-run; 2 of 2 hosts came back" in found.notes[0]


def test_what_was_measured_counts_and_is_written_where_the_hosts_came_back(
    cluster: Cluster, config: Path
) -> None:
    with running_emulator(tailor(latency=0.3)) as emulator:
        found = tune(
            config,
            fleet=cluster.address,
            fleet_config="workshop.toml",
            limit_bytes=500_000_000,
            url=f"{emulator.base_url}/v1beta/models?key=none",
            budget=Budget(max_requests=150, max_seconds=40),
            on_progress=restarting(cluster, "calls are made from", 1.5),
        )
    assert found.fleet is not None
    assert found.fleet.capacity is not None
    assert not found.fleet.missing
    assert isinstance(found.fleet.capacity.api, ApiCapacity)
    assert found.fleet.capacity.api.requests_sent > 0
    assert any("2 of 2 hosts came back" in note for note in found.notes)
    notes = "\n".join(found.fleet.capacity.api.notes)
    assert "was cut short" in notes
    assert "self-test: such calls a second by host: one " in notes
    assert any(one.tier == "inconclusive" for one in found.findings)
    assert {host.outcome for host in found.fleet.hosts} == {"written"}
    for host in found.fleet.hosts:
        written = (cluster.folder / host.name / "workshop.toml").read_text()
        assert f"MAX_CONCURRENT_SESSIONS = {host.sessions}" in written


def test_a_restart_between_planning_and_writing_loses_what_is_not_there_and_no_more(
    cluster: Cluster, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TuneOptions(
        fleet=cluster.address,
        fleet_config="workshop.toml",
        only="memory",
        limit_bytes=500_000_000,
    )
    job = new_job(config, options)
    measured = run_probes(job)
    planned = propose(job, measured)
    cluster.restart(["two"])
    cluster.wait_for(1)
    done = finish(planned)
    assert done.fleet is not None
    outcomes = {host.name: host.outcome for host in done.fleet.hosts}
    assert outcomes == {"one": "failed", "two": "written"}
    assert "none of its workers is there" in done.fleet.hosts[0].error
    cluster.scheduler.kill()
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.5)
    gone = propose(job, measured).result()
    assert gone.fleet is not None
    assert {host.outcome for host in gone.fleet.hosts} == {"failed"}
    assert "no scheduler answers" in gone.fleet.hosts[0].error
