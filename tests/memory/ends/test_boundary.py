import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresstune.memory.ends import boundary, guard
from stresstune.memory.ends.boundary import Boundary, Watch, held_bytes, is_quiet, look_around
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.readings import cgroup, sample
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.sample import Reading

TREES = Path(__file__).parents[2] / "data/cgroup"
MIB = 2**20
GROUP = cgroup.find_groups(TREES / "v2/own_limit").groups[0]
LIMITED = Ceiling("cgroup", "cgroup v2 /a", 536_870_912, GROUP)
MODELLED = Ceiling("modelled", "--limit", 10**9)


@pytest.fixture
def other() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", "k = b'x' * 50_000_000; print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


def test_nobody_else_lives_on_a_machine_that_is_only_reckoned_with():
    (seen,) = look_around([MODELLED])
    assert seen.others_bytes == 0
    assert seen.room_bytes == 10**9


def test_others_are_what_is_held_less_the_callers_own():
    (seen,) = look_around([LIMITED])
    caller = sample.read_process(os.getpid())
    assert seen.others_bytes == pytest.approx(
        max(0, 120_000_000 - caller.charged_bytes), abs=5_000_000
    )


def test_what_is_not_the_callers_is_the_others(other: int):
    (host,) = look_around([Ceiling("host", "host", 10**12)], own={other})
    (mine,) = look_around([Ceiling("host", "host", 10**12)], own=())
    assert mine.others_bytes - host.others_bytes > 20_000_000


def test_the_charge_of_a_group_that_others_state_themselves_counts(tmp_path: Path, other: int):
    (tmp_path / "memory.current").write_text("200000000")
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}\n{other}\n0\n")
    ceiling = Ceiling("cgroup", "cgroup v2 /a", 10**9, cgroup.Group(2, "/a", tmp_path))
    (seen,) = look_around([ceiling], own={os.getpid()})
    stated = boundary.stated_by_others(ceiling.group, {os.getpid()})
    assert stated > 50_000_000
    assert stated <= seen.others_bytes <= 200_000_000


def test_a_group_that_says_nothing_holds_nothing():
    assert held_bytes(Ceiling("cgroup", "cgroup v1 above /", 10**9)) == 0


def test_each_end_measures_what_counts_against_it():
    reading = Reading(rss_bytes=1, charged_bytes=2, data_bytes=3)
    assert Boundary(MODELLED, 0).measure(reading) == 2
    assert Boundary(Ceiling("data", "RLIMIT_DATA", 9), 0).measure(reading) == 3


def test_the_nearest_guard_counts(other: int):
    near = Boundary(Ceiling("modelled", "--limit", 100 * MIB), 0)
    far = Boundary(MODELLED, 0)
    with Watch((far, near)) as watch:
        room = watch.room_above_guard(other)
    used = sample.quick_bytes(other)
    assert room == pytest.approx((100 - 100 / 12) * MIB - used, abs=2 * MIB)
    assert watch.room_bytes(other) == pytest.approx(100 * MIB - used, abs=2 * MIB)


def test_where_nothing_limits_there_is_room(other: int):
    with Watch(()) as watch:
        assert watch.room_above_guard(other) == 2**62
    with Watch((Boundary(MODELLED, 0),), unguarded=True) as watch:
        assert watch.room_above_guard(other) == 2**62


def test_the_next_look_is_due_when_the_room_could_be_used_up_and_no_sooner():
    with Watch((Boundary(MODELLED, 0),)) as watch:
        began = time.monotonic()
        room = watch.room_above_guard(os.getpid())
        assert watch.due - began >= guard.look_again_seconds(room)
        assert watch.due - time.monotonic() <= guard.look_again_seconds(room)
    with Watch(()) as watch:
        watch.room_above_guard(os.getpid())
        assert watch.due == math.inf


def test_page_cache_is_counted_out_where_the_guard_seems_near():
    """The group is charged 200 MB; 80 MB of that are file pages that can go."""
    limit = 210_000_000
    with Watch((Boundary(Ceiling("cgroup", "a", limit, GROUP), 0),)) as watch:
        near = watch.room_above_guard(os.getpid())
    assert near == limit - limit // 12 - 120_000_000


def test_far_from_the_guard_the_quick_number_is_enough():
    with Watch((Boundary(LIMITED, 0),)) as watch:
        quick = watch.room_above_guard(os.getpid())
        again = watch.room_above_guard(os.getpid())
        exact = watch.room_above_guard(os.getpid(), exact=True)
    assert quick == again == 536_870_912 - 32 * MIB - 200_000_000
    assert exact == quick + 80_000_000


def test_a_counter_that_cannot_be_opened_is_read_the_slow_way(tmp_path: Path):
    gone = cgroup.Group(2, "/gone", tmp_path)
    with Watch((Boundary(Ceiling("cgroup", "gone", 10**9, gone), 0),)) as watch:
        assert watch.room_above_guard(os.getpid()) == 10**9 - 32 * MIB


def test_a_counter_that_says_nonsense_is_read_the_slow_way(tmp_path: Path):
    (tmp_path / "memory.current").write_text("much")
    strange = cgroup.Group(2, "/strange", tmp_path)
    with Watch((Boundary(Ceiling("cgroup", "strange", 10**9, strange), 0),)) as watch:
        assert watch.room_above_guard(os.getpid()) == 10**9 - 32 * MIB


def test_an_armed_guard_stands_nearer():
    with Watch((Boundary(LIMITED, 0),)) as watch:
        before = watch.room_above_guard(os.getpid(), exact=True)
        watch.armed = True
        assert watch.room_above_guard(os.getpid(), exact=True) == before + 28 * MIB


def test_address_space_counts_against_a_data_limit(other: int):
    data = Boundary(Ceiling("data", "RLIMIT_DATA", 10**9), 0)
    with Watch((data,)) as watch:
        room = watch.room_above_guard(other)
    assert room == 10**9 - 32 * MIB - sample.quick_bytes(other, data=True)


def test_a_group_with_a_crowd_in_it_is_not_quiet(tmp_path: Path):
    group = Group(2, "/a", tmp_path)
    assert is_quiet(None)
    assert is_quiet(group)
    (tmp_path / "cgroup.procs").write_text("\n".join(map(str, range(10**6, 10**6 + 9))))
    assert not is_quiet(group)
