"""Every command ends with what to do next."""

from __future__ import annotations

import signal
import threading

import pytest

from stresstune.cli import exits
from stresstune.cli.app import COMMANDS
from stresstune.cli.commands.check import NEXT
from stresstune.cli.rendering import NEXT as UNCHANGED
from stresstune.model.api import Limit
from tests.cli.terminal import on_a_terminal
from tests.policy.evidence import api_of, memory_of, memory_that_fits

RPM = Limit(kind="requests_per_minute", value=240, low=240, high=240, provenance="stated")

ENDS = {
    "apply": ("--fallback",),
    "plan": ("--fallback",),
    "probe": ("probe", "memory", "--sessions", "2"),
    "preflight": ("--only", "memory"),
    "check": (),
    "explain": ("MAX_CONCURRENT_SESSIONS",),
    "history": (),
    "rollback": (),
    "report": ("--out", "report.md"),
}
"""How each is called, after a run that has written something; the rest have tests of their own."""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name in ENDS])
def test_a_command_ends_with_what_to_do_next(run, config, concerning, name: str) -> None:
    assert run("apply", "--from", concerning).code == exits.DONE
    asked = ENDS[name] if ENDS[name][:1] == (name,) else (name, *ENDS[name])
    said = run(*asked)
    assert said.code == exits.DONE
    last = " ".join(said.out.splitlines()[-3:])
    assert "Next: " in last


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) - set(ENDS) == {"emulate", "completion"}


def test_the_emulator_says_who_may_call_it_and_what_its_counts_are_for(run) -> None:
    threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
    said = run("emulate", "--rpm", "1", "--port", "0")
    assert said.code == exits.DONE
    assert "Next: `stresstune probe api --url http://127.0.0.1:" in said.err
    assert "Nothing was written. Next: " in said.out.splitlines()[-1]


@pytest.mark.no_cover
def test_a_person_who_sees_a_completion_script_is_told_where_it_belongs(tmp_path) -> None:
    with on_a_terminal("completion", "zsh", cwd=tmp_path) as watched:
        assert "compdef" in watched.end()
    assert watched.shown == ""  # stdout was a pipe: it is read by a shell


def test_nothing_left_behind_is_followed_by_what_to_do(run) -> None:
    assert run("probe", "memory", "--cleanup").out.splitlines()[-1].startswith("Next: ")


@pytest.mark.usefixtures("config")
def test_what_the_check_found_decides_what_to_do_next(run, monkeypatch, results) -> None:
    assert run("check").out.endswith(
        "Nothing was written.\nNext: `stresstune apply` measures anew.\n"
    )
    run("apply", "--from", results(memory=memory_that_fits(60)))
    said = run("check")
    assert "Check: ok; run 1 was good; no limit binds. Nothing was written.\n" in said.out
    assert said.out.endswith("Next: `stresstune apply --only api` measures what is missing.\n")
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "99")
    mend = (
        "Next: take MAX_CONCURRENT_SESSIONS out of the environment, or set "
        "MAX_CONCURRENT_SESSIONS=30 there."
    )
    assert run("check").out.replace("\n", " ").endswith(f"{mend} ")
    monkeypatch.delenv("MAX_CONCURRENT_SESSIONS")
    run("apply", "--from", results(memory=memory_that_fits(60), api=api_of(RPM)))
    assert run("check").out.endswith(f"Next: {NEXT['ok']}\n")
    monkeypatch.setenv("STRESSTUNE", "off")
    assert run("check").out.endswith(f"Next: {NEXT['off']}\n")


def test_a_comment_says_what_to_do_next_as_well(run, config) -> None:
    said = run("check", "--format", "markdown")
    assert said.out.endswith("- Next: `stresstune apply` measures anew.\n")


@pytest.mark.usefixtures("config")
def test_printed_values_are_followed_by_what_to_do_with_them(run, critical, results) -> None:
    said = run("apply", "--from", critical, "--emit", "env")
    assert "Tier: critical; requests_per_minute binds." in said.err
    assert "Next: start the app with them." in said.err
    assert "Next" not in said.out
    assert "Next: " in run("apply", "--from", results(memory=memory_of(None)), "--emit", "env").err


def test_what_a_pin_keeps_too_bold_is_a_persons_to_change(run, config, concerning) -> None:
    pin = '\n[stresstune.policy]\npin = ["max_concurrent_sessions"]\n'
    config.write_text(config.read_text() + pin)
    said = " ".join(run("apply", "--from", concerning).out.split())
    assert said.endswith(
        "Next: take MAX_CONCURRENT_SESSIONS out of stresstune.policy.pin, or set "
        "MAX_CONCURRENT_SESSIONS = 19 yourself."
    )
    config.write_text(config.read_text().replace("= 30", "= 3", 1))
    assert run("apply", "--from", concerning).out.endswith(f"{UNCHANGED['unchanged']}\n")


@pytest.mark.usefixtures("config")
def test_a_variable_that_says_something_else_than_the_file_is_to_go(
    run, concerning, monkeypatch
) -> None:
    for name, said in {"MAX_CONCURRENT_SESSIONS": "99", "SLOW_MODE_DEFAULT": "maybe"}.items():
        monkeypatch.setenv(name, said)
    mend = (
        "Next: take MAX_CONCURRENT_SESSIONS and SLOW_MODE_DEFAULT out of the environment, or set "
        "MAX_CONCURRENT_SESSIONS=19 and SLOW_MODE_DEFAULT=false there, and restart the app."
    )
    said = run("apply", "--from", concerning)
    assert " ".join(said.out.split()).endswith(f"{mend} `stresstune rollback` takes it back.")
    again = run("apply", "--from", concerning)
    assert " ".join(again.out.split()).endswith(mend)
    shadows = run("apply", "--from", concerning, "--json").document["shadows"]
    assert [(one["variable"], one["says"], one["value"]) for one in shadows] == [
        ("MAX_CONCURRENT_SESSIONS", "99", 19),
        ("SLOW_MODE_DEFAULT", "maybe", False),
    ]
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "19")
    monkeypatch.delenv("SLOW_MODE_DEFAULT")
    assert run("apply", "--from", concerning).out.endswith(f"{UNCHANGED['unchanged']}\n")
