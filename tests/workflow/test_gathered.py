"""What is made of files that are in a folder twice, of another time, or of something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from stresstune.model.fleet import FleetCapacity, HostCapacity, MissingHost
from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.model.record import Estimate, Record
from stresstune.workflow.results import read_results
from tests.policy.evidence import api_of, linear_api, memory_that_fits


def probed(seconds: float, sessions: int = 20, **changes: object) -> MemoryCapacity:
    """Return a capacity with a reading, as every real one has."""
    reading = MemorySample(session=1, seconds=seconds, session_data_bytes=1, rss_bytes=1)
    return replace(memory_that_fits(sessions), samples=(reading,), **changes)


def fleet_of(*hosts: HostCapacity, missing: tuple[MissingHost, ...] = ()) -> FleetCapacity:
    return FleetCapacity(hosts=hosts, api=None, missing=missing)


def read(folder: Path, **records: Record) -> FleetCapacity:
    for name, record in records.items():
        (folder / f"{name}.json").write_text(record.to_json())
    found = read_results(folder).fleet
    assert found is not None
    return found


def test_a_copy_of_a_file_counts_once_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "web-1 (copy).json").write_text(probed(0.25).to_json())
    (tmp_path / "web-1.json").write_text(probed(0.25).to_json())
    found = read(tmp_path, web_2=probed(0.26))
    assert [host.name for host in found.hosts] == ["web-1", "web_2"]
    words = "web-1 (copy) is the same evidence as web-1, to the last reading: it counts once"
    assert found.notes == (words,)


def test_what_only_looks_alike_counts_as_often_as_it_is_there(tmp_path: Path) -> None:
    found = read(tmp_path, a=memory_that_fits(20), b=memory_that_fits(20))
    assert len(found.hosts) == 2
    assert not found.notes


def test_a_host_whose_fleet_was_measured_and_whose_own_file_is_there_too_counts_once(
    tmp_path: Path,
) -> None:
    fleet = fleet_of(HostCapacity(id="f00", name="web-1", memory=probed(0.25)))
    found = read(tmp_path, fleet=fleet, web_1=probed(0.25))
    assert [host.id for host in found.hosts] == ["f00"]


def test_hosts_of_one_name_are_two_and_can_be_told_apart(tmp_path: Path) -> None:
    one = fleet_of(HostCapacity(id="f00", name="web", memory=probed(0.25)))
    other = fleet_of(HostCapacity(id="f11", name="web", memory=probed(0.26)))
    found = read(tmp_path, a=one, b=other)
    assert [host.name for host in found.hosts] == ["web (f00)", "web (f11)"]


def test_a_host_that_was_measured_again_counts_once_with_the_least(tmp_path: Path) -> None:
    monday, tuesday = (
        fleet_of(HostCapacity(id="f00", name="web", memory=probed(at, fits)))
        for at, fits in ((0.1, 10), (0.2, 20))
    )
    found = read(tmp_path, monday=monday, tuesday=tuesday)
    assert [host.memory and host.memory.sessions_that_fit for host in found.hosts] == [10]
    assert found.notes == ("web was measured more than once: the least counts",)


def test_a_host_that_was_missing_and_has_a_file_of_its_own_is_there(tmp_path: Path) -> None:
    gone = (MissingHost(name="web-2", reason="it hangs"), MissingHost(name="web-3", reason="gone"))
    fleet = fleet_of(HostCapacity(id="f00", name="web-1", memory=probed(0.25)), missing=gone)
    (tmp_path / "web-2.json").write_text(probed(0.26).to_json())
    found = read(tmp_path, fleet=fleet, fleet_again=fleet)
    assert [host.name for host in found.hosts] == ["web-1", "web-2"]
    assert found.missing == gone[1:]
    assert "web-2: it hangs; another file tells of it, which counts" in found.notes


def test_the_real_api_counts_where_an_emulator_was_probed_too(tmp_path: Path) -> None:
    real = api_of(*linear_api(600).limits)
    played = replace(api_of(*linear_api(60).limits), simulated=True)
    found = read(tmp_path, web=probed(0.25), a_real=real, b_played=played)
    assert found.api == real
    assert found.notes == ("b_played: an emulator was probed, and the real API counts instead",)
    unknown = api_of(outcome="inconclusive")
    assert read(tmp_path, a_real=unknown).api == unknown


def test_a_copy_of_the_apis_probe_is_no_second_one(tmp_path: Path) -> None:
    api = api_of(*linear_api(600).limits)
    assert read(tmp_path, web=probed(0.25), api=api, api_again=api).notes == ()


@pytest.mark.parametrize(("larger", "said"), [(2.0, True), (1.2, False)])
def test_sessions_that_are_unlike_are_said(tmp_path: Path, larger: float, said: bool) -> None:
    size = 50e6 * larger
    other = probed(0.26, bytes_per_session=Estimate(size, size, size))
    found = read(tmp_path, few=probed(0.25), many=other)
    words = (
        "a session is 50.0 MB on few and 100 MB on many: were both measured for the same app and "
        "the same workload?"
    )
    assert found.notes == ((words,) if said else ())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_windows_wrote_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "web.json").write_bytes(probed(0.25).to_json().encode(encoding))
    assert [host.name for host in read(tmp_path).hosts] == ["web"]


def test_what_is_no_file_is_a_missing_host_and_hidden_files_are_none(tmp_path: Path) -> None:
    (tmp_path / "._web.json").write_bytes(b"\0")
    (tmp_path / "loop.json").symlink_to(tmp_path)
    found = read(tmp_path, web=probed(0.25))
    assert [str(host) for host in found.missing] == [f"loop: {tmp_path}/loop.json is no file"]


def placed(seconds: float, sessions: int, memory_id: str, host_id: str = "", **changes: object):
    fields = {"limit_source": "cgroup v2 /app", "memory_id": memory_id, "host_id": host_id}
    return probed(seconds, sessions, **{**fields, **changes})


def fitting(found: FleetCapacity) -> dict[str, int | None]:
    return {host.name: host.memory and host.memory.sessions_that_fit for host in found.hosts}


def test_an_older_file_of_one_host_is_no_second_host(tmp_path: Path) -> None:
    today, monday = placed(0.1, 20, "m1", "h1"), placed(0.2, 12, "m1", "h1")
    found = read(tmp_path, web_1=today, web_1_monday=monday, web_2=placed(0.3, 9, "m2", "h2"))
    assert fitting(found) == {"web_1": 12, "web_2": 9}
    words = (
        "web_1 and web_1_monday are one host, which was measured more than once: the least counts"
    )
    assert found.notes == (words,)


def test_a_host_that_was_started_anew_is_known_again_and_the_way_out_is_said(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, new=placed(0.1, 20, "m9", "h1"), older=placed(0.2, 12, "m1", "h1"))
    assert fitting(found) == {"new": 12}
    assert "started anew in between" in found.notes[0]
    assert "STRESSTUNE_FLEET_HOST" in found.notes[0]


def test_a_file_of_a_host_of_a_measured_fleet_is_that_host(tmp_path: Path) -> None:
    hosts = (
        HostCapacity(id=one, name=f"app-{one}", memory=placed(0.1, 20, one, "h")) for one in "ab"
    )
    found = read(tmp_path, fleet=fleet_of(*hosts), own=placed(0.2, 11, "b", "h"))
    assert fitting(found) == {"app-a": 20, "own": 11}


def test_groups_of_one_machine_that_were_measured_together_are_several_hosts(
    tmp_path: Path,
) -> None:
    hosts = [HostCapacity(id=one, name=one, memory=placed(0.1, 20, one, "h")) for one in "ab"]
    found = read(tmp_path, fleet=fleet_of(*hosts), own=placed(0.2, 11, "c", "h"))
    assert fitting(found) == {"a": 20, "b": 20, "own": 11}


def test_what_an_earlier_version_wrote_is_a_host_by_its_file(tmp_path: Path) -> None:
    found = read(tmp_path, a=placed(0.1, 20, ""), b=placed(0.2, 12, ""))
    assert fitting(found) == {"a": 20, "b": 12}


def test_a_stated_limit_stands_for_a_machine_of_its_own_and_what_may_be_one_is_said(
    tmp_path: Path,
) -> None:
    stated = {"limit_source": "--limit", "limit_bytes": 10**9}
    small = placed(0.3, 5, "m1", "h1", limit_source="--limit", limit_bytes=5 * 10**8)
    files = {name: placed(at, 20, "m1", "h1", **stated) for name, at in (("a", 0.1), ("b", 0.2))}
    found = read(tmp_path, **files, small=small)
    assert fitting(found) == {"a": 20, "b": 20, "small": 5}
    assert len(found.notes) == 1
    assert found.notes[0].startswith("a, b were measured on one machine with one stated limit")


def test_a_host_that_was_given_a_name_is_known_by_it_under_any_limit(tmp_path: Path) -> None:
    named = [
        placed(at, fits, name, name, limit_source="--limit")
        for at, fits, name in ((0.1, 20, "web-1"), (0.2, 12, "web-1"), (0.3, 9, "web-2"))
    ]
    found = read(tmp_path, a=named[0], b=named[1], c=named[2])
    assert fitting(found) == {"a": 12, "c": 9}
