import os
from pathlib import Path

import pytest

from stresstune.memory.readings import cgroup
from stresstune.memory.readings.cgroup import Group

TREES = Path(__file__).parents[2] / "data/cgroup"


def own(case: str) -> Group:
    return cgroup.find_groups(TREES / case).groups[0]


def test_a_group_is_found_with_all_its_ancestors():
    groups = cgroup.find_groups(TREES / "v2/own_limit").groups
    assert [group.path for group in groups] == ["/app.slice/web.service", "/app.slice", "/"]
    assert {group.version for group in groups} == {2}


def test_a_hybrid_machine_uses_the_hierarchy_that_has_the_memory_controller():
    assert own("hybrid/memory_on_v1").version == 1
    assert own("hybrid/memory_on_v2").version == 2


def test_a_mounted_subtree_is_the_groups_own_folder():
    assert own("v2/bind_mounted_subtree").path == "/"
    assert own("v1/bind_mounted_subtree").path == "/"


@pytest.fixture
def mounted_outside(tmp_path: Path) -> Path:
    """What a process of a new namespace sees of a mount that was there before."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("4:memory:/\n")
    (tmp_path / "proc/self/mountinfo").write_text(
        "35 31 0:32 /../.. /cg rw,relatime - cgroup cgroup rw,memory\n"
    )
    for name, pids in (("", "1\n0\n"), ("a", ""), ("a/b", f"7\n{os.getpid()}\n"), ("c", "8\n")):
        (tmp_path / "cg" / name).mkdir(parents=True)
        (tmp_path / "cg" / name / "cgroup.procs").write_text(pids)
    return tmp_path


def test_a_group_that_the_namespace_gives_no_name_is_found_by_its_process(mounted_outside: Path):
    groups = cgroup.find_groups(mounted_outside).groups
    assert [group.path for group in groups] == ["/a/b", "/a", "/"]
    (mounted_outside / "proc/8").symlink_to(mounted_outside / "proc/self")
    assert cgroup.find_groups(mounted_outside, 8).groups[0].path == "/c"


def test_a_group_that_lists_the_process_nowhere_is_a_problem_and_not_the_host(
    mounted_outside: Path,
):
    (mounted_outside / "cg/a/b/cgroup.procs").write_text("7\n")
    assert "lists process" in cgroup.find_groups(mounted_outside).problem


def test_where_mountinfo_is_missing_the_usual_places_are_looked_at():
    assert own("hybrid/v1_without_mountinfo").version == 1
    assert own("hybrid/v2_without_mountinfo").version == 2


def test_the_usual_mount_point_is_preferred_to_another_one():
    folder = own("v2/second_mount_elsewhere").folder
    assert folder == f"{TREES}/v2/second_mount_elsewhere/sys/fs/cgroup/a"


def test_a_controller_that_is_not_mounted_is_a_problem_and_not_an_absence():
    assert "v2" in cgroup.find_groups(TREES / "v2/not_mounted").problem
    assert "v1" in cgroup.find_groups(TREES / "v1/not_mounted").problem
    assert cgroup.find_groups(TREES / "hybrid/no_cgroups") == cgroup.Membership()
    assert cgroup.find_groups(TREES / "hybrid/no_controller_of_memory") == cgroup.Membership()


def test_a_membership_that_may_not_be_read_is_a_problem(tmp_path: Path):
    (tmp_path / "proc/self/cgroup").mkdir(parents=True)
    assert "cannot be read" in cgroup.find_groups(tmp_path).problem


def test_lines_that_are_no_mounts_are_passed_over(tmp_path: Path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("nonsense\n0::/a\n")
    (tmp_path / "proc/self/mountinfo").write_text(
        "nonsense\n1 2 3 - cgroup2 cgroup2 rw\n31 23 0:28 / /cg rw - cgroup2 cgroup2 rw\n"
    )
    (tmp_path / "cg/a").mkdir(parents=True)
    (tmp_path / "cg/a/cgroup.procs").touch()
    assert cgroup.find_groups(tmp_path).groups[0].folder == f"{tmp_path}/cg/a"


@pytest.mark.parametrize("case", ["v2/own_limit", "v1/own_limit"])
def test_the_working_set_leaves_out_inactive_file_pages_and_what_is_held_all_of_them(case: str):
    usage = cgroup.read_usage(own(case))
    assert usage is not None
    assert usage.working_set_bytes == 150_000_000
    assert usage.held_bytes == 120_000_000
    assert usage.shared_bytes == 4_000_000


def test_kernel_memory_leaves_out_what_the_kernel_can_take_back():
    assert cgroup.read_usage(own("v2/own_limit")).kernel_bytes == 2_000_000
    assert cgroup.read_usage(own("v1/own_limit")).kernel_bytes == 3_000_000


def test_the_root_of_cgroup_v2_says_nothing_of_its_usage():
    assert cgroup.read_usage(own("v2/host_root")) is None


def test_usage_that_is_no_number_is_unknown(tmp_path: Path):
    (tmp_path / "memory.current").write_text("much")
    assert cgroup.read_usage(Group(2, "/", tmp_path)) is None


def test_kernel_memory_that_is_no_number_counts_as_nothing(tmp_path: Path):
    (tmp_path / "memory.usage_in_bytes").write_text("10")
    (tmp_path / "memory.kmem.usage_in_bytes").write_text("much")
    assert cgroup.read_usage(Group(1, "/", tmp_path)).kernel_bytes == 0


def test_a_v1_group_without_hierarchy_is_read_by_its_own_keys(tmp_path: Path):
    (tmp_path / "memory.usage_in_bytes").write_text("100")
    (tmp_path / "memory.stat").write_text("inactive_file 30\nactive_file 20\nshmem 5\n")
    usage = cgroup.read_usage(Group(1, "/", tmp_path))
    assert (usage.working_set_bytes, usage.held_bytes, usage.shared_bytes) == (70, 50, 5)


@pytest.mark.parametrize(("case", "kills"), [("v2/own_limit", 3), ("v1/own_limit", 2)])
def test_the_kill_counter_is_read(case: str, kills: int):
    assert cgroup.read_kill_count(own(case)) == kills


def test_a_kill_counter_that_is_missing_is_unknown():
    assert cgroup.read_kill_count(own("v2/no_limit")) is None
