from __future__ import annotations

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_a_config_that_was_never_tuned_says_so(run) -> None:
    said = run("check")
    assert said.code == exits.DONE
    assert "Check: never_tuned. Nothing was written.\nNext: `stresstune apply`" in said.out


def test_what_was_never_tuned_is_concerning_and_not_critical(run) -> None:
    assert run("check", "--fail-on", "concerning").code == exits.CONCERNING
    assert run("check", "--fail-on", "critical").code == exits.DONE


def test_after_an_apply_all_is_well(run) -> None:
    run("apply", "--only", "memory")
    said = run("check", "--fail-on", "concerning")
    assert said.code == exits.DONE
    assert "Check: ok; run 1 was good; " in said.out


def test_a_side_that_was_never_measured_is_named_beside_the_status(run, critical) -> None:
    run("apply", "--only", "memory")
    said = run("check")
    assert said.out.startswith("- the API was never measured: how many sessions it carries is")
    assert run("check", "--json").document["unmeasured"] == ["api"]
    run("apply", "--from", critical)
    assert run("check", "--json").document["unmeasured"] == []


def test_a_smaller_machine_is_drift_and_names_the_right_value(run) -> None:
    run("apply", "--only", "memory")
    said = run("check", "--limit", "13MB", "--fail-on", "critical")
    assert said.code == exits.CRITICAL
    assert "Check: drifted" in said.out
    assert "MAX_CONCURRENT_SESSIONS would be right at" in said.out


def test_a_larger_machine_is_drift_and_no_reason_to_stay_down(run, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "1GB")
    run("apply", "--only", "memory")
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "2GB")
    assert run("check", "--fail-on", "critical").code == exits.DONE
    assert run("check", "--fail-on", "concerning").code in (exits.DONE, exits.CONCERNING)


def test_a_pin_that_keeps_a_value_too_bold_is_what_to_change(run, config, concerning) -> None:
    pin = '\n[stresstune.policy]\npin = ["max_concurrent_sessions"]\n'
    config.write_text(config.read_text() + pin)
    run("apply", "--from", concerning)
    said = run("check")
    assert "- MAX_CONCURRENT_SESSIONS is 30 (pinned), above the" in said.out
    assert "Next: take MAX_CONCURRENT_SESSIONS out of stresstune.policy.pin, or set" in said.out


def test_a_variable_that_shadows_the_file_is_named(run, concerning, monkeypatch) -> None:
    run("apply", "--from", concerning)
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "99")
    said = run("check")
    assert "MAX_CONCURRENT_SESSIONS shadows the file" in said.out
    assert "Check: drifted" in said.out


def test_the_switch_turns_the_check_off(run, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE", "off")
    said = run("check", "--fail-on", "concerning", "--json")
    assert said.code == exits.DONE
    assert (said.document["status"], said.document["ok"]) == ("off", True)


def test_a_config_that_cannot_be_read_is_a_usage_error(run, config) -> None:
    config.write_text("[stresstune.workload]\nsessions = 0\n")
    assert run("check").code == exits.USAGE


def test_github_gets_annotations_and_a_summary(run, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    said = run("check", "--format", "github")
    assert said.out.startswith("::warning file=workshop.toml,line=")
    assert "never tuned" in (tmp_path / "summary.md").read_text()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no/such/folder.md"))
    assert run("check", "--format", "github").code == exits.NOT_WRITTEN
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert run("check", "--format", "github").code == exits.DONE


def test_a_format_may_be_json_and_not_two_at_once(run) -> None:
    assert run("check", "--format", "json").document["status"] == "never_tuned"
    assert run("check", "--format", "github", "--json").code == exits.USAGE


def test_a_comment_gets_markdown(run, config) -> None:
    said = run("check", "--format", "markdown")
    assert said.code == exits.DONE
    assert said.out.startswith("#")
    assert "never tuned" in said.out
    assert run("check", "--format", "markdown", "--json").code == exits.USAGE
