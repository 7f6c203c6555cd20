from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.cli.rendering import UNTOLD

pytestmark = pytest.mark.usefixtures("config")

FAST = "latency=0.01,spread=0"


def test_a_machine_and_an_api_that_hold_are_not_disproved(run) -> None:
    said = run("preflight", "--simulate", FAST)
    assert said.code == exits.DONE
    assert "not disproved: workshop.toml lets in 30 sessions; 5 sessions were held" in said.out
    assert "a burst proves no quota" in said.out
    assert "Nothing was written. Next: `stresstune apply`" in said.out
    assert "at most 10 requests" in said.err


def test_a_rejected_call_is_not_ready(run) -> None:
    said = run("preflight", "--simulate", f"{FAST},rpm=4")
    assert said.code == exits.DONE
    assert "not ready: workshop.toml lets in 30 sessions." in said.out
    assert "Next: `stresstune apply`" in said.out


def test_not_ready_fails_where_that_was_asked(run) -> None:
    few = run("preflight", "--simulate", f"{FAST},rpm=9", "--fail-on", "concerning")
    many = run("preflight", "--simulate", f"{FAST},rpm=4", "--fail-on", "critical")
    assert (few.code, many.code) == (exits.CONCERNING, exits.CRITICAL)


def test_it_claims_no_more_than_the_last_run_found(run) -> None:
    run("apply", "--only", "api", "--simulate", f"{FAST},rpm=10", "--no-self-test")
    path = Path("workshop.toml")
    text = path.read_text().replace("SESSIONS = 1\n", "SESSIONS = 30\n")
    path.write_text(text)
    said = run("preflight", "--only", "api", "--simulate", f"{FAST},rpm=10", "--json")
    assert said.document["ready"] is False
    told = " ".join(said.document["notes"])
    assert "10 requests in 60 s: 10 calls are all that it allows" in told
    assert "of the 30 that are let in" in told


def test_too_little_memory_is_not_ready(run) -> None:
    said = run("preflight", "--only", "memory", "--limit", "16MB", "--json")
    assert said.document["ready"] is False
    assert said.document["sessions"] == 30
    assert said.document["api"] is None


def test_it_is_judged_for_the_sessions_that_are_let_in(run, config, monkeypatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "1")
    said = run("preflight", "--simulate", f"{FAST},rpm=4", "--json")
    assert (said.document["sessions"], said.document["ready"]) == (1, True)
    assert said.document["api"]["total"] == 1
    assert said.document["api"]["attempts"] == []


def test_what_could_not_be_told_exits_40(run, monkeypatch) -> None:
    from stresstune.cli.commands import preflight as module
    from stresstune.workflow.results import Measured
    from tests.policy.evidence import memory_of

    monkeypatch.setattr(module, "hold", lambda job, tell: Measured(memory=memory_of(None)))
    said = run("preflight", "--only", "memory")
    assert said.code == exits.INCONCLUSIVE
    assert "unknown: workshop.toml" in said.out
    assert said.out.endswith(f"{UNTOLD}\n")


def test_without_a_key_the_ways_on_are_named(run) -> None:
    assert run("preflight").code == exits.USAGE
