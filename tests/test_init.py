from __future__ import annotations

import subprocess
import sys

import pytest

import stresstune

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
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_importing_the_package_pulls_in_nothing_heavy() -> None:
    loaded = python("import sys, stresstune; print(*sys.modules)").split()
    assert "stresstune" in loaded
    assert not set(loaded) & set(HEAVY)
    assert not [name for name in loaded if name.startswith("stresstune.")]


def seconds_to_import(name: str) -> float:
    code = (
        f"from time import perf_counter as now; began = now(); import {name}; print(now() - began)"
    )
    return min(float(python(code)) for _ in range(4))


def test_importing_the_package_costs_less_than_the_parser_of_a_command_line() -> None:
    assert seconds_to_import("stresstune") < seconds_to_import("argparse")


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
