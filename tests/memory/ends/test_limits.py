import subprocess
import sys
from pathlib import Path

import pytest

from stresstune.errors import UsageError
from stresstune.memory.ends import limits
from stresstune.memory.ends.limits import read_limit
from stresstune.memory.readings import sample

TREES = Path(__file__).parents[2] / "data/cgroup"

GB = 10**9
HOST = 8_000_000 * 1024


@pytest.mark.parametrize(
    ("case", "limit_bytes", "source"),
    [
        ("v2/own_limit", 536_870_912, "cgroup v2 /app.slice/web.service"),
        ("v2/parent_limit", 400_000_000, "cgroup v2 /app.slice"),
        ("v2/no_limit", HOST, "host"),
        ("v2/namespace_root", GB, "cgroup v2 /"),
        ("v2/host_root", HOST, "host"),
        ("v2/bind_mounted_subtree", 700_000_000, "cgroup v2 /"),
        ("v1/subtree_mounted_first", GB, "cgroup v1 /pod"),
        ("v2/memory_high", 450_000_000, "cgroup v2 /a (memory.high)"),
        ("v2/zero_limit", 0, "cgroup v2 /a"),
        ("v2/space_in_mount_point", 123_000_000, "cgroup v2 /a"),
        ("v2/second_mount_elsewhere", 500_000_000, "cgroup v2 /a"),
        ("v2/above_the_host", HOST, "host"),
        ("v1/own_limit", 536_870_912, "cgroup v1 /docker/abc"),
        ("v1/parent_limit", 400_000_000, "cgroup v1 /docker"),
        ("v1/bind_mounted_subtree", 536_870_912, "cgroup v1 /"),
        ("v1/path_not_shown", 536_870_912, "cgroup v1 /"),
        ("v1/limit_above_the_mount", 300_000_000, "cgroup v1 above /"),
        ("v1/no_limit", HOST, "host"),
        ("v1/parent_without_hierarchy", 536_870_912, "cgroup v1 /a/b"),
        ("hybrid/memory_on_v1", 536_870_912, "cgroup v1 /a"),
        ("hybrid/memory_on_v2", 250_000_000, "cgroup v2 /b"),
        ("hybrid/no_cgroups", HOST, "host"),
        ("hybrid/data_limit", 300_000_000, "RLIMIT_DATA"),
    ],
)
def test_the_smallest_limit_wins_and_is_named(case: str, limit_bytes: int, source: str):
    limit = read_limit(root=TREES / case)
    assert (limit.limit_bytes, limit.source) == (limit_bytes, source)


@pytest.mark.parametrize(
    "case",
    [
        "v2/not_mounted",
        "v1/not_mounted",
        "v2/unreadable_limit",
        "v2/outside_namespace",
        "v2/covered",
        "v1/covered",
    ],
)
def test_what_cannot_be_read_is_unknown_with_a_reason_and_never_the_hosts_size(case: str):
    limit = read_limit(root=TREES / case)
    assert limit.limit_bytes is None
    assert limit.source.startswith("unknown: ")
    assert len(limit.source) > 30
    assert limit.used_bytes == 0


def test_an_empty_tree_is_unknown(tmp_path: Path):
    assert read_limit(root=tmp_path).source == "unknown: the host's memory cannot be read"


def test_a_stated_limit_holds_where_the_real_one_cannot_be_read():
    limit = read_limit(root=TREES / "v2/unreadable_limit", override_bytes=GB)
    assert (limit.limit_bytes, limit.source) == (GB, "--limit")
    assert "no number of bytes" in limit.notes[0]


def test_the_smallest_of_what_is_stated_and_what_is_real_wins(monkeypatch: pytest.MonkeyPatch):
    case = TREES / "v2/own_limit"
    assert read_limit(root=case, override_bytes=2 * GB).source.startswith("cgroup v2")
    assert read_limit(root=case, override_bytes=100).source == "--limit"
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "200MB")
    limit = read_limit(root=case, override_bytes=300_000_000)
    assert (limit.limit_bytes, limit.source) == (200_000_000, "STRESSTUNE_MEMORY_LIMIT")
    assert limit.used_bytes == 0


def test_a_variable_that_is_no_size_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "plenty")
    with pytest.raises(UsageError, match="STRESSTUNE_MEMORY_LIMIT: 'plenty'"):
        read_limit(root=TREES / "v2/own_limit")


def test_an_override_must_be_above_nothing():
    with pytest.raises(ValueError, match="above 0 bytes, not 0"):
        read_limit(override_bytes=0)


@pytest.mark.parametrize("case", ["v2/own_limit", "v1/own_limit"])
def test_what_is_used_is_the_working_set_of_the_limiting_group(case: str):
    assert read_limit(root=TREES / case).used_bytes == 150_000_000


def test_what_is_used_of_the_host_is_what_is_not_available():
    assert read_limit(root=TREES / "v2/no_limit").used_bytes == 2_000_000 * 1024


def test_what_is_used_of_a_data_limit_is_the_process_own():
    assert read_limit(root=TREES / "hybrid/data_limit").used_bytes == 20_000 * 1024


def test_the_whole_group_is_at_risk_when_any_ancestor_says_so():
    limit = read_limit(root=TREES / "v2/oom_group_of_parent")
    assert limit.oom_group
    assert "whole group" in limit.notes[0]
    assert not read_limit(root=TREES / "v2/own_limit").oom_group


def test_swap_is_noted_with_what_the_group_may_use_of_it():
    assert "191 MiB of swap" in read_limit(root=TREES / "v2/swap").notes[0]


def test_a_group_without_killer_is_noted():
    assert "OOM killer is off" in read_limit(root=TREES / "v1/kill_disabled").notes[0]


def test_control_files_that_are_unreadable_do_not_hide_the_rest(tmp_path: Path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n")
    (tmp_path / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemFree: 400 kB\nSwapTotal: 9 kB\n")
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("500000\n")
    (group / "memory.swap.max").write_text("?\n")
    (group / "memory.oom.group").write_text("?\n")
    (group / "memory.use_hierarchy").write_text("?\n")
    limit = read_limit(root=tmp_path)
    assert limit.limit_bytes == 500_000
    assert not limit.oom_group
    assert limits.read_host(tmp_path) == (1000 * 1024, 400 * 1024)


def test_an_old_group_whose_hierarchy_is_unreadable_counts(tmp_path: Path):
    (tmp_path / "memory.use_hierarchy").write_text("?\n")
    assert not limits._says(tmp_path / "memory.use_hierarchy", 0)


def test_a_host_without_proc_is_asked_through_psutil(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "_lines", lambda _path: [])
    assert limits.read_host() == (
        sample.host_memory()[0],
        pytest.approx(sample.host_memory()[1], rel=0.2),
    )


def test_a_status_that_is_gone_reads_as_nothing():
    assert limits.read_status_bytes("VmData", TREES / "v2/no_limit") == 0


def test_a_real_data_limit_is_found():
    code = "from stresstune.memory.ends.limits import read_limit; print(read_limit().source)"
    said = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -d 900000; exec "$@"', "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip() == "RLIMIT_DATA"


def test_a_real_group_is_found_and_not_the_host(real_group):
    group = real_group(512 * 2**20)
    code = "from stresstune.memory.ends.limits import read_limit; print(read_limit())"
    said = subprocess.run(
        group.inside(sys.executable, "-c", code),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "limit_bytes=536870912" in said
    assert f"cgroup v1 /{group.folder.name}" in said
