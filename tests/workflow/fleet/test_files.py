"""What is said of hosts whose file could not be planned or written."""

from __future__ import annotations

import pytest

from stresstune.config.schema import Config
from stresstune.fleet.hosts import HostLost
from stresstune.model.fleet import FleetCapacity, HostCapacity, HostResult
from stresstune.model.workload import Workload
from stresstune.workflow.fleet import roll_call
from stresstune.workflow.fleet.files import HostPlan, plan_on_hosts, write_on_hosts
from stresstune.workflow.fleet.order import Failed
from stresstune.workflow.job import Job
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.replicas import judge_replicas
from tests.policy.evidence import memory_that_fits
from tests.workflow.fleet.fake_engine import Answer, FakeEngine, connected_to

JOB = Job(
    path="workshop.toml",
    options=TuneOptions(fleet="tcp://fake"),
    config=Config(path="workshop.toml", workload=Workload(sessions=30)),
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_call, "GREETING_SECONDS", 0.1)


def planned(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> dict[str, HostResult]:
    connected_to(monkeypatch, engine)
    hosts = tuple(
        HostCapacity(id=name, name=name, memory=memory_that_fits(20), workers=(f"tcp://{name}",))
        for name in ("a", "b")
    )
    judged = judge_replicas(JOB, FleetCapacity(hosts=hosts, api=None))
    plans = plan_on_hosts(JOB, judged, careful=False)
    return {one.host.name: one.host for one in plans}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Failed(reason="workshop.toml does not exist"), "workshop.toml does not exist"),
        (HostLost("it did not answer within 30 s"), "it did not answer within 30 s"),
        ("good day", "it answered something else"),
    ],
)
def test_a_file_that_could_not_be_planned_says_why(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str
) -> None:
    found = planned(monkeypatch, FakeEngine({"a": {"plan_file": answer}}))
    assert {name: host.outcome for name, host in found.items()} == {"a": "failed", "b": "failed"}
    assert found["a"].error == words
    assert found["b"].error == "none of its workers is there any more"


def test_without_a_scheduler_every_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = planned(monkeypatch, FakeEngine({"a": {}}, is_lost=True))
    assert [host.error for host in found.values()] == ["the scheduler went away"] * 2


def test_what_is_not_to_be_written_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    connected_to(monkeypatch, FakeEngine({"a": {}}))
    left = HostResult(id="a", name="a", outcome="left_alone", error="it hangs")
    assert write_on_hosts(JOB, [HostPlan(host=left)]) == (left,)
