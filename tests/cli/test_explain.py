from __future__ import annotations

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_a_value_is_explained_from_its_evidence(run, concerning) -> None:
    run("apply", "--from", concerning)
    said = run("explain", "MAX_CONCURRENT_SESSIONS")
    assert said.code == exits.DONE
    assert "MAX_CONCURRENT_SESSIONS is 19: written by apply 1" in said.out
    assert "24 sessions fit" in said.out


def test_a_knob_may_be_named_by_its_own_name(run, concerning) -> None:
    run("apply", "--from", concerning)
    document = run("explain", "max_concurrent_sessions", "--json").document
    assert (document["key"], document["value"]) == ("MAX_CONCURRENT_SESSIONS", 19)


def test_what_is_no_knob_is_a_usage_error(run) -> None:
    said = run("explain", "MAX_CONCURENT_SESSIONS")
    assert said.code == exits.USAGE
    assert "MAX_CONCURRENT_SESSIONS" in said.err


def test_it_says_how_the_run_ended_and_what_binds(run, config, critical) -> None:
    said = run("explain", "MAX_CONCURRENT_SESSIONS")
    assert "\nNothing was written. Next: `stresstune apply` measures" in said.out
    run("apply", "--from", critical)
    said = run("explain", "MAX_CONCURRENT_SESSIONS")
    ends = "Run 1 was critical; requests_per_minute binds. Nothing was written. Next: "
    assert ends in " ".join(said.out.split())
    document = run("explain", "MAX_CONCURRENT_SESSIONS", "--json").document
    assert (document["tier"], document["binding"]) == ("critical", "requests_per_minute")
    check = run("check")
    assert "run 1 was critical; requests_per_minute binds." in check.out
    assert run("check", "--json").document["binding"] == "requests_per_minute"
