from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import stresstune
from tests.config.builders import tuned_here

HEAVY = (
    "google.genai",
    "PIL",
    "rich",
    "anyio",
    "tomlkit",
    "aiohttp",
    "pydantic",
    "click",
    "distributed",
    "msgspec",
)


def python(code: str) -> str:
    """Run code in an interpreter that has loaded nothing yet: no .pth file, no coverage."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_importing_the_package_pulls_in_nothing_heavy() -> None:
    loaded = python("import sys, stresstune; print(*sys.modules)").split()
    assert "stresstune" in loaded
    assert not set(loaded) & set(HEAVY)
    assert not [name for name in loaded if name.startswith("stresstune.")]


def modules_after(names: str) -> set[str]:
    return set(python(f"import sys, {names}; print(*sys.modules)").split())


def test_importing_the_package_loads_nothing_but_what_every_use_of_it_needs() -> None:
    beyond = modules_after("stresstune") - modules_after("typing, inspect")
    assert beyond == {"__future__", "stresstune"}


def cpu_seconds_to_import(names: str) -> float:
    code = (
        f"from time import process_time as now; began = now(); import {names}; print(now() - began)"
    )
    return float(python(code))


def test_importing_the_package_costs_little_more_than_what_every_use_of_it_needs() -> None:
    names = ("stresstune", "typing, inspect")
    rounds = [[cpu_seconds_to_import(name) for name in names] for _ in range(12)]
    ours, needed = map(min, zip(*rounds, strict=True))  # in turn: both meet the same noise
    assert ours < 1.5 * needed


def test_what_every_use_of_the_package_needs_is_what_the_library_of_its_records_loads() -> None:
    ours = python("import sys, stresstune; print(*sys.modules)").split()
    library = python("import sys, msgspec, importlib; print(*sys.modules)").split()
    assert set(ours) - set(library) == {"stresstune"}


def test_importing_the_package_costs_less_than_the_library_of_its_records() -> None:
    assert cpu_seconds_to_import("stresstune") < cpu_seconds_to_import("msgspec")


@pytest.mark.parametrize("key", ["", "AIza" + 35 * "x"])
def test_a_startup_check_loads_nothing_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    config = tmp_path / "workshop.toml"
    config.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    tuned_here(config)
    quick = f"assert stresstune.check({str(config)!r}).ok"
    loaded = python(f"import sys, stresstune; {quick}; print(*sys.modules)").split()
    slow = {"pathlib", "urllib.parse", "hashlib", "json", "asyncio", "subprocess", "logging"}
    assert not set(loaded) & ({*HEAVY, *slow} - {"msgspec"})


@pytest.mark.parametrize("name", stresstune.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(stresstune, name).__doc__


def test_the_tour_names_everything_once() -> None:
    assert len(set(stresstune.__all__)) == len(stresstune.__all__)
    assert set(stresstune.__all__) <= set(dir(stresstune))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'proble_memory'"):
        _ = stresstune.proble_memory


def test_the_settings_of_an_app_cost_no_probe_and_no_journal() -> None:
    loaded = python("import sys; from stresstune import load_settings; print(*sys.modules)").split()
    assert not set(loaded) & {"google.genai", "PIL", "rich", "anyio", "aiohttp", "click"}
    assert not set(loaded) & {"stresstune.config.database", "stresstune.memory.probe"}
