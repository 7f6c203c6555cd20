from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_the_latest_run_becomes_a_page(run, concerning) -> None:
    pytest.importorskip("vl_convert", reason="pip install '.[report]'")
    run("apply", "--from", concerning)
    said = run("report")
    assert (said.code, said.err) == (exits.DONE, "")
    assert said.out == (
        "Run 1 (concerning; memory binds) is told in report.html.\n"
        "Next: open it, or send it: it is complete by itself.\n"
    )
    assert "Memory holds 24 of the 30 people" in Path("report.html").read_text()


def test_markdown_goes_to_stdout_if_that_is_asked_for(run, concerning) -> None:
    run("apply", "--from", concerning)
    said = run("report", "--out", "-")
    assert said.out.startswith("# Memory holds 24 of the 30 people that are wanted.\n")
    assert not list(Path().glob("report*"))


def test_json_says_what_was_written_where(run, concerning) -> None:
    run("apply", "--from", concerning)
    run("apply", "--from", concerning)
    document = run("report", "--out", "r.md", "--json").document
    assert document == {
        "schema": 1,
        "record": "report_file",
        "out": "r.md",
        "size_bytes": Path("r.md").stat().st_size,
        "run_id": 2,
        "against": 1,
        "tier": "concerning",
        "binding": "memory",
    }
    assert run("report", "--out", "-", "--json").document["out"] is None


def test_an_inconclusive_run_has_its_report(run, results) -> None:
    from tests.policy.evidence import memory_of

    assert run("apply", "--from", results(memory=memory_of(None))).code == exits.INCONCLUSIVE
    said = run("report", "--out", "-")
    assert said.out.startswith("# It could not be told how many people the app carries.")
    assert run("check").code == exits.DONE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--run", "7"), "holds no run 7"),
        (("--out", "report.docx"), "its ending must say"),
        (("--out", "nowhere/report.md"), "cannot be written"),
    ],
)
def test_what_cannot_be_told_is_said(run, concerning, words, told) -> None:
    run("apply", "--from", concerning)
    said = run("report", *words) if "--out" in words else run("report", "--out", "-", *words)
    assert said.code in {exits.USAGE, exits.NOT_WRITTEN}
    assert told in said.err


def test_without_a_run_it_is_said_what_to_do(run) -> None:
    said = run("report", "--out", "-")
    assert said.code == exits.USAGE
    assert "run `stresstune apply` first" in said.err
