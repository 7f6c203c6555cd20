"""The important screens, letter by letter: a change of them is a change that people see.

After a wanted change: delete the golden file, run the test (it fails and writes the new one), read
it, and commit it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.model.api import Limit
from tests.policy.evidence import api_of, classic, memory_of, memory_that_fits

GOLDEN = Path(__file__).parent / "golden"

pytestmark = pytest.mark.usefixtures("config")


def compare(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} was not there; it is now: read it")
    assert text == file.read_text(encoding="utf-8")


def requests_per_minute(value: float) -> Limit:
    return Limit(
        kind="requests_per_minute",
        value=value,
        low=value,
        high=value,
        provenance="stated",
        window_seconds=60.0,
        evidence="a 429 named it",
    )


def test_a_run_in_which_memory_binds(run, results) -> None:
    api = api_of(requests_per_minute(1_000))
    said = run("apply", "--from", results(memory=memory_that_fits(20), api=api))
    compare("apply_memory_binds", said.out)


def test_a_run_in_which_the_api_binds(run, results) -> None:
    api = api_of(requests_per_minute(240), simulated=True)
    said = run("apply", "--from", results(memory=memory_that_fits(60), api=api))
    compare("apply_api_binds", said.out)


def test_a_run_in_which_all_is_well(run, results) -> None:
    api = api_of(requests_per_minute(1_000))
    said = run("apply", "--from", results(memory=memory_that_fits(60), api=api))
    compare("apply_all_well", said.out)


def test_a_run_that_could_not_tell(run, results) -> None:
    api = api_of(outcome="inconclusive", notes=("The budget ended before a limit was met.",))
    said = run("apply", "--from", results(memory=memory_of(None), api=api))
    compare("apply_inconclusive", said.out)


def test_a_run_on_a_classic_burst(run, results) -> None:
    named = Path(results(api=classic(rejected=3))).name  # the command that writes it is told
    said = run("plan", "--from", named)
    compare("plan_classic", said.out)


def test_no_screen_is_wider_than_a_narrow_terminal() -> None:
    for file in GOLDEN.glob("*.txt"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert max(map(len, lines)) <= 80, file.name


def test_every_screen_is_plain_ascii() -> None:
    for file in GOLDEN.glob("*.txt"):
        assert file.read_text(encoding="utf-8").isascii(), file.name


@pytest.mark.parametrize("form", ["markdown", "github", "junit", "prometheus"])
def test_a_plan_for_a_pipeline(run, results, form: str) -> None:
    api = api_of(requests_per_minute(240), simulated=True)
    named = Path(results(memory=memory_that_fits(20), api=api)).name
    said = run("plan", "--from", named, "--format", form)
    compare(f"pipelines/plan_{form}", said.out)


def test_a_check_before_anything_was_measured(run) -> None:
    compare("check_never_tuned", run("check").out)


def test_a_short_help(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    compare("help", run("--help").out)
