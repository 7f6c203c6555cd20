"""``plan --from`` and ``apply --from`` with a folder of results, one for each host."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.model.record import Record
from tests.cli.conftest import Run
from tests.policy.evidence import api_of, linear_api, memory_that_fits


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Results of two hosts, of which one is small, and of the API that they share."""
    made = tmp_path / "results"
    made.mkdir()
    records: dict[str, Record] = {
        "large": memory_that_fits(40),
        "small": memory_that_fits(10),
        "api": api_of(*linear_api(2000).limits),
    }
    for name, record in records.items():
        (made / f"{name}.json").write_text(record.to_json())
    return str(made)


def test_the_results_of_each_host_are_merged_into_one_plan(
    run: Run, config: Path, folder: str
) -> None:
    before = config.read_bytes()
    said = run("plan", "--from", folder, "--json")
    assert said.code == 0, said.err
    found = said.document
    assert {one["name"]: one["sessions"] for one in found["fleet"]["seats"]} == {
        "large": 22,
        "small": 8,
    }
    assert found["changes"][0]["new"] == found["fleet"]["same_sessions"] == 8
    assert len(found["fleet"]["replicas"]) == 16
    assert config.read_bytes() == before


def test_one_number_that_is_safe_everywhere_is_written(run: Run, config: Path, folder: str) -> None:
    said = run("apply", "--from", folder)
    assert said.code == 0, said.err
    assert "MAX_CONCURRENT_SESSIONS = 8" in config.read_text()
    assert "One number for all hosts: 8." in said.out
    assert run("check").code == 0
    assert run("rollback").code == 0
    assert "MAX_CONCURRENT_SESSIONS = 30" in config.read_text()


def test_a_host_may_take_its_own_number(run: Run, config: Path, folder: str) -> None:
    assert run("apply", "--from", folder, "--host", "large").code == 0
    assert "MAX_CONCURRENT_SESSIONS = 22" in config.read_text()


def test_a_host_that_is_not_there_is_refused(run: Run, config: Path, folder: str) -> None:
    said = run("apply", "--from", folder, "--host", "nobody")
    assert said.code == 2
    assert "there are large, small" in said.err


def test_a_fleet_of_which_a_host_is_missing_never_gets_bolder(
    run: Run, config: Path, folder: str
) -> None:
    config.write_text(config.read_text().replace("= 30", "= 5", 1))
    Path(folder, "third.json").write_text("{")
    said = run("apply", "--from", folder)
    assert said.code == 0
    assert "MAX_CONCURRENT_SESSIONS = 5" in config.read_text()
    assert "nothing is known of third" in said.out


def test_what_a_run_over_a_fleet_printed_can_be_used_again(
    run: Run, config: Path, folder: str, tmp_path: Path
) -> None:
    saved = tmp_path / "fleet-run.json"
    saved.write_text(run("plan", "--from", folder, "--json").out)
    found = run("plan", "--from", str(saved), "--json").document
    assert found["fleet"]["same_sessions"] == 8
