from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from stresstune.config.history import last_run
from stresstune.memory.ends import boundary
from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.memory import MemoryLimit
from stresstune.workflow import remembered
from stresstune.workflow.tune import tune
from tests.policy.evidence import api_of, classic, memory_that_fits

CONFIG = """\
MAX_CONCURRENT_SESSIONS = 30

[slow_mode]
default = false
delay_seconds = 3.0

[stresstune.workload]
max_slow_mode_delay_seconds = 3.0
"""

ROOMY = memory_that_fits(60)


@pytest.fixture(autouse=True)
def without_a_key(monkeypatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "STRESSTUNE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text(CONFIG)
    return path


def document(memory=None, api=None) -> dict:
    return {
        "schema": 1,
        "memory": memory.to_dict() if memory else None,
        "api": api.to_dict() if api else None,
    }


def tight(**changes: object) -> ApiCapacity:
    limit = Limit(kind="requests_per_minute", value=100, low=100, high=100, provenance="stated")
    return api_of(limit, **changes)


def sessions_in(config: Path) -> int:
    return tomllib.loads(config.read_text())["MAX_CONCURRENT_SESSIONS"]


def test_memory_alone_does_not_forget_what_the_api_was_found_to_carry(config) -> None:
    tune(config, results=document(memory_that_fits(5), tight()))
    assert sessions_in(config) == 4
    result = tune(config, results=document(ROOMY))
    carried = tight().max_sessions(5.0)
    assert 4 < carried < 30
    assert result.recommendation is not None
    assert result.recommendation.max_concurrent_sessions == carried
    assert sessions_in(config) <= carried
    assert result.binding == "requests_per_minute"
    assert result.findings[1].statement.endswith(f", from run 1 of {today(config)}")
    assert any("api was not measured now" in note for note in result.notes)


def today(config: Path) -> str:
    run = last_run(config)
    assert run is not None
    return run.at[:10]


def test_a_second_run_names_the_run_that_really_measured_it(config) -> None:
    tune(config, results=document(ROOMY, tight()))
    for _ in range(2):
        result = tune(config, results=document(ROOMY))
        assert "from run 1 of" in result.findings[1].statement
    run = last_run(config)
    assert run is not None
    assert (run.id, run.evidence.carried["api"].run_id) == (3, 1)


def test_the_api_alone_does_not_forget_how_many_fit_in_memory(config, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "520MB")
    tune(config, results=document(memory_that_fits(10), tight()))
    generous = api_of(outcome="enough", proven_per_minute=5000, proven_in_flight=100)
    result = tune(config, results=document(api=generous))
    assert (result.binding, sessions_in(config)) == ("memory", 8)
    run = last_run(config)
    assert run is not None
    assert run.evidence.fingerprint.limit_bytes == 520_000_000


def test_memory_that_shrank_since_then_counts_as_it_is_now(config, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "520MB")
    tune(config, results=document(memory_that_fits(40), tight()))
    result = tune(config, results=document(api=tight()))
    assert result.memory is not None
    assert result.memory.sessions_that_fit == 10


def test_who_else_is_there_counts_where_a_stated_limit_is_left_for_a_real_one(
    config, monkeypatch
) -> None:
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "1GB")
    tune(config, results=document(memory_that_fits(40, limit_source="--limit"), tight()))
    monkeypatch.delenv("STRESSTUNE_MEMORY_LIMIT")
    here = MemoryLimit(limit_bytes=520_000_000, source="cgroup v1 /app", used_bytes=0)
    monkeypatch.setattr(remembered, "read_limit", lambda **_: here)
    found = []
    for others in (0, 100_000_000):
        monkeypatch.setattr(boundary, "others_bytes", lambda others=others: others)
        result = tune(config, results=document(api=tight()), dry_run=True)
        assert result.memory is not None
        assert result.memory.limit_source == "cgroup v1 /app"
        found.append(result.memory.sessions_that_fit)
    assert found[1] < found[0] < 40


@pytest.mark.parametrize(
    "workload",
    ["think_seconds = 20.0", "latency_objective_seconds = 3.0"],
)
def test_an_answer_to_another_question_is_not_carried_over(config, workload) -> None:
    tune(config, results=document(ROOMY, tight()))
    config.write_text(config.read_text() + workload + "\n")
    assert tune(config, results=document(ROOMY)).api is None


def test_another_picture_size_asks_for_memory_anew(config) -> None:
    tune(config, results=document(ROOMY, tight()))
    config.write_text(config.read_text() + "image_bytes = 9_000_000\n")
    assert tune(config, results=document(api=tight())).memory is None


def test_the_emulator_s_word_is_never_taken_for_the_real_api_s(config) -> None:
    tune(config, results=document(ROOMY, tight(simulated=True)))
    result = tune(config, results=document(ROOMY))
    assert (result.api, result.simulated, result.notes) == (None, False, ())


def test_practice_in_between_does_not_hide_the_real_measurement(config) -> None:
    tune(config, results=document(ROOMY, tight()))
    tune(config, results=document(ROOMY, tight(simulated=True)))
    assert "from run 1 of" in tune(config, results=document(ROOMY)).findings[1].statement


def test_what_could_not_be_told_then_is_passed_over(config) -> None:
    tune(config, results=document(ROOMY, classic(rejected=12)))
    tune(config, results=document(memory_that_fits(20), tight(outcome="inconclusive")))
    assert "from run 1 of" in tune(config, results=document(ROOMY)).findings[1].statement


def test_another_model_is_asked_anew(config) -> None:
    from stresstune.workflow.job import new_job
    from stresstune.workflow.options import TuneOptions
    from stresstune.workflow.remembered import with_the_other_side
    from stresstune.workflow.results import Measured

    config.write_text(CONFIG + '\n[stresstune.api]\nmodel = "gemini-2.5-pro"\n')
    measured_with("gemini-2.5-pro", config)
    job = new_job(config, TuneOptions(only="memory"))
    assert with_the_other_side(job, Measured(memory=ROOMY)).measured.api is not None
    other = new_job(config, TuneOptions(only="memory", model="gemini-2.5-flash"))
    assert with_the_other_side(other, Measured(memory=ROOMY)).measured.api is None


def measured_with(model: str, config: Path) -> None:
    from msgspec.structs import replace

    from stresstune.config.history import record_run
    from stresstune.model.change import Evidence
    from stresstune.model.fingerprint import Fingerprint
    from stresstune.model.workload import Workload
    from stresstune.policy import judge, recommend

    workload = replace(Workload(), max_slow_mode_delay_seconds=3.0)
    verdict = judge(ROOMY, tight(), workload)
    where = Fingerprint(model=model, key_fingerprint="abc")
    found = Evidence(verdict=verdict, recommendation=recommend(verdict), fingerprint=where)
    record_run(config, found)


def test_the_key_that_the_api_was_measured_with_stays_in_the_journal(config) -> None:
    measured_with("gemini-2.5-flash", config)
    tune(config, only="memory", limit_bytes=3_000_000_000)
    run = last_run(config)
    assert run is not None
    where = run.evidence.fingerprint
    assert (where.model, where.key_fingerprint) == ("gemini-2.5-flash", "abc")
    assert where.limit_bytes == 3_000_000_000


def test_a_journal_that_cannot_be_read_carries_nothing(config) -> None:
    tune(config, results=document(ROOMY, tight()))
    (config.parent / ".stresstune" / "journal.db").write_bytes(b"no database" * 999)
    assert tune(config, results=document(ROOMY)).api is None
