from __future__ import annotations

import pytest

from stresstune.config.schema import Config
from stresstune.emulator import running_emulator, tailor
from stresstune.model.workload import Progress, Workload
from stresstune.testing import FixedWindow, SimulatedService
from stresstune.workflow.job import Job
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.probes import arun_test, check_api, probe_api, run_test
from tests.policy.evidence import classic

TESTS = [
    (LoadTest(kind="burst", concurrent=7), 7),
    (LoadTest(kind="sustained", rate_per_second=50, seconds=0.2), 10),
    (LoadTest(kind="ramp", stop=5), 5),
]


def job() -> Job:
    service = SimulatedService(rate=FixedWindow(quota=100), latency_seconds=0.001)
    return Job(path="a", options=TuneOptions(only="api", target=service), config=Config(path="a"))


@pytest.mark.parametrize(("test", "total"), TESTS)
def test_each_classic_test_makes_its_calls(test: LoadTest, total: int) -> None:
    told = []
    found = run_test(job(), test, told.append)
    assert (found.kind, found.total) == (test.kind, total)
    assert told[0].message == f"the probe may spend at most {total} requests"


@pytest.mark.anyio
@pytest.mark.parametrize(("test", "total"), TESTS)
async def test_each_has_its_asynchronous_twin(test: LoadTest, total: int) -> None:
    found = await arun_test(job(), test, None)
    assert (found.kind, found.total) == (test.kind, total)


@pytest.mark.parametrize(
    ("sessions", "tier", "words"),
    [
        (12, "good", "Let in 12."),
        (40, "concerning", "Let in 26."),
        (90, "critical", "in slow mode."),
    ],
)
def test_a_ramp_is_read_for_the_wanted_sessions(
    monkeypatch, sessions: int, tier: str, words: str
) -> None:
    from stresstune.api import classic as ramps

    seen = classic("ramp", total=105, rejected=3, breaking_point=30)
    monkeypatch.setattr(ramps, "ramp", lambda *_, **__: seen)
    config = Config(path="a", workload=Workload(sessions=sessions))
    asked = Job(path="a", options=job().options, config=config)
    found = run_test(asked, LoadTest(kind="ramp", stop=30), None)
    assert (found.tier, found.breaking_point) == (tier, 30)
    assert found.recommendation.startswith(f"For {sessions} sessions: The ramp met its first")
    assert words in found.recommendation


def test_a_test_of_a_project_that_cannot_pay_says_what_that_means() -> None:
    options = TuneOptions(only="api", simulate="billing=prepaid_empty")
    asked = Job(path="a", options=options, config=Config(path="a"))
    found = run_test(asked, LoadTest(kind="burst", concurrent=2), None)
    assert "no money left" in found.recommendation


def test_a_test_of_the_emulator_is_marked_as_such() -> None:
    options = TuneOptions(only="api", simulate="latency=0.01,spread=0")
    asked = Job(path="a", options=options, config=Config(path="a"))
    assert run_test(asked, LoadTest(kind="burst", concurrent=2), None).simulated
    assert not run_test(job(), LoadTest(kind="burst", concurrent=2), None).simulated


def test_each_step_before_the_first_call_is_told(monkeypatch) -> None:
    with running_emulator(tailor("free", latency=0.0)) as emulator:
        monkeypatch.setenv("GEMINI_API_KEY", "any")
        options = TuneOptions(url=emulator.base_url)
        asked = Job(path="a", options=options, config=Config(path="a"))
        told: list[Progress] = []
        check_api(asked, told.append)
        run_test(asked, LoadTest(kind="burst", concurrent=2), told.append)
    announced = [one.message for one in told if one.total is None]
    checked = "checking the key and the model gemini-2.5-flash, which is free"
    assert announced[0] == checked
    assert announced[1].startswith("the probe may spend at most 2 requests")
    assert announced[2] == "self-test: making calls to an emulator for a second"
    assert announced[3].startswith("self-test: this machine makes")
    assert announced[4] == checked


def test_of_the_emulator_it_is_told_that_it_starts() -> None:
    told: list[Progress] = []
    options = TuneOptions(only="api", simulate="tier1")
    asked = Job(path="a", options=options, config=Config(path="a"))
    run_test(asked, LoadTest(kind="burst", concurrent=2), told.append)
    assert told[1].message == "starting an emulator of the API (tier1)"


def test_a_rehearsal_does_not_wait_a_minute_to_see_whether_refused_calls_count() -> None:
    options = TuneOptions(only="api", simulate="rpm=20,latency=0.01,spread=0")
    found = probe_api(Job(path="a", options=options, config=Config(path="a")), None)
    assert found.simulated
    assert found.requests_sent - found.rejected == 20  # and no other, once the minute has turned
