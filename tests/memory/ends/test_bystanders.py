"""Who else could be killed, by real processes in a group that is only made up."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresstune.memory.ends import bystanders, crash
from stresstune.memory.ends.bystanders import in_danger
from stresstune.memory.ends.limits import Ceiling, Survey
from stresstune.memory.readings.cgroup import Group

MIB = 2**20
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/oom_score_adj").exists(), reason="no OOM killer's marks here"
)


@pytest.fixture
def other() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


class MadeUp:
    """A group of 100 MiB within another one of 1000 MiB, on a host of 10 TiB."""

    def __init__(self, folder: Path) -> None:
        self.inner, self.outer = folder / "a", folder
        self.inner.mkdir()
        self.fill(self.inner, 20)
        self.fill(self.outer, 300)
        groups = (Group(1, "/a", str(self.inner)), Group(1, "/", str(self.outer)))
        self.found = Survey(
            groups=groups,
            ceilings=(
                Ceiling("cgroup", "cgroup v1 /a", 100 * MIB, groups[0]),
                Ceiling("cgroup", "cgroup v1 /", 1000 * MIB, groups[1]),
                Ceiling("host", "host", 10 * 2**40),
            ),
        )

    def fill(self, folder: Path, held_mib: int) -> None:
        (folder / "memory.usage_in_bytes").write_text(str(held_mib * MIB))

    def put(self, folder: Path, *pids: int) -> None:
        (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))


@pytest.fixture
def made_up(tmp_path: Path) -> MadeUp:
    return MadeUp(tmp_path)


def mark(pid: int, score: int) -> None:
    Path(f"/proc/{pid}/oom_score_adj").write_text(str(score))


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """What each process says that it holds, in bytes."""
    says = {"VmRSS": 10 * MIB}
    monkeypatch.setattr(bystanders, "kilobytes", lambda _: says)
    return says


@pytest.mark.parametrize(
    ("held_mib", "score", "is_refused"),
    [
        (1, 1000, True),
        (10, 900, False),
        (11, 900, True),
        (80, 200, False),
        (81, 200, True),
        (99, 0, False),
    ],
)
def test_whose_memory_and_mark_exceed_the_limit_could_be_killed(
    made_up: MadeUp,
    other: int,
    holds: dict[str, int],
    held_mib: int,
    score: int,
    *,
    is_refused: bool,
):
    made_up.put(made_up.inner, os.getpid(), other)
    mark(other, score)
    holds["VmRSS"] = held_mib * MIB
    assert bool(in_danger(made_up.found, 0)) is is_refused


def test_tables_and_swap_count_as_the_kernel_counts_them(
    made_up: MadeUp, other: int, holds: dict[str, int]
):
    made_up.put(made_up.inner, other)
    mark(other, 900)
    assert not in_danger(made_up.found, 0)
    holds["VmPTE"] = holds["VmSwap"] = MIB
    assert in_danger(made_up.found, 0)


def test_who_could_be_killed_is_named_with_what_to_do(made_up: MadeUp, other: int):
    made_up.put(made_up.inner, other)
    mark(other, 1000)
    with pytest.raises(crash.ProbeUnsafe) as refused:
        crash.check(made_up.found)
    said = str(refused.value)
    assert f"could kill process {other} (sleep 60) in cgroup v1 /a instead" in said
    assert "oom_score_adj 1000 (lower that, end it, or move it away); go on until the guard" in said


def test_the_caller_is_told_that_it_is_itself(
    made_up: MadeUp, monkeypatch: pytest.MonkeyPatch, holds: dict[str, int]
):
    made_up.put(made_up.inner, os.getpid())
    holds["VmRSS"] = 200 * MIB
    assert f"could kill the calling process {os.getpid()} in" in in_danger(made_up.found, 0)
    monkeypatch.setattr(bystanders, "_NEVER", int(Path("/proc/self/oom_score_adj").read_text()))
    assert not in_danger(made_up.found, 0)  # whom the kernel never kills


def test_the_sessions_process_is_to_be_killed(made_up: MadeUp, other: int):
    made_up.put(made_up.inner, other)
    mark(other, 1000)
    assert in_danger(made_up.found, 0)
    assert not in_danger(made_up.found, other)


def test_a_group_below_and_one_above_that_is_fuller_count_too(made_up: MadeUp, other: int):
    mark(other, 1000)
    below = made_up.inner / "b"
    below.mkdir()
    made_up.put(below, other)
    assert "in cgroup v1 /a" in in_danger(made_up.found, 0)
    made_up.put(below)
    made_up.put(made_up.outer, other)
    assert not in_danger(made_up.found, 0)
    made_up.fill(made_up.outer, 950)
    assert "in cgroup v1 / instead" in in_danger(made_up.found, 0)


def test_who_cannot_be_looked_at_could_be_killed(made_up: MadeUp, monkeypatch: pytest.MonkeyPatch):
    made_up.put(made_up.inner, 0)
    assert "cannot be seen from here" in in_danger(made_up.found, 0)
    made_up.put(made_up.inner, 2**30)  # it has gone
    assert not in_danger(made_up.found, 0)
    monkeypatch.setattr(bystanders.sample, "is_running", lambda _: True)
    assert "cannot be read" in in_danger(made_up.found, 0)


def test_a_limit_from_beyond_what_is_shown_holds_others_who_cannot_be_seen(made_up: MadeUp):
    above = Ceiling("cgroup", "cgroup v1 above /", 90 * MIB, made_up.found.groups[1])
    assert "cannot be seen" in in_danger(Survey(ceilings=(above,)), 0)


def test_a_host_that_would_end_first_suffers(made_up: MadeUp, monkeypatch: pytest.MonkeyPatch):
    held = {"host": 10 * 2**40 - 50 * MIB}
    monkeypatch.setattr(bystanders, "held_bytes", lambda each: held.get(each.kind, 0))
    said = in_danger(made_up.found, 0)
    assert said.startswith("the host has no more than 50.0 MiB left, so that it would end before")


def test_who_fails_at_a_limit_of_its_own_kills_nobody(made_up: MadeUp, other: int):
    made_up.put(made_up.inner, other)
    mark(other, 1000)
    data = Ceiling("data", "RLIMIT_DATA", 50 * MIB)
    assert not in_danger(Survey(ceilings=(data, *made_up.found.ceilings)), 0)
