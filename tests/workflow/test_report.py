from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from stresstune.config.apply import change
from stresstune.config.history import record_run
from stresstune.errors import UsageError, WriteError
from stresstune.model.fleet import FleetFound, HostResult
from stresstune.model.report import Dossier
from stresstune.workflow.report import asave_report, gather, save_report
from tests.report import dossiers


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    return path


@pytest.fixture
def applied(config: Path) -> Path:
    """A config that two runs were applied to."""
    for limit_bytes in (8_000_000_000, 2_000_000_000):
        found = dossiers.evidence_of(dossiers.memory(limit_bytes), dossiers.enough())
        change(config, found.recommendation, evidence=found)
    return config


def test_the_latest_run_is_told_and_compared_with_the_one_before(applied) -> None:
    dossier = gather(applied)
    assert dossier.path == "workshop.toml"
    assert dossier.earlier is not None
    assert (dossier.run.id, dossier.earlier.id) == (2, 1)
    assert dossier.in_force["max_concurrent_sessions"] == 20


def test_any_run_may_be_told_and_compared_with_any(applied) -> None:
    dossier = gather(applied, run_id=1, against=2)
    assert dossier.earlier is not None
    assert (dossier.run.id, dossier.earlier.id) == (1, 2)
    assert gather(applied, run_id=1).earlier is None


def test_a_fleet_is_told_of_without_the_file_here(applied) -> None:
    found = dossiers.evidence_of(dossiers.memory(), dossiers.enough())
    host = HostResult(name="app-1", outcome="written")
    record_run(applied, replace(found, fleet=FleetFound(seats=(), hosts=(host,))))
    dossier = gather(applied)
    assert (dossier.run.id, dossier.earlier, dossier.entry) == (3, None, None)
    assert not dossier.in_force
    assert gather(applied, against=1).earlier is not None


def test_a_run_that_is_not_there_is_a_usage_error(applied) -> None:
    with pytest.raises(UsageError, match="holds no run 9"):
        gather(applied, run_id=9)
    with pytest.raises(UsageError, match="holds no run 8"):
        gather(applied, against=8)


def test_without_a_measurement_there_is_nothing_to_tell(config) -> None:
    with pytest.raises(UsageError, match=r"holds no measurement: run `stresstune apply` first"):
        gather(config)


def test_a_report_in_json_is_the_dossier_itself(applied, tmp_path) -> None:
    out = tmp_path / "report.json"
    saved = save_report(out, applied)
    assert Dossier.from_json(out.read_text()) == saved


def test_every_form_is_written(applied, tmp_path) -> None:
    pytest.importorskip("vl_convert", reason="pip install '.[report]'")
    for ending, beginning in ((".html", b"<!doctype html>"), (".md", b"# "), (".png", b"\x89PNG")):
        out = tmp_path / f"report{ending}"
        save_report(out, applied)
        assert out.read_bytes().startswith(beginning)


def test_an_earlier_report_is_written_over(applied, tmp_path) -> None:
    out = tmp_path / "report.md"
    out.write_text("old")
    save_report(out, applied)
    assert "old" not in out.read_text().splitlines()


def test_a_name_without_a_known_ending_is_a_usage_error(applied) -> None:
    with pytest.raises(UsageError, match=r"report\.docx: its ending must say"):
        save_report("report.docx", applied)


def test_a_place_that_cannot_be_written_is_named(applied, tmp_path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        save_report(tmp_path / "nowhere" / "report.md", applied)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_asynchronous_programs_save_without_blocking(applied, tmp_path, backend) -> None:
    out = tmp_path / "report.md"
    saved = anyio.run(partial(asave_report, out, applied, run_id=1), backend=backend)
    assert saved.run.id == 1
    assert out.read_text().startswith("# ")


def test_an_old_journal_still_gives_a_report_that_says_what_is_missing(config, tmp_path) -> None:
    found = dossiers.evidence_of(
        dossiers.memory(samples=(), guard_bytes=None), dossiers.api(dossiers.RPM_150, attempts=())
    )
    change(config, found.recommendation, evidence=found)
    save_report(tmp_path / "old.md", config)
    assert "The single calls are not in the journal" in (tmp_path / "old.md").read_text()


def test_another_folder_for_the_journal_is_looked_into(config, tmp_path) -> None:
    found = dossiers.evidence_of(dossiers.memory(), dossiers.enough())
    change(config, found.recommendation, evidence=found, state_dir=tmp_path / "state")
    assert gather(config, state_dir=tmp_path / "state").run.evidence == replace(found)
