from __future__ import annotations

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")

FAST = "latency=0.01,spread=0"


def test_a_machine_and_an_api_that_hold_are_ready(run) -> None:
    said = run("preflight", "--simulate", FAST)
    assert said.code == exits.DONE
    assert "ready: workshop.toml lets in 30 sessions." in said.out
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


def test_without_a_key_the_ways_on_are_named(run) -> None:
    assert run("preflight").code == exits.USAGE
