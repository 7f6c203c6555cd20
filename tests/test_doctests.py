"""Every example in a docstring runs, and every public name has a docstring.

Each runs in a folder with a config in which 30 sessions are let in.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import shutil
from pathlib import Path

import pytest

import stresstune

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(stresstune.__path__, "stresstune.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for found in doctest.DocTestFinder().find(module):
        shutil.rmtree(tmp_path / ".stresstune", ignore_errors=True)
        (tmp_path / "workshop.toml").write_text("MAX_CONCURRENT_SESSIONS = 30")
        runner.run(found)
    assert runner.summarize().failed == 0


def test_a_good_part_of_the_docstrings_has_an_example() -> None:
    examples = 0
    for name in MODULES:
        for found in doctest.DocTestFinder().find(importlib.import_module(name)):
            examples += len(found.examples)
    assert examples >= 100


@pytest.mark.parametrize("name", sorted(set(stresstune.__all__) - {"__version__"}))
def test_every_public_name_has_a_docstring(name: str) -> None:
    text = inspect.getdoc(getattr(stresstune, name))
    assert text is not None
    assert len(text) > 20


@pytest.mark.parametrize("name", sorted(set(stresstune.__all__) - {"__version__"}))
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    public = getattr(stresstune, name)
    finder = doctest.DocTestFinder(recurse=False)
    assert any(found.examples for found in finder.find(public, name))
    assert public.__module__ in MODULES  # where test_examples_in_docstrings_run runs it
