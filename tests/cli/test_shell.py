from __future__ import annotations

import os
import sys
from typing import get_args

import pytest

from stresstune.cli import progress as progress_module
from stresstune.cli.progress import busy, showing
from stresstune.cli.shell import Shell, paint_diff, paint_tier, wants_colour
from stresstune.model.fingerprint import CheckStatus
from stresstune.model.memory import MemoryOutlook
from stresstune.model.workload import Progress


@pytest.mark.parametrize(
    ("environ", "is_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_for_terminals_and_for_those_who_ask(
    monkeypatch, environ, is_terminal, wanted
) -> None:
    monkeypatch.setattr(os, "environ", environ)
    assert wants_colour(is_terminal) is wanted


def test_a_pipe_gets_no_colour(capsys) -> None:
    Shell().show(f"Tier: {paint_tier('critical')}")
    assert capsys.readouterr().out == "Tier: critical\n"


@pytest.mark.parametrize("status", get_args(CheckStatus))
def test_every_answer_of_a_check_has_its_colour(status: str) -> None:
    bold_alone = "\x1b[1m"
    assert status == "off" or not paint_tier(status).startswith(bold_alone)


def test_who_forces_colour_gets_it(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    Shell().show(paint_diff("+a\n-b\n c"))
    assert "\x1b[32m+a" in capsys.readouterr().out


def test_quiet_talks_no_more_and_still_shows(capsys) -> None:
    shell = Shell(quiet=True)
    shell.talk("talk")
    shell.show("result")
    assert capsys.readouterr() == ("result\n", "")


def test_json_is_the_only_thing_on_stdout(capsys) -> None:
    shell = Shell(form="json")
    shell.show("text")
    shell.document({"schema": 1})
    assert capsys.readouterr().out == '{\n  "schema": 1\n}\n'


def test_the_width_follows_the_terminal_within_reason(monkeypatch) -> None:
    assert Shell().width == 80
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    for columns, width in (("20", 60), ("100", 100), ("400", 160)):
        monkeypatch.setenv("COLUMNS", columns)
        assert Shell().width == width


def tell(message: str, stage: str = "api") -> Progress:
    return Progress(stage=stage, message=message, done=1, total=2)


def test_without_a_terminal_there_is_a_line_now_and_then(capsys) -> None:
    now = [0.0]
    lines = progress_module._Lines(Shell(), clock=lambda: now[0])
    for second, message in ((0.0, "one"), (1.0, "two"), (6.0, "three")):
        now[0] = second
        lines(tell(message))
    lines(tell("four", "memory"))
    assert capsys.readouterr().err == "api: one\napi: three\nmemory: four\n"


def test_what_goes_on_without_news_is_said_again_now_and_then(capsys) -> None:
    now = [100.0]
    lines = progress_module._Lines(Shell(), clock=lambda: now[0])
    lines.again()
    lines(tell("Session 4", "memory"))
    now[0] += 1.0
    lines(tell("opening sessions 5 to 72", "memory"))
    for _ in range(12):
        now[0] += 1.0
        lines.again()
    said = capsys.readouterr().err.splitlines()
    assert said == ["memory: Session 4", *2 * ["memory: opening sessions 5 to 72"]]


def test_what_takes_long_is_said_in_a_log(capsys) -> None:
    now = [100.0]
    lines = progress_module._Lines(Shell(), clock=lambda: now[0], begins="drawing")
    lines.again()
    assert capsys.readouterr().err == ""
    now[0] += 5.0
    lines.again()
    assert capsys.readouterr().err == "drawing\n"


def announce(message: str, stage: str = "api") -> Progress:
    return Progress(stage=stage, message=message)


def test_what_is_announced_is_said_at_once(capsys) -> None:
    lines = progress_module._Lines(Shell(), clock=lambda: 0.0)
    for message in ("may spend 10", "starting an emulator", "may spend 10"):
        lines(announce(message))
    lines(tell("1 answered"))
    said = capsys.readouterr().err
    assert said == "api: may spend 10\napi: starting an emulator\napi: may spend 10\n"


def test_verbose_says_every_message(capsys) -> None:
    with showing(Shell(verbose=True)) as on_progress:
        on_progress(tell("one"))
        on_progress(tell("two"))
    assert capsys.readouterr().err == "api: one\napi: two\n"


def test_every_line_may_be_a_part_of_the_result(capsys) -> None:
    with showing(Shell(quiet=True), every_line=True) as on_progress:
        on_progress(tell("Session 1/3"))
    assert capsys.readouterr().out == "Session 1/3\n"


def test_what_is_waited_for_is_said_where_every_line_is_a_part_of_the_result(capsys) -> None:
    now = [0.0]
    listing = progress_module._Listing(Shell(), clock=lambda: now[0])
    outlook = MemoryOutlook(
        sessions=2, used_bytes=10**8, guard_bytes=10**9, limit_bytes=2 * 10**9, limit_source="host"
    )
    listing(announce("opening sessions", "memory"))
    now[0] += 6.0
    listing.again()
    listing(Progress(stage="memory", message="Session 2/4: size 1 MB", done=2, memory=outlook))
    listing.again()
    for _ in range(6):
        now[0] += 1.0
        listing.again()
    said = capsys.readouterr()
    assert said.out == "opening sessions\nSession 2/4: size 1 MB\n"
    assert said.err == "memory: opening sessions\nmemory: still going on after Session 2/4\n"


def test_on_a_terminal_there_is_a_bar_and_what_comes_first_stays(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with showing(Shell()) as on_progress:
        on_progress(tell("may spend at most [10] requests"))
        on_progress(tell("second"))
    said = capsys.readouterr()
    assert said.out == ""
    assert "api: may spend at most [10] requests" in said.err


def test_on_a_terminal_each_announcement_stays_and_the_bar_says_it_too(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with showing(Shell()) as on_progress:
        on_progress(announce("the key is checked"))
        on_progress(announce("opening sessions", "memory"))
        on_progress(tell("Session 1", "memory"))
        on_progress(announce("an emulator starts"))
    said = capsys.readouterr().err
    assert "starting" not in said
    for line in ("api: the key is checked", "memory: opening sessions", "api: an emulator starts"):
        assert said.count(line) == 1
    assert "memory: Session 1" not in said
    assert said.rindex("Session 1") < said.rindex("an emulator starts")  # in its bar, at the end


def test_quiet_shows_no_bar(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with showing(Shell(quiet=True)) as on_progress:
        on_progress(tell("anything"))
    assert capsys.readouterr().err == ""


def test_what_stands_on_a_terminal_says_for_how_long_it_has_been() -> None:
    now = [0.0]
    standing = progress_module._Standing("starting the app", clock=lambda: now[0])
    now[0] = 61.7
    assert standing.lines() == "0:01:01 starting the app"
    outlook = MemoryOutlook(
        sessions=2, used_bytes=10**8, guard_bytes=10**9, limit_bytes=2 * 10**9, limit_source="host"
    )
    known = Progress(stage="memory", message="Session 2: size 1 MB", done=2, memory=outlook)
    standing.take(known, wanted=5, width=80)
    standing.take(tell("opening sessions 3 to 9", "memory"), wanted=5, width=80)
    lines = standing.lines().splitlines()
    assert "sessions  2 of 5 wanted" in lines
    assert lines[-1] == "now       0:01:01 opening sessions 3 to 9"


def test_what_takes_a_while_is_shown_on_a_terminal_at_once(capsys, monkeypatch) -> None:
    with busy(Shell(), "drawing"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for shell, words in ((Shell(quiet=True), "drawing"), (Shell(), "")):
        with busy(shell, words):
            pass
    assert capsys.readouterr().err == ""
    with busy(Shell(), "drawing"):
        pass
    assert "0:00:00 drawing" in capsys.readouterr().err
