"""Each small example runs as its docstring says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.examples.servers import EXAMPLES, get_json, run, serving

pytestmark = pytest.mark.no_cover


def example(folder: Path, name: str, *words: str, **more: str) -> tuple[int, str, str]:
    return run(folder, str(EXAMPLES / name), *words, **more)


@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_a_web_app_says_at_its_start_that_it_was_never_tuned(framework: str, tmp_path: Path):
    pytest.importorskip(framework, reason="pip install '.[examples]'")
    pytest.importorskip("uvicorn", reason="pip install '.[examples]'")
    script = str(EXAMPLES / f"startup_check_{framework}.py")
    with serving(tmp_path, script, MAX_CONCURRENT_SESSIONS="7") as base_url:
        found = get_json(f"{base_url}/healthz")
    assert found["max_concurrent_sessions"] == 7
    assert "never tuned" in found["findings"][0]
    assert "stresstune: " in (tmp_path / "server.log").read_text()


def test_a_broken_config_costs_a_flask_app_half_of_its_seats_and_not_its_start(tmp_path: Path):
    pytest.importorskip("flask", reason="pip install '.[examples]'")
    (tmp_path / "workshop.toml").write_text('MAX_CONCURRENT_SESSIONS = "many"\n')
    with serving(tmp_path, str(EXAMPLES / "startup_check_flask.py")) as base_url:
        found = get_json(f"{base_url}/healthz")
    assert found["max_concurrent_sessions"] == 15
    assert "many" in found["findings"][0]


def test_the_hook_measures_once(tmp_path: Path):
    code, said, error = example(tmp_path, "deploy_hook.py", "--simulate", "rpm=300,latency=0.2")
    assert (code, said.splitlines()[0]) == (0, "written"), error
    written = tomllib.loads((tmp_path / "workshop.toml").read_text())
    assert written["MAX_CONCURRENT_SESSIONS"] == 30
    assert written["slow_mode"]["default"] is True
    code, said, error = example(tmp_path, "deploy_hook.py", "--simulate", "rpm=300,latency=0.2")
    assert (code, said.splitlines()[0]) == (0, "not_needed"), error


def test_the_hook_without_a_key_takes_half_of_the_seats(tmp_path: Path):
    code, _, error = example(tmp_path, "deploy_hook.py")
    assert code == 0
    assert "starting with half of the seats" in error
    written = tomllib.loads((tmp_path / "workshop.toml").read_text())
    assert written["MAX_CONCURRENT_SESSIONS"] == 15


def test_the_hook_keeps_an_app_with_a_broken_config_from_starting(tmp_path: Path):
    (tmp_path / "workshop.toml").write_text("MAX_CONCURRENT_SESSIONS = -1\n")
    code, _, error = example(tmp_path, "deploy_hook.py")
    assert code == 1
    assert "MAX_CONCURRENT_SESSIONS" in error


def test_own_sessions_are_measured_by_their_factory(tmp_path: Path):
    code, said, error = example(tmp_path, "own_session_factory.py")
    assert code == 0, error
    size_mb = float(said.split("keeps ")[1].split(" MB")[0])
    assert 2 < size_mb < 20
    assert "are safe" in said


def test_another_policy_lets_fewer_in(tmp_path: Path):
    code, said, error = example(tmp_path, "own_policy.py")
    assert code == 0, error
    seats = [int(line.split(" ")[3]) for line in said.splitlines() if "let " in line[:40]]
    assert seats == [20, 15]


def test_a_target_of_ones_own_is_probed(tmp_path: Path):
    code, said, error = example(tmp_path, "own_target.py")
    assert code == 0, error
    assert said.startswith("concurrency: 4")
    at_once, slowly = (int(line.split("carries ")[1].split()[0]) for line in said.splitlines()[1:])
    assert 4 <= at_once < slowly <= 30


def test_a_burst_of_thirty_on_ten_a_minute(tmp_path: Path):
    code, said, error = example(tmp_path, "burst_test.py")
    assert code == 1, error
    assert said.startswith("10 of 30 answered")
    assert "'429 RESOURCE_EXHAUSTED': 20" in said
