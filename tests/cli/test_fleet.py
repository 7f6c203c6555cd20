"""``--fleet``: a rehearsal with real workers, and what does not go with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.cli import running
from stresstune.errors import Interrupted
from stresstune.model.fleet import FleetCapacity, HostCapacity
from stresstune.workflow.results import Measured
from tests.cli.conftest import Run
from tests.policy.evidence import memory_that_fits


def test_a_rehearsal_writes_on_every_host_and_leaves_a_report_here(run: Run, config: Path) -> None:
    pytest.importorskip("distributed", reason="it needs the extra fleet")
    before = config.read_bytes()
    said = run("apply", "--fleet", "local:2", "--simulate", "rpm=20,latency=0.1", "--json")
    assert said.code == 0, said.err
    found = said.document
    assert found["written"]
    assert found["simulated"]
    assert [host["name"] for host in found["fleet"]["hosts"]] == ["local-1", "local-2"]
    assert {host["outcome"] for host in found["fleet"]["hosts"]} == {"written"}
    assert found["binding"] == "requests_per_minute"
    assert (
        sum(seats["sessions"] for seats in found["fleet"]["seats"])
        == (found["recommendation"]["max_concurrent_sessions"])
    )
    assert sum(host["calls"] for host in found["fleet"]["capacity"]["hosts"]) > 0
    assert "A rehearsal" in said.err
    assert found["fleet"]["rehearsed"]
    assert config.read_bytes() == before
    assert run("check").code == 0
    assert "never tuned" in run("check").out
    run("report", "--out", "fleet.md")
    told = Path("fleet.md").read_text(encoding="utf-8")
    assert "| local-2 |" in told
    assert "The API's quota of requests a minute" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["apply", "--fleet", "local:0"], "local:N with 1 to 32"),
        (["apply", "--fleet", "nowhere"], "nowhere is no fleet"),
        (["apply", "--fleet", "local:2", "--fallback"], "fleet and fallback exclude each other"),
        (["apply", "--fleet", "local:2", "--if-needed"], "is about one machine"),
        (["apply", "--fleet", "local:2", "--emit", "env"], "does not go with --fleet"),
        (["plan", "--fleet", "local:2", "--out", "plan.json"], "does not go with --fleet"),
        (["apply", "--fleet", "tcp://127.0.0.1:9", "--simulate"], "Say so with --yes"),
        (["plan", "--same", "--host", "app-1"], "host and same exclude each other"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    run: Run, config: Path, arguments: list[str], words: str
) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert words in said.err


def test_an_interrupted_run_shows_what_was_known_of_each_host(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = HostCapacity(id="a", name="app-1", memory=memory_that_fits(20))
    partial = FleetCapacity(hosts=(host,), api=None)

    def interrupted(*_: object) -> Measured:
        raise Interrupted(Measured(fleet=partial))

    monkeypatch.setattr(running, "measure", interrupted)
    said = run("plan", "--only", "memory")
    assert said.code == 130
    assert "app-1: 20 sessions fit" in said.out
    said = run("plan", "--only", "memory", "--json")
    assert said.document["fleet"]["hosts"][0]["name"] == "app-1"
