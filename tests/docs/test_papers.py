"""The papers at the top of the repository: what they name exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stresstune.cli.app import COMMANDS
from tests.docs.pages import ROOT

in_the_repository = pytest.mark.skipif(
    not (ROOT / ".ci").exists(), reason="an unpacked sdist has no forms and no pipeline"
)

PAPERS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAPERS)
def test_links_of_a_paper_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", read(name)):
        is_far = target.startswith("https://")
        assert is_far or (ROOT / name).parent.joinpath(target).exists(), target


def test_what_security_says_of_the_config_and_the_commands_exists() -> None:
    text = read("SECURITY.md")
    assert {"apply", "plan", "check", "explain", "history", "rollback"} <= set(COMMANDS)
    for option in sorted(set(re.findall(r"`(--[a-z-]+)", text))):
        assert any(option in path.read_text(encoding="utf-8") for path in cli()), option


def cli() -> list[Path]:
    return list((ROOT / "stresstune" / "cli").rglob("*.py"))


def test_every_benchmark_is_named_where_figures_are_explained() -> None:
    figures = read("docs/explanation/figures.md")
    for file in (ROOT / "tests" / "benchmarks").glob("test_*.py"):
        assert file.name in figures, file.name


@in_the_repository
def test_the_scripts_of_the_release_are_sound_and_are_run() -> None:
    for script in (".ci/run", ".ci/first", ".ci/dist"):
        subprocess.run(["bash", "-n", str(ROOT / script)], check=True)
        assert script == ".ci/run" or script in read(".ci/run")
    assert ".ci/dist" in read("CONTRIBUTING.md")


@in_the_repository
def test_the_forms_for_issues_have_what_github_asks_of_them() -> None:
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) == 4
    for form in forms:
        text = form.read_text(encoding="utf-8")
        is_form = form.name != "config.yml"
        assert is_form == all(f"\n{key}:" in f"\n{text}" for key in ("name", "description", "body"))
