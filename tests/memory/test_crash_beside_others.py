"""Probes that go on until the crash while others are in their group, whom the kernel could kill."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.memory.groups import RealGroup

pytestmark = pytest.mark.no_cover

MIB = 2**20
NEIGHBOUR = "kept = bytes([7]) * ({mib} * 2**20); print('up', flush=True); input()"
PROBE = """
import sys
from pathlib import Path
from stresstune.errors import ProbeUnsafe
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory

def mark(progress):
    if {mark_late}:
        Path("/proc/{neighbour}/oom_score_adj").write_text("1000")

try:
    options = ProbeOptions(until="crash")
    capacity = probe_memory(mode="fill", options=options, on_progress=mark)
    print(capacity.stopped_by, capacity.held_sessions, capacity.error)
except ProbeUnsafe as error:
    print("refused:", error)
"""


@contextlib.contextmanager
def neighbour(group: RealGroup, mib: int) -> Iterator[subprocess.Popen[bytes]]:
    other = subprocess.Popen(
        group.inside(sys.executable, "-c", NEIGHBOUR.format(mib=mib)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        other.stdout.readline()
        yield other
    finally:
        other.communicate()


def start_probe(group: RealGroup, neighbour: int, *, mark_late: bool) -> subprocess.Popen[str]:
    code = PROBE.format(neighbour=neighbour, mark_late=mark_late)
    return subprocess.Popen(
        group.inside(sys.executable, "-c", code), stdout=subprocess.PIPE, text=True
    )


def probe(group: RealGroup, neighbour: int, *, mark_late: bool = False) -> str:
    said, _ = start_probe(group, neighbour, mark_late=mark_late).communicate(timeout=60)
    return said


@pytest.mark.parametrize(("mib", "score"), [(150, 1000), (170, 900), (200, 700)])
def test_where_the_kernel_would_choose_a_neighbour_it_is_refused(real_group, mib: int, score: int):
    group = real_group(300 * MIB)
    with neighbour(group, mib) as other:
        Path(f"/proc/{other.pid}/oom_score_adj").write_text(str(score))
        said = probe(group, other.pid)
        assert said.startswith("refused: going on until the crash is refused: the kernel could")
        assert f"process {other.pid} (" in said
        assert other.poll() is None
    assert group.kills == 0


def test_a_neighbour_whom_the_kernel_does_not_choose_lives(real_group):
    group = real_group(430 * MIB)  # for three sessions and a half
    with neighbour(group, 150) as other:
        assert probe(group, other.pid).startswith("killed 3 ")
        assert other.poll() is None
    assert group.kills == 1


def test_a_neighbour_that_was_killed_is_no_crash_of_the_sessions(real_group):
    """It could not be foreseen: it was marked when the sessions had begun."""
    group = real_group(400 * MIB)
    with neighbour(group, 250) as other:
        said = probe(group, other.pid, mark_late=True)
        assert said.startswith("error ")
        assert "the kernel killed another process in its control group" in said
        assert other.wait() == -9
    assert group.kills == 1


def test_of_two_probes_in_one_group_only_one_goes_on_until_the_crash(real_group):
    group = real_group(512 * MIB)
    both = [start_probe(group, 0, mark_late=False) for _ in range(2)]
    said = sorted(each.communicate(timeout=60)[0] for each in both)
    assert not (said[0].startswith("killed") and said[1].startswith("killed"))
    assert said[1].startswith("refused: ")
    assert "oom_score_adj 1000" in said[1]
