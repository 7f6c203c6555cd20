"""Real workers of other versions among good ones: copies that their processes find first."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

from stresstune.model.fleet import FleetCapacity
from stresstune.model.workload import Workload
from stresstune.workflow.fleet.public import probe_fleet
from stresstune.workflow.here import installed_version
from tests.fleet.cluster import running_cluster

pytestmark = pytest.mark.no_cover

SMALL = Workload(sessions=30, images_per_session=1, image_bytes=200_000)


def copied(package: str, folder: Path) -> Path:
    """Copy a package to where a worker runs, so that it is the one which is imported there."""
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    folder.mkdir(exist_ok=True)
    shutil.copytree(
        Path(found.origin).parent,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "tests", "static"),
    )
    return folder


def old_stresstune(folder: Path) -> Path:
    copied("stresstune", folder)
    told = folder / "stresstune-0.0.9.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: stresstune\nVersion: 0.0.9\n")
    return folder


def ancient_stresstune(folder: Path) -> Path:
    """Make a copy from before there were fleets."""
    shutil.rmtree(old_stresstune(folder) / "stresstune" / "workflow" / "fleet")
    return folder


def new_stresstune(folder: Path) -> Path:
    """Make a copy whose workers say more of themselves than this one understands."""
    copied("stresstune", folder)
    hosts = folder / "stresstune" / "fleet" / "hosts.py"
    field = '    engine_version: str = ""\n'
    assert field in hosts.read_text()
    hosts.write_text(hosts.read_text().replace(field, f"{field}    moon: int = 1\n"))
    return folder


def old_distributed(folder: Path) -> Path:
    told = copied("distributed", folder) / "distributed" / "_version.py"
    told.write_text('__version__ = "2025.1.0"\n__commit_id__ = ""\n')
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetCapacity]:
    """What is found of a good host, among others that are as old as their names say."""
    folder = tmp_path_factory.mktemp("versions")
    made = (old_stresstune, ancient_stresstune, new_stresstune, old_distributed)
    with running_cluster(folder) as cluster:
        cluster.add("good")
        for make in made:
            cluster.add(make.__name__, folder=make(folder / make.__name__))
        cluster.wait_for(1 + len(made))
        yield probe_fleet(cluster.address, SMALL, limit_bytes=500_000_000)


def test_the_good_host_counts(found: FleetCapacity) -> None:
    assert [host.name for host in found.hosts] == ["good"]
    assert found.hosts[0].memory is not None
    assert found.hosts[0].memory.sessions_that_fit is not None


def test_the_others_are_left_out_with_both_versions(found: FleetCapacity) -> None:
    reasons = {host.name: host.reason for host in found.missing}
    ours = installed_version()
    assert f"it has stresstune 0.0.9, and this one is {ours}" in reasons["old_stresstune"]
    dask = (
        f"it has distributed 2025.1.0, and this one is {importlib.metadata.version('distributed')}"
    )
    assert dask in reasons["old_distributed"]
    assert len(reasons) == 4


def test_those_that_cannot_be_talked_to_are_told_with_what_to_do(found: FleetCapacity) -> None:
    strangers = [host.reason for host in found.missing if host.name.startswith("tcp://")]
    assert len(strangers) == 2
    assert all("it has no stresstune that this one can talk to" in reason for reason in strangers)
