from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from stresstune.config.history import last_run
from stresstune.errors import (
    ConfigError,
    CredentialsMissing,
    Interrupted,
    TargetUnusable,
    UsageError,
    WriteError,
)
from stresstune.model.api import Limit
from stresstune.model.workload import Budget
from stresstune.testing import SimulatedService
from stresstune.workflow import measure
from stresstune.workflow.results import Measured
from stresstune.workflow.tune import atune, tune
from tests.policy.evidence import api_of, classic, linear_api, memory_of, memory_that_fits

CONFIG = """\
MAX_CONCURRENT_SESSIONS = 30

[slow_mode]
default = false
delay_seconds = 3.0

[stresstune.workload]
images_per_session = 1
image_bytes = 200_000
"""


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


def values(config: Path) -> dict:
    return tomllib.loads(config.read_text())


def test_what_was_measured_is_written_and_can_be_explained(config) -> None:
    told = []
    result = tune(config, only="memory", limit_bytes=16_000_000, on_progress=told.append)
    assert result.outcome == "written"
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == result.changes[0].new < 30
    assert "less 20 % headroom" in result.changes[0].because
    run = last_run(config)
    assert run is not None
    assert run.evidence.verdict.memory == result.memory
    assert run.evidence.fingerprint.limit_bytes == 16_000_000
    assert {progress.stage for progress in told} == {"memory"}


def test_a_target_of_one_s_own_can_be_probed(config) -> None:
    service = SimulatedService(latency_seconds=0.001)
    result = tune(
        config, only="api", target=service, budget=Budget(max_requests=40, max_seconds=20)
    )
    assert result.memory is None
    assert result.api is not None
    assert 0 < result.api.requests_sent <= 40


@pytest.mark.anyio
async def test_asynchronous_programs_get_the_same(config) -> None:
    result = await atune(config, only="memory", limit_bytes=16_000_000)
    assert (result.outcome, result.written) == ("written", True)
    again = await atune(config, only="memory", limit_bytes=16_000_000, if_needed=True)
    assert again.outcome in {"not_needed", "unchanged"}
    given = await atune(config, results=document(memory_that_fits(10)))
    assert given.recommendation is not None
    assert given.recommendation.max_concurrent_sessions == 8


@pytest.mark.anyio
async def test_asynchronous_programs_probe_their_own_target(config) -> None:
    service = SimulatedService(latency_seconds=0.001)
    budget = Budget(max_requests=40, max_seconds=20)
    result = await atune(config, only="api", target=service, budget=budget)
    assert result.api is not None
    assert 0 < result.api.requests_sent <= 40


def test_an_unmeasured_side_never_makes_the_values_bolder(config) -> None:
    config.write_text(CONFIG.replace("= 30", "= 10", 1))
    result = tune(config, results=document(memory_that_fits(24), linear(outcome="invalid")))
    assert result.tier == "concerning"
    assert result.recommendation is not None
    assert result.recommendation.max_concurrent_sessions == 19
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == 10


def test_good_memory_and_an_api_that_could_not_be_told_touch_nothing(config) -> None:
    before = config.read_bytes()
    result = tune(config, results=document(memory_that_fits(60), linear(outcome="inconclusive")))
    assert (result.outcome, result.tier, result.changes) == ("inconclusive", "inconclusive", ())
    assert config.read_bytes() == before


def linear(**changes: object):
    limit = Limit(kind="requests_per_minute", value=600, low=600, high=600, provenance="stated")
    return api_of(limit, **changes)


def test_given_results_may_be_narrowed_to_one_subject(config) -> None:
    given = document(memory_that_fits(10), linear())
    assert tune(config, results=given, only="api", dry_run=True).memory is None
    assert tune(config, results=given, dry_run=True).memory is not None


def test_results_from_elsewhere_keep_where_they_were_measured(config, monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "another-key-than-was-measured-with")
    tune(config, results=document(memory_that_fits(24), linear()))
    run = last_run(config)
    assert run is not None
    where = run.evidence.fingerprint
    assert (where.limit_bytes, where.limit_source) == (memory_that_fits(24).limit_bytes, "--limit")
    assert (where.model, where.key_fingerprint, where.cpu_quota) == ("", "", None)


def test_simulated_results_are_marked_as_such(config) -> None:
    result = tune(config, results=document(api=linear(simulated=True)))
    assert result.simulated
    run = last_run(config)
    assert run is not None
    assert run.evidence.simulated


def test_the_switch_turns_it_off(config, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE", "OFF")
    assert tune(config, fallback=True).outcome == "off"
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == 30


def test_what_can_fail_for_free_fails_before_anything_is_measured(config, monkeypatch) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: pytest.fail("it was measured"))
    with pytest.raises(CredentialsMissing):
        tune(config)
    with pytest.raises(UsageError, match="tier9"):
        tune(config, simulate="tier9")
    with pytest.raises(UsageError, match="exclude each other"):
        tune(config, simulate="free", fallback=True)
    with pytest.raises(UsageError, match="only is 'network'"):
        tune(config, only="network")
    with pytest.raises(ConfigError):
        tune(config.parent / "missing.toml", simulate="free")


def test_an_interruption_carries_what_every_probe_found(config, monkeypatch) -> None:
    memory, api = memory_that_fits(24), api_of()

    def interrupted(*_: object) -> None:
        raise Interrupted(api)

    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory)
    monkeypatch.setattr(measure.probes, "probe_api", interrupted)
    with pytest.raises(Interrupted) as caught:
        tune(config, simulate="free")
    assert caught.value.partial == Measured(memory=memory, api=api)


def test_an_interruption_before_anything_was_found_carries_nothing(config, monkeypatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure.probes, "probe_memory", interrupted)
    with pytest.raises(Interrupted) as caught:
        tune(config, simulate="free")
    assert caught.value.partial is None


def test_a_result_survives_its_json(config) -> None:
    result = tune(config, results=document(memory_that_fits(24), linear()), dry_run=True)
    assert type(result).from_json(result.to_json()) == result


def test_an_unknown_limit_is_inconclusive(config) -> None:
    assert tune(config, results=document(memory_of(None))).outcome == "inconclusive"


def test_the_linear_fake_is_no_result_that_is_read_back(config) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        tune(config, results=document(api=linear_api(60)))


def test_what_was_cleaned_up_after_an_interruption_is_noted(config, monkeypatch) -> None:
    from stresstune.workflow import job

    monkeypatch.setattr(job, "settle", lambda path, state_dir: ("apply 3 is finished now",))
    result = tune(config, fallback=True)
    assert result.notes[0] == "apply 3 is finished now"


def test_an_app_without_slow_mode_lets_in_what_is_carried_at_full_pace(config) -> None:
    with_it = tune(config, results=document(api=linear(limits=(slow_api(),))), dry_run=True)
    config.write_text(CONFIG.replace("[slow_mode]\ndefault = false\ndelay_seconds = 3.0\n", ""))
    result = tune(config, results=document(api=linear(limits=(slow_api(),))))
    assert with_it.recommendation is not None
    assert result.recommendation is not None
    assert result.api is not None
    carried = result.api.max_sessions(2.0)
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == carried
    assert with_it.recommendation.max_concurrent_sessions > carried
    assert "slow_mode" not in values(config)
    assert any("add slow_mode.default and slow_mode.delay_seconds" in one for one in result.notes)
    assert not any("Slow Mode" in line for line in result.recommendation.announce)


def slow_api() -> Limit:
    return Limit(kind="requests_per_minute", value=100, low=100, high=100, provenance="stated")


def test_a_named_key_that_is_not_in_the_file_but_a_similar_one_is_refused(config) -> None:
    config.write_text(CONFIG + "[stresstune.keys]\nslow_mode_default = 'slow_mode.defualt'\n")
    with pytest.raises(ConfigError, match=r"did you mean slow_mode\.default\? Correct the name"):
        tune(config, results=document(memory_that_fits(10)))
    config.write_text("users = 30\n[stresstune.keys]\nmax_concurrent_sessions = 'max_users'\n")
    with pytest.raises(ConfigError, match=r"max_users, which is not in .*: did you mean users\?"):
        tune(config, results=document(memory_that_fits(10)))


def test_a_named_key_that_is_like_nothing_in_the_file_is_added_and_told(config) -> None:
    config.write_text(CONFIG + "[stresstune.keys]\nslow_mode_default = 'pace.gently'\n")
    result = tune(config, results=document(memory_that_fits(10)), dry_run=True)
    assert any("names pace.gently, which is not in" in note for note in result.notes)


@pytest.mark.parametrize("says_it", [False, True])
def test_a_config_that_does_not_say_what_is_to_be_carried_is_told_so(tmp_path, says_it) -> None:
    path = tmp_path / "workshop.toml"
    path.write_text("[stresstune.workload]\nsessions = 30\n" if says_it else "")
    result = tune(path, results={"memory": memory_that_fits(60).to_dict()}, dry_run=True)
    words = "reckoned with 30 sessions of 30 pictures of 2.61 MB each"
    assert any(words in note for note in result.notes) is not says_it


def test_memory_alone_says_nothing_of_slow_mode(config) -> None:
    config.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    alone = tune(config, results=document(memory_that_fits(10)), dry_run=True)
    both = tune(config, results=document(memory_that_fits(10), linear()), dry_run=True)
    assert not any("slow mode" in note for note in alone.notes)
    assert any("has no slow mode" in note for note in both.notes)
    config.write_text(
        "MAX_CONCURRENT_SESSIONS = 30\n[stresstune.keys]\n"
        "slow_mode_default = ''\nslow_mode_delay_seconds = ''\n"
    )
    said = tune(config, results=document(memory_that_fits(10), linear()), dry_run=True)
    assert not any("slow mode" in note for note in said.notes)


def test_what_cannot_be_written_is_not_measured(config, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: pytest.fail("it was measured"))
    state = tmp_path / "state"
    state.write_text("a file where the folder of the journal should be")
    with pytest.raises(WriteError, match="state"):
        tune(config, only="memory", state_dir=state)


def test_a_wrong_key_fails_before_memory_is_measured(config, monkeypatch) -> None:
    from stresstune.emulator import parse_profile, running_emulator

    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: pytest.fail("it was measured"))
    with running_emulator(parse_profile("free")) as emulator, pytest.raises(TargetUnusable):
        tune(config, url=emulator.base_url, model="no-such-model-at-all")


@pytest.mark.parametrize("error", [TargetUnusable("it is gone"), RuntimeError("nobody expects it")])
def test_an_error_of_the_second_probe_keeps_what_the_first_one_found(
    config, monkeypatch, error: Exception
) -> None:
    def failing(*_: object) -> None:
        raise error

    memory = memory_that_fits(24)
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory)
    monkeypatch.setattr(measure.probes, "probe_api", failing)
    with pytest.raises(type(error)) as caught:
        tune(config, simulate="free")
    assert caught.value is error
    assert caught.value.partial == Measured(memory=memory)


CAREFUL = {
    "pinned": "pin = ['slow_mode_default']",
    "by path": "pin = ['\"slow_mode\".default']",
    "by a key that is quoted": (
        "pin = ['slow_mode.default']\n[stresstune.keys]\n"
        "slow_mode_default = '\"slow_mode\".default'"
    ),
}


@pytest.mark.parametrize("how", [*CAREFUL, "shadowed", "no such key", "no pause"])
def test_slow_mode_that_cannot_come_on_is_not_reckoned_with(config, monkeypatch, how: str) -> None:
    if how in CAREFUL:
        config.write_text(f"{CONFIG}[stresstune.policy]\n{CAREFUL[how]}\n")
    elif how == "shadowed":
        monkeypatch.setenv("SLOW_MODE_DEFAULT", "false")
    else:
        key = "slow_mode_default" if how == "no such key" else "slow_mode_delay_seconds"
        config.write_text(f"{CONFIG}[stresstune.keys]\n{key} = ''\n")
    result = tune(config, results=document(api=linear(limits=(slow_api(),))))
    assert result.api is not None
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == result.api.max_sessions(2.0)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_pause_that_cannot_change_is_reckoned_with_as_it_is(config, monkeypatch, pinned) -> None:
    text = CONFIG.replace("= 3.0", "= 1.0")
    if pinned:
        text += "[stresstune.policy]\npin = ['slow_mode_delay_seconds']\n"
    else:
        monkeypatch.setenv("SLOW_MODE_DELAY_SECONDS", "1.0")
    config.write_text(text)
    result = tune(config, results=document(api=linear(limits=(slow_api(),))))
    assert result.api is not None
    assert values(config)["slow_mode"] == {"default": True, "delay_seconds": 1.0}
    assert values(config)["MAX_CONCURRENT_SESSIONS"] == result.api.max_sessions(3.0)
    assert result.api.max_sessions(3.0) > result.api.max_sessions(2.0)


def test_a_classic_test_never_undoes_what_a_probe_has_found(config) -> None:
    tune(config, results=document(api=linear(limits=(slow_api(),))))
    found = values(config)
    burst = classic()
    result = tune(config, results=document(api=burst))
    assert values(config) == found
    assert any("classic test tells less" in note for note in result.notes)
