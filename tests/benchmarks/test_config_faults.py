"""The fault table: what becomes of a config when any one file-system call fails, or is the last.

Every row is a fault, every column how the command ended. "wrong" counts the cases in which the
file was neither old nor new, a stray file stayed, or the next apply or rollback did not work.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.config import syscall_matrix
from tests.config.children import ROOT

pytestmark = pytest.mark.benchmark

ENDS = ("done", "refused", "killed", "crashed")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory, where there is one: flushing costs nothing there."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def run_matrix(module: str, *arguments: str) -> dict[str, object]:
    command = [sys.executable, "-m", f"tests.config.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def show(action: str, outcomes: Mapping[str, int], wrong: int) -> None:
    faults = sorted({name.partition(": ")[0] for name in outcomes})
    print(f"\n{action:<16}" + "".join(f"{end:>9}" for end in ENDS))
    for fault in faults:
        counts = [outcomes.get(f"{fault}: {end}", 0) for end in ENDS]
        print(f"{fault:<16}" + "".join(f"{count:>9}" for count in counts))
    print(f"{'wrong':<16}{wrong:>9} of {sum(outcomes.values())}")


@pytest.mark.parametrize("action", ["apply", "rollback", "in_place"])
def test_a_fault_at_every_call(action: str, folder: Path):
    found = run_matrix("fault_matrix", str(folder), action)
    show(action, found["outcomes"], len(found["wrong"]))
    assert found["wrong"] == []


@pytest.mark.skipif(not syscall_matrix.is_possible(), reason="strace may not attach here")
@pytest.mark.parametrize("action", ["apply", "rollback", "in_place"])
def test_a_fault_at_every_system_call_of_the_process_and_its_journal(action: str, folder: Path):
    found = run_matrix("syscall_matrix", str(folder), action)
    print(f"\n{found['calls']} system calls on files and descriptors", end="")
    show(action, found["outcomes"], len(found["wrong"]))
    assert found["wrong"] == []


@pytest.mark.skipif(not syscall_matrix.is_possible(), reason="strace may not attach here")
@pytest.mark.parametrize("action", ["apply", "rollback", "in_place"])
def test_a_fault_at_every_seventh_system_call_that_stays(action: str, folder: Path):
    found = run_matrix("syscall_matrix", str(folder), action, "7", "lasting")
    print("\nwith all that follow", end="")
    show(action, found["outcomes"], len(found["wrong"]))
    assert found["wrong"] == []
