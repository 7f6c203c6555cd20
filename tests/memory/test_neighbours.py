"""Others in the same control group, who take memory while a probe runs."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.memory.groups import RealGroup

pytestmark = pytest.mark.no_cover

FACTORIES = Path(__file__).parent / "factories"
MIB = 2**20
PROBE = """
import sys
sys.path.insert(0, {factories!r})
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory
print(probe_memory(source=Factory("session_kinds:{kind}")).to_json())
"""


@contextlib.contextmanager
def neighbour(group: RealGroup, kind: str) -> Iterator[None]:
    other = subprocess.Popen(
        group.inside(sys.executable, FACTORIES / "neighbour.py", kind),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        other.stdout.readline()
        yield
    finally:
        other.communicate()


def probe(group: RealGroup, kind: str, **environment: str) -> dict[str, Any]:
    code = PROBE.format(factories=str(FACTORIES), kind=kind)
    words = [f"{name}={value}" for name, value in environment.items()]
    done = subprocess.run(
        group.inside("/usr/bin/env", *words, sys.executable, "-c", code),
        capture_output=True,
        check=True,
        timeout=90,
    )
    return json.loads(done.stdout)


def bytes_per_session(group: RealGroup, kind: str, **environment: str) -> float:
    return probe(group, kind, **environment)["bytes_per_session"]["value"]


@pytest.fixture
def in_memory() -> Iterator[str]:
    """A folder whose files are in memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield folder


@pytest.mark.parametrize("kind", ["file", "browser", "shared", "processes"])
def test_what_others_take_meanwhile_is_not_the_sessions(real_group, kind: str):
    group = real_group(1024 * MIB)
    with neighbour(group, kind):
        seen = probe(group, "equal")
    assert seen["bytes_per_session"]["value"] == pytest.approx(20e6, rel=0.02)
    assert not any("outside of the processes" in note for note in seen["notes"])


@pytest.mark.parametrize("beside", ["file", "browser"])
@pytest.mark.parametrize("kind", ["in_shared_memory", "in_a_closed_file"])
def test_sessions_that_keep_files_in_memory_are_told_from_others(
    real_group, in_memory: str, kind: str, beside: str
):
    group = real_group(1024 * MIB)
    with neighbour(group, beside):
        seen = bytes_per_session(group, kind, SESSIONS_FOLDER=in_memory)
    assert seen == pytest.approx(20e6, rel=0.05)


def test_what_the_kernel_keeps_for_sessions_is_theirs(real_group):
    group = real_group(1024 * MIB)
    alone = bytes_per_session(group, "in_socket_buffers")
    with neighbour(group, "file"):
        beside = bytes_per_session(group, "in_socket_buffers")
    assert alone > 20 * 200_000
    assert beside == pytest.approx(alone, rel=0.05)
