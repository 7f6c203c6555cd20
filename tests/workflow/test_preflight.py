from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.errors import TargetUnusable, UsageError
from stresstune.testing import FixedWindow, SimulatedService
from stresstune.workflow import probes
from stresstune.workflow.preflight import apreflight, preflight

CONFIG = """\
MAX_CONCURRENT_SESSIONS = 12
[stresstune.workload]
images_per_session = 1
image_bytes = 200_000
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text(CONFIG)
    return path


def test_five_sessions_are_held_and_ten_calls_made(config) -> None:
    service = SimulatedService(latency_seconds=0.001)
    found = preflight(config, target=service)
    assert (found.ready, found.sessions) == (True, 12)
    assert found.memory is not None
    assert found.api is not None
    assert (found.memory.held_sessions, found.api.total) == (5, 10)


@pytest.mark.anyio
async def test_asynchronous_programs_get_the_same(config) -> None:
    service = SimulatedService(rate=FixedWindow(quota=4), latency_seconds=0.001)
    found = await apreflight(config, target=service)
    assert (found.ready, found.tier) == (False, "critical")
    alone = await apreflight(config, only="memory")
    assert (alone.ready, alone.api) == (True, None)
    called = await apreflight(config, only="api", target=SimulatedService(latency_seconds=0.001))
    assert (called.ready, called.memory) == (True, None)


def test_an_app_that_lets_nobody_in_is_not_ready(config) -> None:
    config.write_text(CONFIG.replace("= 12", "= 0"))
    found = preflight(config, only="memory")
    assert (found.ready, found.tier) == (False, "critical")
    assert any("lets nobody in" in one.statement for one in found.findings)


@pytest.mark.parametrize(
    "options", [{"fallback": True}, {"results": {"schema": 1}}, {"fleet": "local:2"}]
)
def test_what_measures_nothing_here_is_no_preflight(config, options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"does not go with {next(iter(options))}"):
        preflight(config, **options)


def test_it_survives_its_json(config) -> None:
    found = preflight(config, only="memory")
    assert type(found).from_json(found.to_json()) == found


def test_a_wrong_model_fails_before_any_session_is_opened(config, monkeypatch) -> None:
    from stresstune.emulator import parse_profile, running_emulator

    monkeypatch.setattr(probes, "probe_memory", lambda *_: pytest.fail("it was measured"))
    with running_emulator(parse_profile("free")) as emulator, pytest.raises(TargetUnusable):
        preflight(config, url=emulator.base_url, model="no-such-model-at-all")


@pytest.mark.anyio
async def test_asynchronous_programs_ask_first_too(config, monkeypatch) -> None:
    from stresstune.emulator import parse_profile, running_emulator

    monkeypatch.setattr(probes, "aprobe_memory", lambda *_: pytest.fail("it was measured"))
    with running_emulator(parse_profile("free")) as emulator, pytest.raises(TargetUnusable):
        await apreflight(config, url=emulator.base_url, model="no-such-model-at-all")
