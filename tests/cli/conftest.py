"""The command line as a function, in a folder with a small config."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stresstune.cli.main import main
from stresstune.model.api import Limit
from stresstune.model.record import Record
from tests.policy.evidence import api_of, memory_that_fits

CONFIG = """\
# the app's own
MAX_CONCURRENT_SESSIONS = 30

[slow_mode]
default = false
delay_seconds = 3.0

[stresstune.workload]
sessions = 30
images_per_session = 1
image_bytes = 200_000
"""


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("STRESSTUNE", "STRESSTUNE_CONFIG", "STRESSTUNE_STATE_DIR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("STRESSTUNE_MEMORY_LIMIT", raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def results(tmp_path: Path) -> Callable[..., str]:
    """Write a results file, as apply prints it, and return its name."""

    def write(memory: Record | None = None, api: Record | None = None) -> str:
        document = {
            "schema": 1,
            "memory": memory.to_dict() if memory else None,
            "api": api.to_dict() if api else None,
        }
        path = tmp_path / "results.json"
        path.write_text(json.dumps(document))
        return str(path)

    return write


@pytest.fixture
def concerning(results: Callable[..., str]) -> str:
    """Results in which 24 of 30 sessions fit in memory."""
    return results(memory=memory_that_fits(24))


@pytest.fixture
def critical(results: Callable[..., str]) -> str:
    """Results in which the API carries next to nothing."""
    limit = Limit(kind="requests_per_minute", value=10, low=10, high=10, provenance="stated")
    return results(memory=memory_that_fits(60), api=api_of(limit))
