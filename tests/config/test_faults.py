"""A fault at every file-system call; the benchmark prints the whole table."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config import syscall_matrix
from tests.config.children import ROOT

pytestmark = pytest.mark.no_cover


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """Return a folder in memory where there is one: thousands of flushes cost nothing there."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def run_matrix(module: str, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.config.{module}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("action", ["apply", "rollback", "in_place"])
def test_the_file_is_old_or_new_and_the_next_commands_work(action: str, fast_folder: Path):
    found = run_matrix("fault_matrix", str(fast_folder), action, "5")
    assert found["wrong"] == []
    outcomes = found["outcomes"]
    assert isinstance(outcomes, dict)
    assert {"SIGKILL before: killed", "ENOSPC: refused", "EDQUOT: refused", "EIO: done"} <= set(
        outcomes
    )


@pytest.mark.skipif(not syscall_matrix.is_possible(), reason="strace may not attach here")
@pytest.mark.parametrize("action", ["apply", "rollback", "in_place"])
def test_the_same_holds_for_the_system_calls_of_the_journal(action: str, fast_folder: Path):
    found = run_matrix("syscall_matrix", str(fast_folder), action, "41")  # no multiple of 2 or 3
    assert found["wrong"] == []
    faults = {name.partition(": ")[0] for name in found["outcomes"]}
    assert faults == {"ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS", "SIGKILL"}


@pytest.mark.skipif(not syscall_matrix.is_possible(), reason="strace may not attach here")
@pytest.mark.parametrize("action", ["apply", "rollback"])
def test_the_same_holds_where_the_fault_stays(action: str, fast_folder: Path):
    found = run_matrix("syscall_matrix", str(fast_folder), action, "61", "lasting")
    assert found["wrong"] == []
