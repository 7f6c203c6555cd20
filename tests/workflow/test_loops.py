from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import anyio
import pytest

from stresstune.api.http import HttpTarget
from stresstune.emulator import running_emulator, tailor
from stresstune.errors import UsageError
from stresstune.model.workload import Budget, Progress
from stresstune.workflow import measure
from stresstune.workflow.loops import is_asyncio, under_asyncio
from stresstune.workflow.preflight import apreflight, preflight
from stresstune.workflow.tune import atune, tune

BACKENDS = ["asyncio", "trio"]
CONFIG = "MAX_CONCURRENT_SESSIONS = 5\n[stresstune.workload]\nsessions = 5\n"
QUICK = {"only": "api", "dry_run": True, "budget": Budget(max_requests=30, max_seconds=20)}
FAST = "rpm=30,latency=0.01,spread=0"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text(CONFIG)
    return path


async def call() -> None:
    await anyio.sleep(0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("run", [tune, preflight])
def test_a_synchronous_probe_inside_of_a_loop_is_refused_before_it_begins(
    config: Path, monkeypatch, backend: str, run
) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: pytest.fail("it was measured"))

    async def inside() -> None:
        with pytest.raises(UsageError, match="await the twin with an a in front"):
            run(config, target=call)

    anyio.run(inside, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_makes_no_call_may_be_asked_inside_of_a_loop(config: Path, backend: str) -> None:
    async def inside() -> str:
        return tune(config, fallback=True, dry_run=True).outcome

    assert anyio.run(inside, backend=backend) in {"planned", "unchanged"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_emulator_can_be_probed_under_either_library(config: Path, backend: str) -> None:
    told: list[tuple[str, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress.stage, threading.get_ident()))

    run = partial(atune, config, simulate=FAST, on_progress=tell, **QUICK)
    found = anyio.run(run, backend=backend)
    assert found.api is not None
    assert found.api.requests_sent > 0
    assert {stage for stage, _ in told} == {"api"}
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_targets_of_ours_can_be_called_under_trio(config: Path) -> None:
    with running_emulator(tailor(latency=0.0, spread=0.0)) as emulator:
        counts = f"{emulator.base_url}/control/counts"
        run = partial(apreflight, config, only="api", target=HttpTarget(counts))
        found = anyio.run(run, backend="trio")
        asked = partial(apreflight, config, only="api", url=counts, self_test=False)
        again = anyio.run(asked, backend="trio")
    for one in (found, again):
        assert one.api is not None
        assert one.api.successful == one.api.total == 5


def test_a_probe_in_a_thread_is_cancelled_with_its_caller() -> None:
    seen = []

    async def endless(_: object) -> None:
        assert is_asyncio()
        seen.append("begun")
        try:
            await anyio.sleep_forever()
        finally:
            seen.append("ended")

    async def main() -> None:
        with anyio.move_on_after(0.2):
            await under_asyncio(endless, None)
        seen.append("cancelled")

    anyio.run(main, backend="trio")
    assert seen == ["begun", "ended", "cancelled"]


def test_an_error_comes_out_of_the_thread_as_it_is() -> None:
    async def failing(_: object) -> None:
        raise LookupError("as it is")

    async def main() -> None:
        with pytest.raises(LookupError, match="as it is"):
            await under_asyncio(failing, None)

    anyio.run(main, backend="trio")
