from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stresstune.errors import UsageError
from stresstune.workflow.check import acheck, check
from stresstune.workflow.tune import tune
from tests.config.builders import tuned_here
from tests.policy.evidence import memory_that_fits

CONFIG = "MAX_CONCURRENT_SESSIONS = 30\n"


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    path = tmp_path / "simulated.toml"
    path.write_text(CONFIG)
    return tuned_here(path, simulated=True)


@pytest.fixture
def tuned(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.delenv("STRESSTUNE", raising=False)
    path = tmp_path / "workshop.toml"
    path.write_text(CONFIG)
    tune(path, results={"memory": memory_that_fits(60).to_dict()})
    return path


def test_a_tuned_config_is_ok(tuned) -> None:
    assert check(tuned).ok


def test_no_memory_at_all_is_no_limit(tuned) -> None:
    with pytest.raises(ValueError, match="above 0 bytes, not 0"):
        check(tuned, limit_bytes=0)
    for nothing in (0, -1):
        with pytest.raises(UsageError, match=f"limit_bytes is {nothing}: it must be above 0"):
            tune(tuned, limit_bytes=nothing)


def test_where_nothing_moved_nothing_is_reckoned_anew(tuned, monkeypatch) -> None:
    from stresstune.workflow import rescaled as module

    monkeypatch.setattr(module, "judge", lambda *_: pytest.fail("it was judged again"))
    assert check(tuned, limit_bytes=memory_that_fits(60).limit_bytes).ok


def modules_after(code: str) -> set[str]:
    command = [sys.executable, "-c", f"{code}; print(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return set(done.stdout.split())


def test_it_pulls_in_no_probe(tuned) -> None:
    asked = modules_after(f"import sys, stresstune; stresstune.check({str(tuned)!r})")
    heavy = {"google.genai", "PIL", "rich", "anyio", "aiohttp", "click", "psutil", "tomlkit"}
    slow = {"dataclasses", "random", "stresstune.policy", "stresstune.model.api", "difflib"}
    assert not (heavy | slow) & (asked - modules_after("import sys"))


def test_what_was_only_simulated_is_not_reckoned_anew(simulated) -> None:
    code = (
        f"found = stresstune.check({str(simulated)!r}); assert found.status == 'simulated', found"
    )
    assert not modules_after(f"import sys, stresstune; {code}") & {
        "stresstune.policy",
        "stresstune.model.api",
        "stresstune.config.recall",
    }


def test_what_would_be_right_is_reckoned_without_statistics_or_hints(tuned) -> None:
    code = f"found = stresstune.check({str(tuned)!r}, limit_bytes=500_000_000); assert found.right"
    before = modules_after("import sys")  # what watches the tests may be loaded in any process
    loaded = modules_after(f"import sys, stresstune; {code}") - before
    assert "stresstune.policy" in loaded
    assert not {"stresstune.model.fleet", "stresstune.config.change_set"} & loaded
    assert not {"statistics", "random", "difflib", "dataclasses", "fractions"} & loaded


@pytest.mark.anyio
async def test_it_may_be_asked_inside_of_a_running_loop(tuned) -> None:
    assert (await acheck(tuned)) == check(tuned)


def test_what_would_be_right_on_a_smaller_machine_is_reckoned(tuned) -> None:
    found = check(tuned, limit_bytes=500_000_000)
    assert found.status == "drifted"
    # 10 sessions of 50 MB would fit: fewer than half of 30, so at most a third, less headroom
    assert found.right == {"MAX_CONCURRENT_SESSIONS": 8}
