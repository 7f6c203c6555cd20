from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.config.change_set import Begun
from stresstune.config.lock import locked
from stresstune.config.place import find_place
from stresstune.config.turn import turn


@pytest.fixture
def interrupted(run, concerning, config: Path) -> Path:
    """A config to which something was applied, and an apply that was killed before it wrote."""
    run("apply", "--from", concerning)
    before = config.read_bytes()
    begun = Begun(kind="apply", before=before, after=before + b"# new\n", changes=())
    with turn(find_place(config)) as ours:
        ours.journal.begin(begun)
    return config


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
    assert "is being written by process" in said.err
    assert said.out
