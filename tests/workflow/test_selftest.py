from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from stresstune.config.schema import ApiOptions, Config
from stresstune.emulator import running_emulator, tailor
from stresstune.errors import MeasurementError
from stresstune.model.workload import Budget
from stresstune.workflow import probes, selftest
from stresstune.workflow.job import Job
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.probes import aprobe_api, probe_api
from stresstune.workflow.selftest import Ceiling, is_wanted, needed_per_second, self_test


def job(tmp_path: Path, **options: object) -> Job:
    config = Config(path=str(tmp_path / "workshop.toml"), api=ApiOptions(prompt="Hello"))
    return Job(path=config.path, options=TuneOptions(only="api", **options), config=config)


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(selftest, "SECONDS", 0.2)


@pytest.mark.parametrize("path", ["", "/edit"])
def test_the_same_kind_of_call_is_made_as_in_the_run(tmp_path, path: str) -> None:
    found = self_test(job(tmp_path, url=f"http://127.0.0.1:1{path}"))
    assert found.error == ""
    assert found.per_second > 0
    assert f"this machine makes {found.per_second:.0f} such calls a second" in found.words


@pytest.mark.parametrize(
    ("test", "needed"),
    [
        (LoadTest(kind="burst", concurrent=40), 40.0),
        (LoadTest(kind="sustained", rate_per_second=12.0), 12.0),
        (LoadTest(kind="ramp", stop=50), 50.0),
    ],
)
def test_a_classic_test_says_itself_what_it_needs(test: LoadTest, needed: float) -> None:
    assert needed_per_second(Config(path="a").workload, test) == needed


def test_more_than_half_of_the_ceiling_is_warned_of() -> None:
    assert not Ceiling(per_second=100, needed_per_second=50).is_low
    low = Ceiling(per_second=100, needed_per_second=51)
    assert low.is_low
    assert "beyond 50 a second it may measure this machine instead of the API" in low.words


def test_the_probe_goes_no_faster_than_half_of_the_ceiling(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(probes, "self_test", lambda *_: Ceiling(per_second=20, needed_per_second=9))
    with running_emulator(tailor(latency=0.0, spread=0.0)) as emulator:
        asked = job(tmp_path, url=emulator.base_url, budget=Budget(max_requests=12))
        found = probe_api(asked, None)
    starts = sorted(attempt.started_seconds for attempt in found.attempts)
    assert min(after - before for before, after in pairwise(starts)) > 0.09  # 10 a second


def test_what_is_not_known_slows_nothing_down() -> None:
    assert Ceiling(needed_per_second=50, error="no emulator").most_per_second == math.inf


def test_it_is_made_before_a_real_api_only(tmp_path) -> None:
    async def own() -> None: ...

    assert is_wanted(job(tmp_path, url="http://127.0.0.1:1"))
    assert not is_wanted(job(tmp_path, url="http://127.0.0.1:1", self_test=False))
    assert not is_wanted(job(tmp_path, simulate="free"))
    assert not is_wanted(job(tmp_path, target=own))


def test_a_machine_on_which_it_cannot_be_made_says_why(tmp_path, monkeypatch) -> None:
    import stresstune.emulator

    def refused(profile: object) -> None:
        raise MeasurementError("the emulator's process did not start")

    monkeypatch.setattr(stresstune.emulator, "running_emulator", refused)
    found = self_test(job(tmp_path, url="http://127.0.0.1:1"))
    assert found.words == "self-test: it could not be made (the emulator's process did not start)"
    assert not found.is_low


def test_the_result_says_what_the_machine_could_do(tmp_path, quick) -> None:
    told = []
    with running_emulator(tailor(rpm=5, latency=0.01, spread=0.0)) as emulator:
        asked = job(tmp_path, url=emulator.base_url, budget=Budget(max_requests=20))
        found = probe_api(asked, told.append)
        assert emulator.counts().generate == found.requests_sent  # it was made elsewhere
    assert found.notes[-1].startswith("self-test: this machine makes")
    assert told[0].message.startswith("the probe may spend at most 20 requests")
    assert told[1].message == "self-test: making calls to an emulator for a second"
    assert told[2].message == found.notes[-1]


@pytest.mark.anyio
async def test_asynchronous_programs_get_the_same(tmp_path, quick) -> None:
    with running_emulator(tailor(rpm=5, latency=0.01, spread=0.0)) as emulator:
        asked = job(tmp_path, url=emulator.base_url, budget=Budget(max_requests=20))
        found = await aprobe_api(asked, None)
    assert found.notes[-1].startswith("self-test: this machine makes")
