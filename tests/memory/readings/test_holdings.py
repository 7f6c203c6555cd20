import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresstune.memory.readings.holdings import Holdings, holdings, open_bytes

MIB = 2**20


@pytest.fixture
def file() -> Iterator[int]:
    """Three MiB in memory."""
    made = os.memfd_create("three")
    os.write(made, bytes(3 * MIB))
    yield made
    os.close(made)


def test_a_file_that_two_processes_have_open_counts_once(file: int):
    before = open_bytes([os.getpid()])
    other = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[file],
    )
    other.stdout.readline()
    assert open_bytes([os.getpid(), other.pid]) == before
    assert open_bytes([other.pid]) == 3 * MIB
    other.communicate(b"\n")


def test_what_is_mapped_counts_as_mapped_and_not_as_open(file: int):
    before = holdings([os.getpid()])
    with mmap.mmap(file, 3 * MIB) as mapped:
        mapped[:] = bytes([1]) * 3 * MIB
        after = holdings([os.getpid()])
    assert after.open_bytes == before.open_bytes - 3 * MIB
    assert after.mapped_bytes == pytest.approx(before.mapped_bytes + 3 * MIB, abs=MIB / 8)
    assert after.shared_bytes == pytest.approx(before.shared_bytes, abs=MIB / 8)


def test_who_is_gone_holds_nothing():
    assert holdings([2**30]) == Holdings()


def test_files_elsewhere_are_not_in_memory(tmp_path: Path):
    if tmp_path.stat().st_dev == Path("/dev/shm").stat().st_dev:
        pytest.skip("temporary files are in memory here")
    before = open_bytes([os.getpid()])
    with (tmp_path / "large").open("wb") as large:
        large.write(bytes(MIB))
        large.flush()
        assert open_bytes([os.getpid()]) == before
