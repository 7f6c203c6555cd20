"""What runs on a host, called here: a host is a process like any other."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest

from stresstune.api.gemini import Gemini
from stresstune.api.http import HttpTarget
from stresstune.config.load import load_config
from stresstune.config.schema import Config
from stresstune.emulator import running_emulator, tailor
from stresstune.errors import UsageError
from stresstune.fleet.agent import Order, Report
from stresstune.memory.sources import Factory, Simulated
from stresstune.model.api import Limit
from stresstune.model.change import Evidence
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Verdict
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from stresstune.workflow.fleet import file_on_host, on_host
from stresstune.workflow.fleet.child import with_engine_note
from stresstune.workflow.fleet.order import (
    CallsOrder,
    Failed,
    FileOrder,
    Look,
    MemoryOrder,
    Planned,
    check_sendable,
)
from stresstune.workflow.options import TuneOptions
from tests.policy.evidence import api_of, memory_that_fits

SMALL = Workload(sessions=4, images_per_session=1, image_bytes=100_000)


def memory_order(**changes: object) -> MemoryOrder:
    fields = {
        "run_id": "r",
        "workload": SMALL,
        "source": Simulated(),
        "limit_bytes": 500_000_000,
        "headroom_ratio": 0.2,
        "max_seconds": 60.0,
    }
    return MemoryOrder(**{**fields, **changes})


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    return path


@pytest.mark.anyio
async def test_a_worker_says_which_memory_it_is_in(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await on_host.look(Look(path=str(config)))
    assert said.pid == os.getpid()
    assert said.file_problem == ""
    assert said.nanny_pid is None
    monkeypatch.setenv("STRESSTUNE_FLEET_HOST", "app-7")
    assert (await on_host.look(Look())).memory_id == "app-7"
    missing = await on_host.look(Look(path=str(config.with_name("none.toml"))))
    assert "does not exist" in missing.file_problem


@pytest.mark.anyio
async def test_a_nanny_that_would_end_the_worker_is_told_with_its_limit() -> None:
    pytest.importorskip("distributed", reason="it needs the extra fleet")
    monitor = SimpleNamespace(get_process_memory=lambda: 950_000_000)
    worker = SimpleNamespace(
        nanny="tcp://127.0.0.1:1",
        lifetime=60.0,
        memory_manager=SimpleNamespace(memory_limit=1_000_000_000),
        monitor=monitor,
    )
    notes = (await on_host.look(Look(), dask_worker=worker)).notes
    assert "--lifetime 60 s" in notes[0]
    assert "holds 950 MB" in notes[1]
    assert "ends it at 950 MB" in notes[1]
    worker.monitor = SimpleNamespace(get_process_memory=lambda: 100_000_000)
    assert len((await on_host.look(Look(), dask_worker=worker)).notes) == 1


@pytest.mark.anyio
async def test_memory_is_probed_in_a_process_of_its_own() -> None:
    found = await on_host.measure_memory(memory_order())
    assert isinstance(found, MemoryCapacity)
    assert found.sessions_that_fit is not None
    assert found.limit_bytes == 500_000_000


@pytest.mark.anyio
async def test_what_dask_sets_for_its_workers_is_not_the_sessions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="it needs the extra fleet")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "seen.py").write_text(
        "import os\n"
        "def session():\n"
        "    assert 'MALLOC_TRIM_THRESHOLD_' not in os.environ, 'it is there'\n"
        "    return bytearray(1000)\n"
    )
    found = await on_host.measure_memory(memory_order(source=Factory("seen:session")))
    assert isinstance(found, MemoryCapacity)
    assert found.error == ""


@pytest.mark.anyio
async def test_a_source_that_is_not_there_is_told_and_not_raised() -> None:
    found = await on_host.measure_memory(memory_order(source=Factory("no_such:thing")))
    assert isinstance(found, Failed)
    assert "no_such" in found.reason


def test_the_probing_process_ends_with_its_worker() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", on_host._BOOT, "\n".join(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    large = Workload(sessions=500, images_per_session=30)
    told = pickle.dumps(memory_order(workload=large, limit_bytes=None))
    assert child.stdin is not None
    child.stdin.write(len(told).to_bytes(8, "big") + told)
    child.stdin.flush()
    time.sleep(0.3)
    child.stdin.close()  # as when the worker is killed
    assert child.wait(20) is not None
    assert child.stdout is not None
    child.stdout.close()


@pytest.mark.anyio
async def test_a_host_that_can_start_no_process_says_why(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    found = await on_host.measure_memory(memory_order())
    assert isinstance(found, Failed)
    assert "no process could be started there: No such file" in found.reason


@pytest.mark.anyio
async def test_a_probe_that_is_killed_says_how_it_ended(monkeypatch) -> None:
    monkeypatch.setattr(on_host, "_BOOT", "import os; os.kill(os.getpid(), 9)")
    found = await on_host.measure_memory(memory_order())
    assert found == Failed(reason="the probe's process ended with -9")


@pytest.mark.anyio
async def test_a_probe_that_does_not_end_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(on_host, "CHILD_GRACE_SECONDS", 0.1)
    monkeypatch.setattr(on_host, "END_SECONDS", 0.1)
    monkeypatch.setattr(on_host, "_BOOT", "import time; time.sleep(60)")
    found = await on_host.measure_memory(memory_order(max_seconds=0.2))
    assert found == Failed(reason="the probe had not ended after 0.2 s")


@pytest.mark.anyio
async def test_a_run_that_is_given_up_ends_its_probe_here(monkeypatch) -> None:
    monkeypatch.setattr(on_host, "_BOOT", "import sys; sys.stdin.read()")
    answers: list[object] = []

    async def measure() -> None:
        answers.append(await on_host.measure_memory(memory_order()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(measure)
        while "r" not in on_host._CHILDREN:
            await anyio.sleep(0.01)
        await on_host.end_run("r")
    assert answers == [Failed(reason="the probe's process ended with 0")]
    assert not on_host._CHILDREN


@pytest.mark.anyio
async def test_what_is_called_is_made_here_from_the_options_of_the_run() -> None:
    config = Config(path="workshop.toml")
    with running_emulator(tailor(latency=0.0)) as emulator:
        url = f"{emulator.base_url}/v1beta/models?key=none"
        order = CallsOrder(run_id="o", options=TuneOptions(url=url), config=config)
        assert isinstance(await on_host.open_calls(order), Report)
        await on_host.close_calls("o")
        simulated = CallsOrder(
            run_id="s",
            options=TuneOptions(simulate="free"),
            config=config,
            emulator_url=emulator.base_url,
        )
        assert isinstance(await on_host.open_calls(simulated), Report)
        await on_host.close_calls("s")


@pytest.mark.anyio
async def test_calls_are_made_here_and_the_agent_is_gone_afterwards() -> None:
    service = partial(HttpTarget, "http://127.0.0.1:9/none")
    opened = await on_host.open_calls(CallsOrder(run_id="r", target=service))
    assert isinstance(opened, Failed)  # nobody listens there, and its check says so
    assert "127.0.0.1:9" in opened.reason
    opened = await on_host.open_calls(CallsOrder(run_id="r", target=_answer))
    assert isinstance(opened, Report)
    said = await on_host.exchange("r", [Order(number=1, at_seconds=time.monotonic())], 0.0)
    assert isinstance(said, Report)
    made = list(said.made)  # it may have ended by then
    for _ in range(0 if made else 30):
        said = await on_host.exchange("r", [], 1.0)
        assert isinstance(said, Report)
        made += said.made
        if made:
            break
    assert made[0].attempt.outcome == "ok"
    await on_host.close_calls("r")
    assert isinstance(await on_host.exchange("r", [], 0.0), Failed)
    await on_host.close_calls("r")


async def _answer() -> str:
    return "a picture"


@pytest.mark.anyio
async def test_a_file_is_planned_and_written_by_this_hosts_own_journal(config: Path) -> None:
    verdict = judge(memory_that_fits(20), None, Workload(sessions=30))
    evidence = Evidence(
        verdict=verdict, recommendation=recommend(verdict), fingerprint=Fingerprint()
    )
    order = FileOrder(path=str(config), wanted=recommend(verdict), evidence=evidence)
    made = await file_on_host.plan_file(order)
    assert isinstance(made, Planned)
    assert made.plan.evidence is not None
    assert made.plan.evidence.fingerprint.limit_bytes is not None
    written = await file_on_host.write_file(made.plan)
    assert not isinstance(written, Failed)
    assert written.backup_id == 1
    assert "MAX_CONCURRENT_SESSIONS = 15" in config.read_text()
    stale = await file_on_host.write_file(made.plan)
    assert isinstance(stale, Failed)
    assert "changed after the plan was made" in stale.reason
    gone = await file_on_host.plan_file(
        FileOrder(path="none", wanted=order.wanted, evidence=evidence)
    )
    assert isinstance(gone, Failed)


@pytest.mark.anyio
async def test_a_side_that_this_hosts_journal_remembers_makes_values_no_bolder(
    config: Path,
) -> None:
    async def planned(verdict: Verdict) -> Planned:
        wanted = recommend(verdict)
        known = Evidence(verdict=verdict, recommendation=wanted, fingerprint=Fingerprint())
        made = await file_on_host.plan_file(
            FileOrder(path=str(config), wanted=wanted, evidence=known)
        )
        assert isinstance(made, Planned)
        return made

    limit = Limit(kind="concurrency", value=1, low=1, high=1, provenance="stated")
    both = await planned(judge(memory_that_fits(60), api_of(limit), Workload(sessions=30)))
    await file_on_host.write_file(both.plan)
    low = load_config(config).values["max_concurrent_sessions"]
    assert low < 30  # the API binds
    memory_alone = judge(memory_that_fits(60), None, Workload(sessions=30))
    assert recommend(memory_alone).max_concurrent_sessions == 30
    assert not (await planned(memory_alone)).plan.changes


def test_a_key_is_never_sent_through_the_engine() -> None:
    with pytest.raises(UsageError, match="holds an API key"):
        check_sendable(Gemini(api_key="AIza-secret"))
    with pytest.raises(UsageError, match="holds an API key"):
        check_sendable(partial(Gemini, api_key="AIza-secret"))
    check_sendable(Gemini)
    check_sendable(partial(Gemini, "gemini-2.5-flash"))
    check_sendable(_answer)


def test_what_the_engine_itself_holds_is_told_in_sessions() -> None:
    found = memory_that_fits(20)
    noted = with_engine_note(found, 200_000_000, 2, memory_order(limit_bytes=None))
    assert "room for 4 more" in noted.notes[-1]
    assert with_engine_note(found, 1000, 2, memory_order(limit_bytes=None)) == found
    assert with_engine_note(found, 200_000_000, 2, memory_order()) == found
