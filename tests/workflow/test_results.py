from __future__ import annotations

import json
from pathlib import Path

import pytest

from stresstune.errors import UsageError
from stresstune.model.fleet import FleetCapacity, HostCapacity, MissingHost
from stresstune.model.record import Record
from stresstune.workflow.gathered import most_careful
from stresstune.workflow.results import Measured, read_results
from tests.policy.evidence import api_of, classic, linear_api, memory_that_fits


def write(folder: Path, **records: Record) -> Path:
    for name, record in records.items():
        (folder / f"{name}.json").write_text(record.to_json())
    return folder


def fleet_in(folder: Path) -> FleetCapacity:
    found = read_results(folder).fleet
    assert found is not None
    return found


def slow_api(per_minute: float) -> Record:
    return api_of(*linear_api(per_minute).limits)


def test_each_file_of_a_folder_is_a_host(tmp_path: Path) -> None:
    write(tmp_path, one=memory_that_fits(20), two=memory_that_fits(7), api=slow_api(60))
    fleet = fleet_in(tmp_path)
    assert [host.name for host in fleet.hosts] == ["one", "two"]
    assert fleet.api is not None
    assert not fleet.missing


def test_a_file_that_cannot_be_read_is_a_missing_host_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, one=memory_that_fits(20))
    (tmp_path / "two.json").write_text("{")
    assert [host.name for host in fleet_in(tmp_path).missing] == ["two"]
    assert "no JSON" in fleet_in(tmp_path).missing[0].reason


def test_of_several_probes_of_the_one_api_the_most_careful_is_used(tmp_path: Path) -> None:
    write(tmp_path, a=slow_api(600), b=slow_api(120), c=api_of(outcome="inconclusive"))
    fleet = fleet_in(tmp_path)
    assert isinstance(fleet.api, Record)
    assert fleet.api == slow_api(120)
    assert "what b found is used" in fleet.notes[0]


def test_a_classic_test_counts_only_where_no_probe_was_made() -> None:
    probed, burst = slow_api(60), classic(tier="good")
    assert most_careful([("a", burst), ("b", probed)])[0] == probed
    assert most_careful([("a", burst)]) == (burst, ())


def test_a_fleet_that_was_measured_is_read_again(tmp_path: Path) -> None:
    host = HostCapacity(id="h", name="app-1", memory=memory_that_fits(20))
    missing = MissingHost(name="app-2", reason="it does not answer")
    fleet = FleetCapacity(hosts=(host,), api=slow_api(60), missing=(missing,))
    file = tmp_path / "fleet.json"
    file.write_text(fleet.to_json())
    assert read_results(file) == Measured(api=fleet.api, fleet=fleet)
    assert fleet_in(tmp_path).missing == (missing,)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \*.json"):
        read_results(tmp_path)
    (tmp_path / "one.json").write_text("{}")
    with pytest.raises(UsageError, match="no measurement that can be used"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"schema": 1, "memory": [1]}, r"memory is \[1\]: it must be an object, or null"),
        ({"schema": 1, "memory": "x"}, "memory is 'x': it must be an object"),
        ({"schema": 1, "api": 5}, "api is 5: it must be an object"),
        ({"schema": 1, "record": "tune_result", "fleet": [1]}, r"fleet is \[1\]"),
        ({"schema": 1, "record": "tune_result", "fleet": {"x": 1}}, "FleetCapacity"),
        ({"schema": 1, "record": "tune_result", "fleet": {"capacity": 5}}, "capacity is 5"),
        ({"schema": 1, "record": [], "memory": 1}, "memory is 1"),
        ({"schema": 1, "record": "fleet_capacity"}, "FleetCapacity"),
        ({"schema": 1, "sessions_that_fit": 10**400}, "MemoryCapacity"),
        ({"schema": 99, "memory": {"sessions_that_fit": 3}}, "schema is 99, and this version"),
        ({"schema": 99, "memory": None}, "schema is 99, and this version reads 1"),
    ],
)
def test_a_document_that_is_not_ours_is_refused_by_name(
    tmp_path: Path, document: dict[str, object], why: str
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=f"results.json cannot be used: .*{why}"):
        read_results(file)
    with pytest.raises(UsageError, match="the document cannot be used"):
        read_results(document)


def test_a_file_that_is_nested_beyond_measure_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text("[" * 100_000)
    with pytest.raises(UsageError, match=r"results\.json is no JSON"):
        read_results(file)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(tmp_path: Path, word: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(f'{{"schema": 1, "memory": {{"seconds": {word}}}}}')
    with pytest.raises(UsageError, match=f"is no JSON: {word} is no number"):
        read_results(file)


def test_numbers_beyond_measure_are_refused() -> None:
    plain = memory_that_fits(24).to_dict()
    for field in ("bytes_per_session", "headroom_ratio"):
        with pytest.raises(UsageError, match="cannot be used"):
            read_results({"schema": 1, "memory": {**plain, field: 10**400}})
    size = {"value": 10**400, "low": 1, "high": 2}
    with pytest.raises(UsageError, match="cannot be used"):
        read_results({"schema": 1, "memory": {**plain, "bytes_per_session": size}})
