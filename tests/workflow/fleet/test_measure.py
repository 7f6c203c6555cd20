"""A run over a fleet of fakes: what is told of hosts that refuse, get lost, or come back."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from stresstune.config.schema import Config
from stresstune.errors import Locked, TargetUnusable
from stresstune.fleet.hosts import HostLost
from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet import measure, on_host, roll_call
from stresstune.workflow.fleet.asked import Asked
from stresstune.workflow.fleet.job import measure_fleet
from stresstune.workflow.fleet.measure import FleetRun
from stresstune.workflow.fleet.order import CallsOrder, Failed, Look
from stresstune.workflow.fleet.roll_call import rejoined, speakers
from stresstune.workflow.job import Job
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.results import Measured
from tests.workflow.fleet.fake_engine import FakeEngine, connected_to, greeting

REFUSES = {"open_calls": Failed(reason="no key")}


async def _answer() -> str:
    return "a picture"


CALLS = CallsOrder(target=_answer)
CALLING = (on_host.open_calls, on_host.exchange, on_host.close_calls)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "REJOIN_SECONDS", 0.3)
    monkeypatch.setattr(roll_call, "POLL_SECONDS", 0.01)


def run(
    monkeypatch: pytest.MonkeyPatch, engine: FakeEngine, calls: CallsOrder | None = None
) -> FleetCapacity:
    connected_to(monkeypatch, engine)
    asked = Asked(workload=Workload(sessions=30), budget=Budget(max_requests=9), calls=calls)
    return anyio.run(FleetRun(asked).run, "tcp://fake")


def reasons(found: FleetCapacity) -> dict[str, str]:
    return {host.name: host.reason for host in found.missing}


def test_what_a_worker_says_that_is_no_greeting_makes_it_missing(monkeypatch) -> None:
    found = run(monkeypatch, FakeEngine({"a": {}, "b": {"look": "good day"}}))
    assert [host.name for host in found.hosts] == ["a"]
    assert reasons(found) == {"tcp://b": "it answered str"}


def test_a_host_whose_probe_fails_is_missing_with_the_reason(monkeypatch) -> None:
    failed = {"measure_memory": Failed(reason="no process could be started there: Out of memory")}
    found = run(monkeypatch, FakeEngine({"a": {}, "b": failed}))
    assert [host.name for host in found.hosts] == ["a"]
    assert "Out of memory" in reasons(found)["b"]


def test_where_every_host_refuses_to_call_the_api_each_says_why(monkeypatch) -> None:
    engine = FakeEngine({"a": REFUSES, "b": {"open_calls": HostLost("it hangs")}})
    with pytest.raises(TargetUnusable, match="no host can call the API: a: no key; b: it hangs"):
        run(monkeypatch, engine, CALLS)
    assert ("a", "end_run") in engine.called  # nothing is left behind there


def test_memory_that_was_measured_is_not_lost_where_the_api_cannot_be_called(
    monkeypatch, tmp_path: Path
) -> None:
    connected_to(monkeypatch, FakeEngine({"a": REFUSES}))
    options = TuneOptions(fleet="tcp://127.0.0.1:1", target=_answer)
    job = Job(path="workshop.toml", options=options, config=Config(path="workshop.toml"))
    with pytest.raises(TargetUnusable) as caught:
        measure_fleet(job, None)
    partial = caught.value.partial
    assert isinstance(partial, Measured)
    assert partial.fleet is not None
    assert partial.fleet.hosts[0].memory is not None


def test_hosts_that_come_back_to_another_scheduler_are_measured_again(monkeypatch) -> None:
    engine = FakeEngine(
        {"a": {}, "b": {}, "c": {"measure_memory": Failed(reason="broken")}},
        lost_at=on_host.measure_memory,
        successor={"a-again": {}, "c-again": {}},
    )
    found = run(monkeypatch, engine)
    assert [(host.name, host.workers) for host in found.hosts] == [
        ("a", ("tcp://a-again",)),
        ("c", ("tcp://c-again",)),
    ]
    assert reasons(found) == {
        "b": "lost while its memory was measured: the scheduler went away",
    }
    assert "2 of 3 hosts came back" in found.notes[0]


def test_where_the_scheduler_does_not_come_back_before_the_api_is_probed_memories_count(
    monkeypatch,
) -> None:
    engine = FakeEngine({"a": {}, "b": {}}, lost_at=on_host.open_calls)
    found = run(monkeypatch, engine, CALLS)
    assert [host.memory is not None for host in found.hosts] == [True, True]
    assert not found.missing
    assert found.api is None
    assert "0 of 2 hosts came back" in found.notes[0]
    assert "the API was not probed" in found.notes[1]


def test_a_scheduler_that_comes_back_before_the_api_is_probed_is_asked_again(monkeypatch) -> None:
    engine = FakeEngine({"a": {}}, lost_at=on_host.open_calls, successor={"a-again": REFUSES})
    with pytest.raises(TargetUnusable, match="a: no key"):
        run(monkeypatch, engine, CALLS)
    assert ("a-again", "open_calls") in engine.called


def test_a_fleet_that_somebody_else_took_after_a_restart_is_left_to_them(monkeypatch) -> None:
    engine = FakeEngine(
        {"a": {}}, lost_at=on_host.measure_memory, successor={"a-again": {}}, turns=["", "grace"]
    )
    found = run(monkeypatch, engine)
    assert not found.hosts
    assert ("a-again", "measure_memory") not in engine.called


def test_a_second_run_is_refused_with_the_firsts_name(monkeypatch) -> None:
    with pytest.raises(Locked, match=r"another run is measuring the fleet at tcp://fake: grace\."):
        run(monkeypatch, FakeEngine({"a": {}}, turns=["grace"]))


def test_what_was_seen_of_the_api_counts_where_the_scheduler_goes_away(monkeypatch) -> None:
    engine = FakeEngine({"a": {}}, really=CALLING)
    whole = run(monkeypatch, engine, CALLS)
    assert isinstance(whole.api, ApiCapacity)
    assert whole.hosts[0].calls == whole.api.requests_sent == 9

    def lose(progress: Progress) -> None:
        engine.is_lost = engine.is_lost or progress.message.startswith("up to")

    asked = Asked(workload=Workload(sessions=30), budget=Budget(max_requests=9), calls=CALLS)
    found = anyio.run(FleetRun(asked, lose).run, "tcp://fake")
    assert found.hosts[0].memory is not None
    assert isinstance(found.api, ApiCapacity)
    assert found.api.outcome == "inconclusive"
    assert "was cut short" in found.api.notes[-1]
    assert "0 of 1 host came back" in found.notes[-1]


@pytest.mark.anyio
async def test_a_scheduler_that_goes_away_again_is_not_waited_for(monkeypatch) -> None:
    engine = FakeEngine({"a": {}}, is_lost=True)
    assert await rejoined(engine, {"a"}, Look(), 30.0) == {}


@pytest.mark.anyio
async def test_a_host_is_asked_at_the_address_that_it_has_by_now(monkeypatch) -> None:
    monkeypatch.setattr(roll_call, "GREETING_SECONDS", 0.1)
    engine = FakeEngine({"a": {}, "b-again": {}})
    known = {"a": "tcp://a", "b": "tcp://b", "c": "tcp://c"}
    assert await speakers(engine, known) == {"a": "tcp://a", "b": "tcp://b-again"}


def test_a_config_that_cannot_be_written_is_told_before_anything_is_measured(monkeypatch) -> None:
    said = replace(greeting("a"), file_problem="workshop.toml is read-only")
    connected_to(monkeypatch, FakeEngine({"a": {"look": said}}))
    told: list[Progress] = []
    anyio.run(FleetRun(Asked(workload=Workload()), told.append).run, "tcp://fake")
    assert told[0].message == "a: nothing can be written there: workshop.toml is read-only"


def test_what_is_known_is_told_while_it_is_found_out(monkeypatch) -> None:
    connected_to(monkeypatch, FakeEngine({"a": {}, "b": {"look": HostLost("it hangs")}}))
    told: list[Progress] = []
    anyio.run(FleetRun(Asked(workload=Workload()), told.append).run, "tcp://fake")
    words = [one.message for one in told]
    assert words == [
        "tcp://b is missing: it hangs",
        "1 host, 1 workers, 1 missing",
        "opening sessions on each host (simulated)",
        "a: 20 fit (1 of 1 hosts)",
    ]
