from __future__ import annotations

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.config.apply import apply
from stresstune.config.history import history
from stresstune.config.plan import plan
from stresstune.model.api import Limit
from tests.policy.evidence import api_of, memory_of, memory_that_fits

pytestmark = pytest.mark.usefixtures("config")


PIN = '\n[stresstune.policy]\npin = ["max_concurrent_sessions"]\n'


def max_sessions(config: Path) -> int:
    return tomllib.loads(config.read_text())["MAX_CONCURRENT_SESSIONS"]


def test_findings_values_diff_and_last_lines_are_printed(run, config, concerning) -> None:
    said = run("apply", "--from", concerning)
    assert said.code == exits.DONE
    for words in (
        "memory  concerning  24 sessions fit in 1.22 GB (--limit) at 50.0 MB each",
        "sessions at the same time  19",
        "Work in pairs: 15 pairs.",
        "-MAX_CONCURRENT_SESSIONS = 30\n+MAX_CONCURRENT_SESSIONS = 19\n",
        "Tier: concerning; memory binds.\n",
        "Written to workshop.toml; change 1 in its journal.\n",
        "Next: restart the app.",
    ):
        assert words in said.out
    assert said.err == ""
    assert max_sessions(config) == 19


def test_a_second_run_has_nothing_to_change_and_writes_nothing(run, config, concerning) -> None:
    run("apply", "--from", concerning)
    before = config.stat().st_mtime_ns, config.read_bytes()
    said = run("apply", "--from", concerning)
    assert said.code == exits.DONE
    assert "Nothing to change in workshop.toml" in said.out
    assert (config.stat().st_mtime_ns, config.read_bytes()) == before


def test_with_json_there_is_one_document_with_the_contract_s_members(run, critical) -> None:
    said = run("apply", "--from", critical, "--json")
    document = said.document
    assert document["schema"] == 1
    assert {"tier", "binding", "memory", "api", "recommendation", "changes"} <= document.keys()
    assert (document["written"], document["outcome"]) == (True, "written")
    assert document["binding"] == "requests_per_minute"
    recommendation = document["recommendation"]
    assert recommendation["max_concurrent_sessions"] == 1
    assert recommendation["slow_mode_default"] is True
    assert recommendation["slow_mode_delay_seconds"] > 3
    for change in document["changes"]:
        assert {"key", "old", "new", "because"} <= change.keys()
        assert change["because"]


def test_what_one_run_printed_can_be_used_by_another(run, config, critical, tmp_path) -> None:
    printed = run("apply", "--from", critical, "--json", "--dry-run").out
    again = tmp_path / "again.json"
    again.write_text(printed)
    said = run("apply", "--from", str(again), "--json")
    assert said.document["recommendation"] == json.loads(printed)["recommendation"]
    assert max_sessions(config) == 1


def test_a_dry_run_writes_nothing(run, config, concerning) -> None:
    before = config.read_bytes()
    said = run("apply", "--from", concerning, "--dry-run")
    assert said.code == exits.DONE
    assert "Nothing was written to workshop.toml." in said.out
    assert config.read_bytes() == before
    assert not (config.parent / ".stresstune").exists()


@pytest.mark.parametrize(
    ("fail_on", "found", "code"),
    [
        ("concerning", "concerning", exits.CONCERNING),
        ("critical", "concerning", exits.DONE),
        ("concerning", "critical", exits.CRITICAL),
        ("critical", "critical", exits.CRITICAL),
    ],
)
def test_a_bad_tier_fails_only_where_that_was_asked(run, request, fail_on, found, code) -> None:
    file = request.getfixturevalue(found)
    assert run("apply", "--from", file).code == exits.DONE
    assert run("apply", "--from", file, "--fail-on", fail_on).code == code


def test_an_inconclusive_run_says_why_on_stderr_where_stdout_is_a_document(run, results) -> None:
    bare = results(memory=memory_of(None))
    said = run("apply", "--from", bare, "--json")
    assert said.code == exits.INCONCLUSIVE
    assert said.document["outcome"] == "inconclusive"
    assert "memory: How many sessions fit in memory could not be told: the memory limit" in said.err
    assert said.err.endswith("it could not be measured what is right.\n")
    assert run("apply", "--from", bare, "--json", "--quiet").err == ""


def test_an_inconclusive_run_touches_nothing_and_exits_40(run, config, results) -> None:
    before = config.read_bytes()
    said = run("apply", "--from", results(memory=memory_of(None)))
    assert said.code == exits.INCONCLUSIVE
    assert "Nothing was touched" in said.out
    assert "stresstune apply --fallback" in said.out
    assert config.read_bytes() == before


def test_the_fallback_writes_half_without_measuring(run, config) -> None:
    said = run("apply", "--fallback", "--json")
    assert said.code == exits.DONE
    assert max_sessions(config) == 15
    assert said.document["memory"] is None


def test_the_fallback_is_never_bolder_than_the_file(run, config) -> None:
    config.write_text(config.read_text().replace("= 30\n\n[slow", "= 8\n\n[slow"))
    assert run("apply", "--fallback").code == exits.DONE
    assert max_sessions(config) == 8


def test_a_pinned_key_is_reported_and_not_written(run, config, concerning) -> None:
    config.write_text(
        config.read_text() + '\n[stresstune.policy]\npin = ["max_concurrent_sessions"]\n'
    )
    said = run("apply", "--from", concerning)
    assert "MAX_CONCURRENT_SESSIONS stays 30" in said.out
    assert max_sessions(config) == 30


def test_values_can_be_printed_instead_of_written(run, config, critical) -> None:
    before = config.read_bytes()
    said = run("apply", "--from", critical, "--emit", "env")
    assert said.code == exits.DONE
    lines = dict(line.split("=") for line in said.out.splitlines())
    assert lines["MAX_CONCURRENT_SESSIONS"] == "1"
    assert lines["SLOW_MODE_DEFAULT"] == "true"
    assert (
        json.loads(run("apply", "--from", critical, "--emit", "json").out)[
            "max_concurrent_sessions"
        ]
        == 1
    )
    assert config.read_bytes() == before
    assert "api: critical." in said.err


def test_printed_values_respect_a_pin(run, config, concerning) -> None:
    config.write_text(
        config.read_text() + '\n[stresstune.policy]\npin = ["max_concurrent_sessions"]\n'
    )
    said = run("apply", "--from", concerning, "--emit", "env")
    assert "MAX_CONCURRENT_SESSIONS=30\n" in said.out


def test_nothing_is_printed_as_a_value_where_nothing_could_be_told(run, results) -> None:
    said = run("apply", "--from", results(memory=memory_of(None)), "--emit", "env")
    assert (said.code, said.out) == (exits.INCONCLUSIVE, "")


def test_where_nothing_must_be_measured_the_file_s_values_are_printed(
    run, config, concerning
) -> None:
    run("apply", "--from", concerning)
    before = config.read_bytes()
    said = run("apply", "--if-needed", "--only", "memory", "--emit", "env")
    assert "all is well" in said.err, said.err
    assert said.out.splitlines()[0] == "MAX_CONCURRENT_SESSIONS=19"
    assert config.read_bytes() == before


def test_a_run_that_is_switched_off_prints_no_value(run, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE", "off")
    said = run("apply", "--fallback", "--emit", "env")
    assert (said.code, said.out) == (exits.DONE, "")
    assert "STRESSTUNE=off" in said.err


def test_a_saved_plan_is_not_written_where_it_is_switched_off(
    run, config, concerning, monkeypatch
) -> None:
    run("plan", "--from", concerning, "--out", "plan.json")
    monkeypatch.setenv("STRESSTUNE", "off")
    said = run("apply", "--plan", "plan.json", "--json")
    assert (said.code, said.document["outcome"]) == (exits.DONE, "off")
    assert max_sessions(config) == 30


def test_a_saved_plan_says_what_will_be_in_force(run, config, concerning) -> None:
    config.write_text(config.read_text() + PIN)
    run("plan", "--from", concerning, "--out", "plan.json")
    said = run("apply", "--plan", "plan.json", "--json")
    assert said.document["in_force"]["max_concurrent_sessions"] == 30
    again = run("apply", "--plan", "plan.json")
    assert "sessions at the same time  30" in again.out


def test_a_plan_for_another_config_or_journal_is_refused(run, config, concerning) -> None:
    run("plan", "--from", concerning, "--out", "plan.json")
    other = config.with_name("other.toml")
    other.write_bytes(config.read_bytes())
    said = run("--config", "other.toml", "apply", "--plan", "plan.json")
    assert said.code == exits.USAGE
    assert "is a plan for workshop.toml, not for other.toml" in said.err
    said = run("--state-dir", "elsewhere", "apply", "--plan", "plan.json")
    assert said.code == exits.USAGE
    assert "journal in .stresstune/ beside workshop.toml" in said.err
    assert max_sessions(config) == 30
    assert run("--config", str(config), "apply", "--plan", "plan.json").code == exits.DONE


def test_a_variable_that_shadows_the_file_is_named(run, concerning, monkeypatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "5")
    for command in (["plan", "--out", "plan.json"], ["apply"]):
        said = run(*command, "--from", concerning)
        assert "the environment variable MAX_CONCURRENT_SESSIONS (5) shadows" in said.out


def test_a_saved_plan_is_written_and_a_stale_one_refused(run, config, concerning) -> None:
    said = run("plan", "--from", concerning, "--out", "plan.json")
    assert "stresstune apply --plan plan.json" in said.out
    assert max_sessions(config) == 30
    assert run("apply", "--plan", "plan.json").code == exits.DONE
    assert max_sessions(config) == 19
    stale = run("apply", "--plan", "plan.json")
    assert stale.code == exits.STALE
    assert "changed after the plan was made" in stale.err


def test_a_plan_of_single_values_can_be_applied_too(run, config) -> None:
    made = plan(config, {"MAX_CONCURRENT_SESSIONS": 7})
    Path("values.json").write_text(made.to_json())
    said = run("apply", "--plan", "values.json", "--json")
    assert (said.code, said.document["tier"]) == (exits.DONE, None)
    assert max_sessions(config) == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plan", "missing.json"], "missing.json cannot be read"),
        (["--plan", "workshop.toml"], "is no plan"),
        (["--plan", "p.json", "--fallback"], "does not go with --fallback"),
        (["--plan", "p.json", "--dry-run"], "does not go with --dry-run"),
        (["--plan", "p.json", "--from", "r.json"], "does not go with --from"),
        (["--plan", "p.json", "--emit", "env"], "does not go with --emit"),
        (["--from", "missing.json"], "missing.json cannot be read"),
        (["--from", "workshop.toml"], "is no JSON"),
        (["--from", "list.json"], "is no JSON object"),
        (["--from", "empty.json"], "holds no measurement"),
        (["--from", "wrong.json"], "cannot be used"),
        (["--from", "a.json", "--fallback"], "results and fallback exclude each other"),
        (["--only", "memory", "--simulate"], "simulate is about the API"),
        (["--only", "memory", "--fallback"], "only says what is measured, and fallback measures"),
        (["--simulate", "tier9"], "tier9"),
        (["--limit", "lots"], "'lots' is not a size"),
        (["--factory", "nonsense"], "--factory is nonsense"),
        (["--session-concurrency", "2"], "--session-concurrency needs --factory or --app"),
        (["--app", "gunicorn app"], "--app needs --open-session"),
        (["--app", "a", "--factory", "b:c"], "exclude each other"),
        (["--app", "a 'b", "--open-session", "b:c"], "is no command: a quotation mark"),
        (["--app", "", "--open-session", "b:c"], "'--app': it is empty"),
        (["--ready", "/up"], "need --app"),
        (["--fallback", "--emit", "json", "--json"], "give one of them"),
        (["--url", "ftp://example.org"], "must begin with http"),
        (["--fail-on", "good"], "--fail-on"),
        (["--max-seconds", "0", "--fallback"], "--max-seconds is 0.0: it must be above 0"),
    ],
)
def test_what_cannot_be_exits_2_in_one_line(run, config, arguments: list, words: str) -> None:
    Path("list.json").write_text("[]")
    Path("empty.json").write_text('{"schema": 1}')
    Path("wrong.json").write_text('{"memory": {"mode": 7}}')
    before = config.read_bytes()
    said = run("apply", *arguments)
    assert said.code == exits.USAGE
    assert words in said.err
    assert said.err.count("\n") == 1
    assert config.read_bytes() == before


def test_without_a_key_the_three_ways_on_are_named(run, config) -> None:
    before = config.read_bytes()
    said = run("apply")
    assert said.code == exits.USAGE
    assert said.err.count("\n") == 1
    for way in ("GEMINI_API_KEY", "--simulate", "--only memory"):
        assert way in said.err
    assert config.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[stresstune.workload]\nsesions = 3\n", "sesions"),
        ('[stresstune.workload]\nsessions = "many"\n', "stresstune.workload.sessions"),
        ("[stresstune.workload]\nsessions = -1\n", "stresstune.workload.sessions"),
        ("MAX = = 3\n", "line 1"),
    ],
)
def test_a_config_that_cannot_be_is_named_with_its_key(run, config, text, words) -> None:
    config.write_text(text)
    said = run("apply", "--fallback")
    assert said.code == exits.USAGE
    assert words in said.err
    assert config.read_text() == text


def test_a_missing_config_and_a_directory_are_usage_errors(run, tmp_path) -> None:
    assert run("--config", "none.toml", "apply", "--fallback").code == exits.USAGE
    assert run("apply", "--fallback", "--config", str(tmp_path)).code == exits.USAGE


def test_a_place_where_nothing_can_be_written_exits_50(run, config, concerning) -> None:
    (config.parent / ".stresstune").write_text("in the way")
    before = config.read_bytes()
    said = run("apply", "--from", concerning)
    assert said.code == exits.NOT_WRITTEN
    assert "--state-dir" in said.err
    assert config.read_bytes() == before
    assert run("--state-dir", "elsewhere", "apply", "--from", concerning).code == exits.DONE


def test_a_plan_that_cannot_be_saved_exits_50(run, concerning) -> None:
    assert (
        run("plan", "--from", concerning, "--out", "no/such/folder.json").code == exits.NOT_WRITTEN
    )


def test_the_switch_turns_apply_off(run, config, concerning, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE", "off")
    said = run("apply", "--from", concerning)
    assert said.code == exits.DONE
    assert "STRESSTUNE=off" in said.out
    assert max_sessions(config) == 30


def test_if_needed_measures_only_where_the_check_is_not_content(run, config) -> None:
    first = run("apply", "--only", "memory", "--if-needed", "--json")
    assert first.document["outcome"] in {"written", "unchanged"}
    second = run("apply", "--only", "memory", "--if-needed", "--json")
    assert second.document["outcome"] == "not_needed"
    config.write_text(
        config.read_text().replace("images_per_session = 1", "images_per_session = 2")
    )
    third = run("apply", "--only", "memory", "--if-needed", "--json")
    assert third.document["outcome"] != "not_needed"


def test_what_was_never_measured_is_needed_however_content_the_check_is(run, results) -> None:
    memory = results(memory=memory_that_fits(24))
    assert run("apply", "--from", memory, "--if-needed").code == exits.DONE
    assert "Nothing was measured" in run("apply", "--from", memory, "--if-needed").out
    for options in (["--only", "api"], []):
        said = run("apply", *options, "--if-needed")
        assert (said.code, "key" in said.err) == (exits.USAGE, True)  # it would have been measured
    limit = Limit(kind="requests_per_minute", value=600, low=600, high=600, provenance="stated")
    api = results(api=api_of(limit))
    first = run("apply", "--from", api, "--if-needed", "--json").document
    assert first["outcome"] in {"written", "unchanged"}
    again = run("apply", "--if-needed", "--json").document
    assert again["outcome"] == "not_needed"


def test_a_run_that_is_not_needed_fails_as_the_run_behind_it(run, critical) -> None:
    fails = ["--fail-on", "critical"]
    assert run("apply", "--from", critical, *fails).code == exits.CRITICAL
    said = run("apply", "--if-needed", "--json", *fails)
    assert (said.document["outcome"], said.document["tier"]) == ("not_needed", "critical")
    assert said.code == exits.CRITICAL
    assert run("apply", "--if-needed", "--emit", "env", *fails).code == exits.CRITICAL
    assert run("apply", "--if-needed", "--fail-on", "concerning").code == exits.CRITICAL
    said = run("apply", "--if-needed")
    assert said.code == exits.DONE
    assert "Tier: critical; requests_per_minute binds, in the run behind the values.\n" in said.out


@pytest.mark.parametrize("how", [["--from"], ["--fallback"]])
def test_an_app_that_was_closed_by_hand_is_judged_like_any_other(
    run, config, critical, how: list[str]
) -> None:
    config.write_text(config.read_text().replace("= 30", "= 0", 1) + PIN)
    said = run("apply", *how, *([critical] if how == ["--from"] else []))
    assert said.code == exits.DONE, said.err
    assert "- The app lets nobody in: its number of sessions is 0.\n\n" in said.out
    assert max_sessions(config) == 0


def test_values_are_printed_and_a_bad_tier_fails_all_the_same(run, critical) -> None:
    said = run("apply", "--from", critical, "--emit", "env", "--fail-on", "critical")
    assert said.code == exits.CRITICAL
    assert "MAX_CONCURRENT_SESSIONS=1\n" in said.out
    assert run("apply", "--from", critical, "--emit", "env").code == exits.DONE


def test_a_simulated_run_is_content_with_a_simulated_measurement(run, config) -> None:
    simulate = ["--simulate", "rpm=30,latency=0.01,spread=0", "--only", "api", "--json"]
    assert run("apply", *simulate, "--if-needed").document["outcome"] == "written"
    assert run("apply", *simulate, "--if-needed").document["outcome"] == "not_needed"
    said = run("apply", "--only", "memory", "--if-needed", "--json")
    assert said.document["outcome"] != "not_needed"


def test_memory_alone_is_measured_for_real(run, config) -> None:
    said = run("apply", "--only", "memory", "--limit", "19MB", "--json")
    document = said.document
    assert document["api"] is None
    assert document["memory"]["limit_source"] == "--limit"
    assert document["recommendation"]["slow_mode_default"] is None
    assert document["written"] == (max_sessions(config) != 30)


def test_the_whole_loop_against_the_emulator(run, config) -> None:
    said = run("apply", "--simulate", "rpm=30,latency=0.01,spread=0", "--json")
    document = said.document
    assert said.code == exits.DONE
    assert document["simulated"] is True
    assert document["api"]["simulated"] is True
    assert document["api"]["attempts"] == []
    assert document["api"]["limits"][0]["value"] == 30
    assert document["binding"] == "requests_per_minute"
    assert document["memory"]["sessions_that_fit"] > 30
    assert "at most 1,000 requests, about " in said.err
    again = run("apply", "--simulate", "rpm=30,latency=0.01,spread=0", "--json").document
    assert (again["outcome"], again["changes"]) == ("unchanged", [])


def test_simulated_values_are_not_written_over_real_ones_unasked(run, config, results) -> None:
    limit = Limit(kind="requests_per_minute", value=100, low=100, high=100, provenance="stated")
    real = results(memory=memory_that_fits(60), api=api_of(limit))
    run("apply", "--from", real)
    before = config.read_bytes()
    said = run("apply", "--simulate")
    assert said.code == exits.USAGE
    assert "--yes" in said.err
    assert config.read_bytes() == before
    assert len(history(config)) == 1


def test_on_a_terminal_it_is_asked(run, config, results, monkeypatch) -> None:
    limit = Limit(kind="requests_per_minute", value=100, low=100, high=100, provenance="stated")
    run("apply", "--from", results(memory=memory_that_fits(60), api=api_of(limit)))
    before = config.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    unseen = run("apply", "--simulate")
    assert unseen.code == exits.USAGE  # the question would stand in a log
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    said = run("apply", "--simulate")
    assert said.code == exits.INTERRUPTED
    assert "Write simulated values over it?" in said.err
    assert config.read_bytes() == before
    answered = run("apply", "--simulate", "rpm=30,latency=0.01,spread=0", "--yes", "--only", "api")
    assert answered.code == exits.DONE
    assert config.read_bytes() != before


def test_a_change_can_be_undone_from_python(config) -> None:
    before = config.read_bytes()
    applied = apply(plan(config, {"MAX_CONCURRENT_SESSIONS": 7}))
    applied.undo()
    assert config.read_bytes() == before
