from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.cli.interrupted import NOTHING, NOTHING_ELSE
from stresstune.config.change_set import Begun
from stresstune.config.lock import locked
from stresstune.config.place import find_place
from stresstune.config.turn import turn
from stresstune.errors import WriteError
from stresstune.workflow.tune import tune


@pytest.fixture
def interrupted(run, concerning, config: Path) -> Path:
    """A config to which something was applied, and an apply that was killed before it wrote."""
    run("apply", "--from", concerning)
    before = config.read_bytes()
    begun = Begun(kind="apply", before=before, after=before + b"# new\n", changes=())
    with turn(find_place(config)) as ours:
        ours.journal.begin(begun)
    return config


def test_ctrl_c_after_the_write_says_what_was_written(run, concerning, config, monkeypatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stresstune.cli.commands.apply.show_result", interrupted)
    said = run("apply", "--from", concerning)
    assert said.code == exits.INTERRUPTED
    assert "was written before that: it is change 1" in said.err
    assert len(run("history", "--json").document["entries"]) == 1


def test_ctrl_c_before_the_write_says_nothing_of_it(run, concerning, config, monkeypatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stresstune.cli.commands.apply.finish_on_screen", interrupted)
    said = run("apply", "--from", concerning)
    assert said.code == exits.INTERRUPTED
    assert "was written before that" not in said.err


LOOKING_BACK = (["history"], ["explain", "MAX_CONCURRENT_SESSIONS"], ["report", "--out", "-"])


@pytest.mark.parametrize("command", LOOKING_BACK, ids=" ".join)
def test_a_command_that_looks_back_undoes_what_was_interrupted_and_says_so(
    run, interrupted, command
) -> None:
    said = run(*command)
    assert said.code == exits.DONE
    assert "the apply 2 was interrupted before it wrote the file: nothing had changed" in said.err
    entries = run("history", "--json").document["entries"]
    assert [one["state"] for one in entries] == ["done", "undone"]


@pytest.mark.parametrize("command", LOOKING_BACK, ids=" ".join)
def test_it_goes_on_where_nothing_can_be_put_right(run, interrupted, command) -> None:
    with interrupted.open("a") as file:
        file.write("[stresstune.journal]\nlock_seconds = 0.01\n")
    with locked(find_place(interrupted)):
        said = run(*command)
    assert said.code == exits.DONE
    assert "something was begun and has not ended" in said.err
    assert "waiting for it" not in said.err
    assert "is being written by process" in said.err
    assert said.out


def test_a_check_puts_right_what_was_interrupted_and_judges_what_is_there_then(
    run, interrupted
) -> None:
    said = run("check")
    assert "the apply 2 was interrupted before it wrote the file: nothing had changed" in said.err
    assert "Check: ok" in said.out
    assert "What was interrupted is settled; nothing else was written.\n" in said.out
    again = run("check")
    assert again.err == ""
    assert again.out == said.out.replace(NOTHING_ELSE, NOTHING)


def test_an_apply_if_needed_measures_nothing_because_of_an_interruption_alone(
    run, interrupted
) -> None:
    said = run("apply", "--if-needed", "--only", "memory")
    assert said.code == exits.DONE
    assert "the apply 2 was interrupted before it wrote the file: nothing had changed" in said.err
    assert "Nothing was measured" in said.out


def test_a_tune_if_needed_measures_nothing_because_of_an_interruption_alone(interrupted) -> None:
    result = tune(interrupted, if_needed=True, only="memory")
    assert result.outcome == "not_needed"
    assert "the apply 2 was interrupted" in result.notes[0]


def test_an_apply_that_is_switched_off_puts_nothing_right(run, interrupted, monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE", "off")
    run("apply", "--if-needed", "--only", "memory")
    monkeypatch.delenv("STRESSTUNE")
    assert "the apply 2 was interrupted" in run("check").err


def test_a_check_mends_a_file_that_was_torn_while_it_was_overwritten(run, interrupted) -> None:
    before, place = interrupted.read_bytes(), find_place(interrupted)
    after = before.replace(b"30", b"18", 1).replace(b"[slow", b"# new\n[slow", 1)
    with turn(place) as ours:
        number = ours.journal.begin(Begun(kind="apply", before=before, after=after, changes=()))
        ours.journal.writing_in_place(number, before, after)
    cut = after.index(b"# new") + 8
    interrupted.write_bytes(after[:cut] + before[cut:].ljust(len(after) - cut, b"\0"))
    said = run("check")
    assert (said.code, "the old file is back" in said.err) == (exits.DONE, True)
    assert interrupted.read_bytes() == before


def test_a_check_leaves_an_apply_alone_that_is_under_way(run, interrupted) -> None:
    with locked(find_place(interrupted)):
        said = run("check")
    assert (said.code, said.err) == (exits.DONE, "")
    assert "Nothing was written." in said.out


def test_a_check_that_may_not_write_names_what_was_interrupted(run, interrupted, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise WriteError("the folder is read-only")

    monkeypatch.setattr("stresstune.config.turn.turn", refuse)
    said = run("check", "--fail-on", "critical")
    assert said.code == exits.CRITICAL
    assert "stays so: the folder is read-only" in said.err
    assert "Check: interrupted" in said.out
