from __future__ import annotations

import os
import shlex

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_a_plan_shows_the_diff_and_writes_nothing(run, config, concerning) -> None:
    before = config.read_bytes()
    said = run("plan", "--from", concerning)
    assert said.code == exits.DONE
    assert "+MAX_CONCURRENT_SESSIONS = 19" in said.out
    said_at_last = " ".join(said.out.split())
    assert said_at_last.endswith(f"Next: `stresstune apply --from {concerning}` writes it.")
    assert config.read_bytes() == before


def test_the_command_that_is_named_next_writes_what_was_looked_at(
    run, config, concerning, monkeypatch
) -> None:
    monkeypatch.chdir(config.parent)
    own = config.rename(config.with_name("own.toml"))
    named = ("--config", "own.toml", "--state-dir", "elsewhere")
    said = run(*named, "plan", "--from", concerning)
    told = " ".join(said.out.split()).rpartition("Next: `")[2]
    words = shlex.split(told.partition("`")[0])
    assert run(*words[1:]).code == exits.DONE
    assert "MAX_CONCURRENT_SESSIONS = 19" in own.read_text()


def test_what_was_measured_can_be_looked_at_first(run, config) -> None:
    said = run("plan", "--only", "memory", "--limit", "14MB")
    assert "Next: `stresstune plan --out plan.json`" in said.out


def test_the_exit_code_tells_whether_something_would_change(run, concerning) -> None:
    assert run("plan", "--from", concerning, "--exit-code").code == exits.CHANGES_PENDING
    run("apply", "--from", concerning)
    assert run("plan", "--from", concerning, "--exit-code").code == exits.DONE


def test_a_bad_tier_outranks_pending_changes(run, critical) -> None:
    said = run("plan", "--from", critical, "--exit-code", "--fail-on", "critical")
    assert said.code == exits.CRITICAL


def test_an_inconclusive_plan_is_not_saved(run, results, tmp_path) -> None:
    from tests.policy.evidence import memory_of

    said = run("plan", "--from", results(memory=memory_of(None)), "--out", "plan.json")
    assert said.code == exits.INCONCLUSIVE
    assert not (tmp_path / "plan.json").exists()


def test_the_plan_as_json_says_what_would_be_written(run, concerning) -> None:
    document = run("plan", "--from", concerning, "--json").document
    assert (document["outcome"], document["written"]) == ("planned", False)
    assert [change["new"] for change in document["changes"]] == [19]


def test_a_plan_with_a_damaged_key_is_refused(run, concerning, tmp_path) -> None:
    made = tmp_path / "plan.json"
    run("plan", "--from", concerning, "--out", str(made))
    made.write_text(made.read_text().replace("MAX_CONCURRENT_SESSIONS", "a..b"))
    said = run("apply", "--plan", str(made))
    assert said.code == exits.USAGE
    assert "is no plan: 'a..b' is not a dotted path" in said.err


def test_a_plan_never_overwrites_what_is_no_plan(run, config) -> None:
    before = config.read_bytes()
    said = run("plan", "--fallback", "--out", str(config))
    assert said.code == exits.USAGE
    assert "is no plan, so it is not overwritten" in said.err
    assert config.read_bytes() == before


def test_a_plan_is_for_its_owner_and_hides_secrets_beside_the_knobs(run, config, tmp_path) -> None:
    config.write_text('GEMINI_API_KEY = "AIzaSyNeverShown"\n' + config.read_text())
    out = tmp_path / "plan.json"
    said = run("plan", "--fallback", "--out", str(out))
    assert out.stat().st_mode & 0o077 == 0
    for text in (said.out, said.err, out.read_text()):
        assert "AIzaSyNeverShown" not in text


def test_sessions_that_are_none_prove_nothing(run, config, tmp_path, monkeypatch) -> None:
    (tmp_path / "empty_app.py").write_text("def open_session():\n    return None\n")
    monkeypatch.syspath_prepend(tmp_path)
    said = run("apply", "--only", "memory", "--factory", "empty_app:open_session")
    assert said.code == exits.INCONCLUSIVE
    assert "None" in said.out
    assert "= 30" in config.read_text()


def test_a_source_that_fails_is_shown_with_its_error(run, config, tmp_path, monkeypatch) -> None:
    (tmp_path / "failing_app.py").write_text(
        "held = []\n\n\ndef open_session():\n    held.append(1)\n"
        "    if len(held) > 2:\n        raise OSError('no database')\n    return bytearray(10**6)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = run("plan", "--only", "memory", "--factory", "failing_app:open_session")
    assert said.code == exits.INCONCLUSIVE
    assert "Of the memory probe:" in said.out
    assert "no database" in said.out


def test_a_saved_plan_is_named_as_what_comes_next(run, concerning) -> None:
    said = run("plan", "--from", concerning, "--out", "my plan.json")
    assert "Next: `stresstune apply --plan 'my plan.json'` writes it." in said.out


def test_a_pinned_value_is_shown_as_it_stays(run, config, concerning) -> None:
    config.write_text(
        config.read_text() + "[stresstune.policy]\npin = ['max_concurrent_sessions']\n"
    )
    said = run("apply", "--from", concerning)
    assert "says the right thing already" not in said.out
    assert "Left as it is: workshop.toml, because" in " ".join(said.out.split())
    assert "19 was found" in " ".join(said.out.split())
    assert "Work in pairs" not in said.out


def test_a_fallback_says_that_nothing_was_measured(run, config) -> None:
    said = run("apply", "--fallback")
    assert "Not measured: half of the wanted sessions." in said.out
    assert "Tier: inconclusive" not in said.out
    config.write_text(config.read_text().replace("SESSIONS = 15", "SESSIONS = 10"))
    again = run("apply", "--fallback")
    assert "groups of 3" in again.out
    assert "Left as it is: workshop.toml, because it is more careful already." in " ".join(
        again.out.split()
    )


def test_a_factory_without_a_function_is_told_in_words(run, config) -> None:
    said = run("plan", "--factory", "fac")
    assert said.code == exits.USAGE
    assert "--factory is fac: write package.module:function" in said.err


def test_a_plan_for_a_name_that_is_no_utf_8_cannot_be_saved(run, config, concerning) -> None:
    odd = config.rename(os.fsdecode(os.fsencode(config.parent) + b"/caf\xe9.toml"))
    said = run("--config", str(odd), "plan", "--from", concerning, "--out", "plan.json")
    assert said.code == exits.USAGE
    assert "caf\\xe9.toml is no UTF-8" in said.err
    assert run("--config", str(odd), "apply", "--from", concerning, "--json").document["written"]
