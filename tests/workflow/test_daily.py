from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.history import record_run
from stresstune.config.load import load_config
from stresstune.emulator import tailor
from stresstune.model.change import Evidence
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.load import QuotaStatement
from stresstune.model.workload import Budget
from stresstune.policy import judge, recommend
from stresstune.workflow.daily import DailyQuota, known_daily, notes_on
from stresstune.workflow.job import Job
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.probes import probe_api
from tests.policy.evidence import api_of, classic

STATED = QuotaStatement(quota="requests", window_seconds=86_400, value=250, free_tier=True)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    return path


def remember(config: Path, api, *, model: str = "gemini-2.5-flash", **changes: object) -> None:
    verdict = judge(api=api)
    evidence = Evidence(
        verdict=verdict,
        recommendation=recommend(verdict),
        fingerprint=Fingerprint(model=model),
        **changes,
    )
    record_run(config, evidence)


def job(config: Path, **options: object) -> Job:
    return Job(path=str(config), options=TuneOptions(**options), config=load_config(config))


def test_what_a_429_once_said_of_the_day_bounds_the_next_probe(config) -> None:
    remember(config, api_of(quotas=(STATED,), requests_sent=50))
    asked = job(config)
    assert asked.daily is not None
    assert (asked.daily.value, asked.daily.used, asked.daily.free_tier) == (250, 50, True)
    assert asked.budget.max_requests == 100  # half of the 200 that are left
    words = asked.spending(asked.budget)
    assert "at most 100 requests" in words
    assert "up to 40 % of the daily quota of 250 requests (free tier, stated in run 1 of" in words
    assert "about 200 are left today" in words


def test_a_budget_that_was_asked_for_is_not_cut(config) -> None:
    asked = job(config, daily_quota=20, budget=Budget(max_requests=15))
    assert asked.budget.max_requests == 15
    assert "up to 75 % of the daily quota of 20" in asked.spending(asked.budget)


def test_the_option_outranks_the_journal_which_still_counts_the_calls(config) -> None:
    remember(config, api_of(quotas=(STATED,), requests_sent=50))
    remember(config, classic(total=30))
    found = known_daily(TuneOptions(daily_quota=1_000), load_config(config))
    assert found == DailyQuota(value=1_000, source="--daily-quota", used=80)


def test_the_emulator_s_day_and_another_model_s_are_not_this_one_s(config) -> None:
    remember(config, api_of(quotas=(STATED,), simulated=True), simulated=True)
    remember(config, api_of(quotas=(STATED,)), model="gemini-2.5-pro")
    asked = TuneOptions(model="gemini-2.5-flash")
    assert known_daily(asked, load_config(config)) is None
    assert known_daily(TuneOptions(model="gemini-2.5-pro"), load_config(config)) is not None
    assert known_daily(TuneOptions(simulate="free"), load_config(config)) is None


def test_calls_that_were_carried_over_are_not_counted_twice(config) -> None:
    from stresstune.config.history import last_run
    from stresstune.model.change import Origin

    remember(config, api_of(quotas=(STATED,), requests_sent=50))
    first = last_run(config)
    assert first is not None
    origin = Origin(run_id=first.id, at=first.at)
    remember(config, api_of(quotas=(STATED,), requests_sent=50), carried={"api": origin})
    found = known_daily(TuneOptions(), load_config(config))
    assert found is not None
    assert (found.used, found.source) == (50, f"stated in {origin}")


def test_a_free_key_is_said_so() -> None:
    known = DailyQuota(value=250, source="--daily-quota", used=100)
    (said,) = notes_on(api_of(quotas=(STATED,)), known)
    assert "free tier" in said


def test_what_a_free_key_s_day_has_left_is_said_to_be_unknown_where_it_is() -> None:
    minute = QuotaStatement(quota="requests", window_seconds=60, value=15, free_tier=True)
    (said,) = notes_on(api_of(quotas=(minute,), requests_sent=18, rejected=2), None)
    assert "16 of the day's calls were used now (how many it has was not told" in said
    known = DailyQuota(value=250, source="--daily-quota")
    left, said = notes_on(api_of(quotas=(minute,), requests_sent=18, rejected=2), known)
    assert "are left today" in left
    assert "not told" not in said


def test_a_used_up_day_is_said_to_be_one_and_not_to_have_some_left(config) -> None:
    profile = tailor(rpd=3, latency=0.01, spread=0.0)
    found = probe_api(job(config, simulate=profile, daily_quota=20), None)
    assert "daily quota of 3 requests is used up: 0 are left" in found.notes[0]
    assert not any("are left today" in note for note in found.notes)


def test_how_much_is_left_is_said_as_far_as_known() -> None:
    known = DailyQuota(value=250, source="--daily-quota", used=100)
    (said,) = notes_on(api_of(requests_sent=61), known)
    assert said.startswith("about 89 of 250 requests are left today (--daily-quota)")
    assert notes_on(api_of(), None) == ()


def test_a_probe_of_a_key_with_a_small_day_leaves_half_of_it(config) -> None:
    profile = tailor(rpd=20, latency=0.01, spread=0.0)
    found = probe_api(job(config, simulate=profile, daily_quota=20), None)
    assert 0 < found.requests_sent <= 10
    assert any("of 20 requests are left today" in note for note in found.notes)
