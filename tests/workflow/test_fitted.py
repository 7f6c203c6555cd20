from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from stresstune.errors import UsageError
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory
from stresstune.model.fleet import FleetCapacity, HostCapacity
from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.model.record import Estimate
from stresstune.model.workload import Workload
from stresstune.workflow.check import check
from stresstune.workflow.fitted import OtherWorkload, memory_for
from stresstune.workflow.results import read_results
from stresstune.workflow.tune import tune
from tests.policy.evidence import api_of, classic, linear_api, memory_of

MB = 10**6
SMALL = Workload(images_per_session=5, image_bytes=MB)
LARGE = Workload(images_per_session=30, image_bytes=MB)


def measured(workload: Workload, **changes: object) -> MemoryCapacity:
    """Return what is found under 2 GB, where sessions keep 1 % beyond their pictures."""
    given = workload.session_bytes
    samples = tuple(
        MemorySample(session=n, seconds=n, session_data_bytes=n * given, rss_bytes=n * given)
        for n in range(4)
    )
    return memory_of(each_bytes=1.01 * given, **{"samples": samples, **changes})


def test_pictures_of_the_same_size_are_the_same_evidence() -> None:
    found = measured(SMALL)
    assert memory_for(found, SMALL) is found
    assert memory_for(found, replace(SMALL, image_bytes=MB + 5_000)) is found


def test_other_pictures_are_scaled_as_if_they_had_been_measured_and_that_is_said() -> None:
    scaled, really = memory_for(measured(SMALL), LARGE), measured(LARGE)
    assert scaled.bytes_per_session == pytest.approx(really.bytes_per_session)
    assert 0 <= (really.sessions_that_fit or 0) - (scaled.sessions_that_fit or 0) <= 1
    assert (
        "measured with 5.00 MB of pictures in a session, scaled to the 30.0 MB" in scaled.notes[0]
    )


@pytest.mark.parametrize("kind", ["encoded", "decoded", "base64"])
def test_a_probe_that_is_scaled_says_about_what_a_probe_of_the_workload_says(kind: str) -> None:
    few = Workload(sessions=4, images_per_session=2, image_bytes=400_000, image_kind=kind)
    many = replace(few, images_per_session=6)
    there, here = (probe_memory(one, limit_bytes=500 * MB) for one in (few, many))
    assert memory_for(there, few) is there
    scaled = memory_for(there, many)
    assert scaled.sessions_that_fit == pytest.approx(here.sessions_that_fit, rel=0.05)


def test_sessions_that_kept_something_else_are_refused() -> None:
    size = Estimate(40 * MB, 40 * MB, 40 * MB)
    for found in (measured(SMALL, bytes_per_session=size), measured(SMALL, at_least=True)):
        with pytest.raises(OtherWorkload, match=r"with 5\.00 MB of pictures .* measure again"):
            memory_for(found, LARGE)
    with pytest.raises(OtherWorkload):
        memory_for(measured(SMALL), replace(SMALL, images_per_session=0))


def test_sessions_of_the_apps_own_do_not_depend_on_the_workload() -> None:
    for found in (measured(SMALL, source=Factory("app:session").name), measured(SMALL, samples=())):
        assert memory_for(found, LARGE) is found


def test_a_single_file_of_another_workload_is_scaled_or_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "web.json"
    file.write_text(measured(SMALL).to_json())
    scaled = read_results(file, LARGE).memory
    assert scaled is not None
    assert scaled.sessions_that_fit == 64
    assert read_results(file).memory == measured(SMALL)
    file.write_text(measured(SMALL, at_least=True).to_json())
    with pytest.raises(
        UsageError, match=r"web\.json cannot be used: it was measured with 5\.00 MB"
    ):
        read_results(file, LARGE)


def test_in_a_folder_and_in_a_fleet_a_host_of_another_workload_is_missing(tmp_path: Path) -> None:
    other = measured(SMALL, at_least=True)
    hosts = [HostCapacity(id=one, name=one, memory=other) for one in ("app-1",)]
    (tmp_path / "fleet.json").write_text(FleetCapacity(hosts=tuple(hosts), api=None).to_json())
    (tmp_path / "web.json").write_text(measured(LARGE).to_json())
    (tmp_path / "x.json").write_text(other.to_json())
    fleet = read_results(tmp_path, LARGE).fleet
    assert fleet is not None
    assert [host.name for host in fleet.hosts] == ["web"]
    assert {one.name for one in fleet.missing} == {"app-1", "x"}


def test_hosts_that_were_measured_with_other_pictures_are_not_called_unlike(tmp_path: Path) -> None:
    for name, workload in (("few", SMALL), ("many", LARGE)):
        (tmp_path / f"{name}.json").write_text(measured(workload).to_json())
    fleet = read_results(tmp_path, LARGE).fleet
    assert fleet is not None
    assert not [note for note in fleet.notes if "the same workload?" in note]


@pytest.mark.parametrize(("now", "counts"), [(10.0, 10.0), (4.0, 4.0), (30.0, 10.0)])
def test_of_two_objectives_the_stricter_counts_and_is_said(now: float, counts: float) -> None:
    api = api_of(*linear_api(600).limits)
    found = read_results(api.to_dict(), Workload(latency_objective_seconds=now)).api
    assert found is not None
    assert found.latency_objective_seconds == counts
    assert bool(found.notes) == (now != 10.0)


def test_a_classic_test_is_of_no_objective() -> None:
    found = read_results(classic().to_dict(), Workload(latency_objective_seconds=4.0))
    assert found.api == read_results(classic().to_dict()).api


def test_a_startup_check_scales_what_is_right_to_the_workload_of_today(tmp_path: Path) -> None:
    path = tmp_path / "workshop.toml"
    text = """MAX_CONCURRENT_SESSIONS = 60
[stresstune.workload]
sessions = 60
image_bytes = 1_000_000
images_per_session = """
    path.write_text(f"{text}5\n")
    tune(path, results={"memory": measured(SMALL).to_dict()})
    path.write_text(f"{text}30\n")
    found = check(path, limit_bytes=2000 * MB)
    assert found.status == "drifted"
    assert found.right == {"MAX_CONCURRENT_SESSIONS": 51}
