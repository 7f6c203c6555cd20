from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.aftermath import Aftermath, aftermath
from stresstune.config.apply import change
from stresstune.config.history import earlier_run, last_run, record_run, run
from stresstune.config.rollback import rollback
from stresstune.model.journal import Run
from tests.report import dossiers

SECRET = "s3cr3t"
CONFIG = f"""\
api_key = "{SECRET}"
MAX_CONCURRENT_SESSIONS = 30  # people

[slow_mode]
default = false
delay_seconds = 3.0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "app.toml"
    path.write_text(CONFIG)
    return path


def evidence(limit_bytes: int = 2_000_000_000):
    return dossiers.evidence_of(dossiers.memory(limit_bytes), dossiers.enough())


def apply_run(config: Path, limit_bytes: int = 2_000_000_000) -> Run:
    found = evidence(limit_bytes)
    change(config, found.recommendation, evidence=found)
    return latest(config)


def latest(config: Path) -> Run:
    found = run(config)
    assert found is not None
    return found


def after(config: Path, found: Run) -> Aftermath:
    return aftermath(config, found)


def test_a_change_is_told_with_its_diff_and_what_was_in_force(config) -> None:
    found = after(config, apply_run(config))
    assert found.entry is not None
    assert found.entry.changes[0].new == 20
    assert "-MAX_CONCURRENT_SESSIONS = 30  # people" in found.diff
    assert "+MAX_CONCURRENT_SESSIONS = 20  # people" in found.diff
    assert found.diff.startswith("--- app.toml\n")
    assert found.in_force == {
        "max_concurrent_sessions": 20,
        "slow_mode_default": False,
        "slow_mode_delay_seconds": 3.0,
    }
    assert found.keys["slow_mode_default"] == "slow_mode.default"


def test_no_secret_of_the_config_is_in_the_diff(config) -> None:
    assert SECRET not in after(config, apply_run(config)).diff


def test_what_was_in_force_is_of_that_run_and_not_of_today(config) -> None:
    first = apply_run(config)
    apply_run(config, 1_000_000_000)
    config.write_text(config.read_text().replace("default = false", "default = true"))
    assert after(config, first).in_force["max_concurrent_sessions"] == 20
    assert after(config, first).in_force["slow_mode_default"] is False


def test_a_run_that_changed_nothing_finds_the_file_as_the_next_change_found_it(config) -> None:
    apply_run(config)
    same = apply_run(config)
    apply_run(config, 1_000_000_000)
    found = after(config, same)
    assert (found.entry, found.diff) == (None, "")
    assert found.in_force["max_concurrent_sessions"] == 20


def test_a_change_that_was_taken_back_is_told_as_that(config) -> None:
    first = apply_run(config)
    rollback(config)
    found = after(config, first)
    assert found.entry is not None
    assert not found.entry.in_force
    assert found.in_force["max_concurrent_sessions"] == 20


def test_a_config_that_is_gone_is_a_note(config) -> None:
    number = record_run(config, evidence())
    config.unlink()
    found = run(config, number)
    assert found is not None
    assert after(config, found).in_force == {}
    assert "cannot be told" in after(config, found).notes[0]


def test_an_inconclusive_run_is_kept_for_its_report_and_for_nothing_else(config) -> None:
    good = apply_run(config)
    for _ in range(3):
        record_run(config, dossiers.of_nothing_known().run.evidence)
    assert latest(config).evidence.verdict.tier == "inconclusive"
    assert last_run(config) == good
    before = earlier_run(config, latest(config).id)
    assert before == good
    assert run(config, latest(config).id - 1) is None
    assert earlier_run(config, good.id) is None


def test_inconclusive_runs_push_no_other_out_of_a_small_journal(config) -> None:
    config.write_text(CONFIG + "\n[stresstune.journal]\nkeep = 1\n")
    good = apply_run(config)
    record_run(config, dossiers.of_nothing_known().run.evidence)
    assert last_run(config) == good
