from __future__ import annotations

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_nothing_was_changed_yet(run) -> None:
    assert run("history").out.splitlines() == [
        "Nothing was changed yet.",
        "Next: `stresstune apply` measures, and writes what fits.",
    ]
    assert run("history", "--json").document == {"schema": 1, "entries": []}


def test_a_change_is_listed_with_its_values(run, concerning) -> None:
    run("apply", "--from", concerning)
    said = run("history")
    assert said.code == exits.DONE
    assert "apply" in said.out
    assert "concerning" in said.out
    assert said.out.splitlines()[-1].startswith("Next: `stresstune explain KEY` says why")
    entry = run("history", "--json").document["entries"][0]
    assert (entry["id"], entry["changes"][0]["new"]) == (1, 19)


def test_a_change_is_listed_with_the_run_that_it_rests_on(run, concerning) -> None:
    run("probe", "api", "--simulate", "rpm=60,latency=0.01")  # remembered nowhere
    run("apply", "--from", concerning)
    run("rollback")
    run("apply", "--from", concerning)
    entries = run("history", "--json").document["entries"]
    assert [(one["id"], one["run_id"]) for one in entries] == [(1, 1), (2, None), (3, 2)]
    lines = run("history").out.splitlines()
    assert lines[0].split()[0] == "change"
    at = lines[0].index("run")
    assert [line[at : at + 3].strip() for line in lines[2:-1] if line[0] != " "] == ["1", "", "2"]


def test_the_journals_folder_may_be_named_after_the_command(run, concerning) -> None:
    run("apply", "--from", concerning, "--state-dir", "elsewhere")
    assert run("history", "--json").document["entries"] == []
    assert len(run("history", "--state-dir", "elsewhere", "--json").document["entries"]) == 1
