"""A real scheduler, and real workers as processes of their own, each of which plays a host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.api.gemini import Gemini
from stresstune.cli.main import main
from stresstune.config.history import history
from stresstune.emulator import running_emulator, tailor
from stresstune.errors import Locked, MeasurementError, UsageError
from stresstune.fleet import engine
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet.public import probe_fleet
from stresstune.workflow.result import TuneResult
from stresstune.workflow.tune import atune, tune
from tests.fleet.cluster import Cluster, running_cluster

SMALL = Workload(sessions=30, images_per_session=1, image_bytes=200_000)
CONFIG = """\
MAX_CONCURRENT_SESSIONS = 60

[stresstune.workload]
sessions = 60
images_per_session = 10
image_bytes = 1_000_000
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three workers on two hosts, with a config on each."""
    folder = tmp_path_factory.mktemp("fleet")
    with running_cluster(folder) as made:
        for host, worker in (("one", "one"), ("one", "one-more"), ("two", "two")):
            home = folder / host
            home.mkdir(exist_ok=True)
            (home / "workshop.toml").write_text(CONFIG)
            made.add(worker, environment={"STRESSTUNE_FLEET_HOST": host}, folder=home)
        made.wait_for(3)
        yield made


def test_memory_is_measured_once_a_host_and_the_api_once_for_all(cluster: Cluster) -> None:
    told: list[Progress] = []
    with running_emulator(tailor(rpm=50, latency=0.2)) as emulator:
        found = probe_fleet(
            cluster.address,
            SMALL,
            target=partial(Gemini, base_url=emulator.base_url),
            budget=Budget(max_requests=100, max_seconds=50),
            on_progress=told.append,
        )
        counted = emulator.counts()
    assert [(host.name, len(host.workers)) for host in found.hosts] == [("one", 2), ("two", 1)]
    assert all(host.memory and host.memory.sessions_that_fit for host in found.hosts)
    assert not found.missing
    assert isinstance(found.api, ApiCapacity)
    assert (found.api.limits[0].kind, found.api.limits[0].value) == ("requests_per_minute", 50)
    assert sum(host.calls for host in found.hosts) == found.api.requests_sent
    assert min(host.calls for host in found.hosts) > 0
    dropped = found.api.health.dropped_starts
    assert counted.admitted + counted.rejected == found.api.requests_sent - dropped
    assert any("2 hosts, 3 workers" in one.message for one in told)


def test_each_hosts_file_is_written_there_by_its_own_journal(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("workshop.toml").write_text(CONFIG)
    arguments = ["--fleet", cluster.address, "--only", "memory", "--limit", "500MB", "--json"]
    assert main(["plan", *arguments, "--exit-code"]) == 10
    planned = json.loads(capsys.readouterr().out)
    assert planned["outcome"] == "planned"
    assert {host["outcome"] for host in planned["fleet"]["hosts"]} == {"planned"}
    assert main(["apply", *arguments]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["written"]
    for host in done["fleet"]["hosts"]:
        home = cluster.folder / host["name"]
        assert host["outcome"] == "written"
        assert (
            f"MAX_CONCURRENT_SESSIONS = {host['sessions']}" in (home / "workshop.toml").read_text()
        )
        assert 1 <= host["sessions"] <= 30
        assert (home / ".stresstune").is_dir()
        capsys.readouterr()
        assert main(["--config", str(home / "workshop.toml"), "check", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["ok"]
        assert main(["--config", str(home / "workshop.toml"), "rollback"]) == 0
        assert (home / "workshop.toml").read_text() == CONFIG
    assert Path("workshop.toml").read_text() == CONFIG
    assert history("workshop.toml") == ()  # the run is kept here for its report alone


def test_hosts_that_share_a_file_do_not_write_over_each_other(
    cluster: Cluster, tmp_path: Path
) -> None:
    config = tmp_path / "workshop.toml"
    small = CONFIG.replace("images_per_session = 10", "images_per_session = 1")
    config.write_text(small)
    options = {"fleet": cluster.address, "only": "memory", "limit_bytes": 500_000_000}
    shared = {"fleet_config": str(config)}

    async def main() -> TuneResult:
        return await atune(config, same=True, **options, **shared)

    found = anyio.run(main, backend="trio")
    assert found.fleet is not None
    assert [host.outcome for host in found.fleet.hosts] == ["written", "unchanged"]
    config.write_text(small.replace("\nsessions = 60", "\nsessions = 3"))  # 1 and 2
    found = tune(config, **options, **shared)
    assert found.fleet is not None
    assert {host.outcome for host in found.fleet.hosts} == {"written", "failed"}
    assert "do several hosts share this file?" in found.fleet.hosts[1].error


def test_a_second_run_at_the_same_time_is_refused_with_the_firsts_name(cluster: Cluster) -> None:
    async def hold() -> None:
        async with engine.connect(cluster.address) as first:
            assert await first.try_lock("ada@laptop, process 7") == ""
            with pytest.raises(Locked, match="ada@laptop, process 7"):
                await anyio.to_thread.run_sync(partial(probe_fleet, cluster.address, SMALL))
            await first.unlock()
        async with engine.connect(cluster.address) as other:
            assert await other.try_lock("grace") == ""
            await other.unlock()

    anyio.run(hold)


def test_nobody_at_the_address_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.5)
    with pytest.raises(MeasurementError, match="no scheduler answers at tcp://127"):
        probe_fleet("tcp://127.0.0.1:9", SMALL)


@pytest.mark.parametrize("content", ["", "x", "[]", "{}", '{"address": 5}', '{"address": "here"}'])
def test_a_file_that_is_no_schedulers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("workshop.toml").write_text(CONFIG)
    Path("scheduler.json").write_text(content)
    assert main(["plan", "--fleet", "scheduler.json", "--simulate"]) == 2
    assert "scheduler.json is no scheduler file" in capsys.readouterr().err


def test_what_is_no_fleet_is_refused() -> None:
    with pytest.raises(UsageError, match="not int"):
        probe_fleet(8786, SMALL)
