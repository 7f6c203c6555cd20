from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stresstune.memory.identity import memory_identity
from tests.memory.groups import RealGroup

DATA = Path(__file__).parents[1] / "data/cgroup"
ASK = "from stresstune.memory.identity import memory_identity; print(memory_identity())"


def asked(*prefix: str) -> str:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", ASK], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_two_processes_without_a_limit_of_their_own_share_one_memory() -> None:
    assert asked() == memory_identity()


def test_what_is_stated_changes_nothing(monkeypatch) -> None:
    before = memory_identity()
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "1GB")
    assert memory_identity() == before


def test_each_group_with_a_limit_is_a_memory_of_its_own(real_group: type[RealGroup]) -> None:
    one, other = real_group(512 * 2**20), real_group(512 * 2**20)
    inside = {
        group.folder: [asked(*group.inside()[:4]) for _ in range(2)] for group in (one, other)
    }
    assert inside[one.folder][0] == inside[one.folder][1]
    assert inside[one.folder][0] != inside[other.folder][0]
    assert memory_identity() not in {inside[one.folder][0], inside[other.folder][0]}


def test_a_machine_without_any_of_this_still_has_a_name(tmp_path: Path) -> None:
    assert memory_identity(tmp_path) == memory_identity(tmp_path)
