import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stresstune.memory.readings import sample

MB = 1_000_000
TREE = """
import os, sys
kept = os.urandom(20_000_000)
if len(sys.argv) < 2:
    pid = os.fork()
    if pid == 0:
        own = os.urandom(10_000_000)
print(1, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def tree() -> Iterator[int]:
    """A process of 20 MB and its fork, which shares them and has 10 MB of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", TREE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    process.stdout.readline()
    yield process.pid
    for pid in (*sample.descendants(process.pid), process.pid):
        os.kill(pid, 9)
    process.communicate()


def test_shared_pages_are_counted_once_in_a_tree(tree: int):
    reading = sample.read_tree(tree)
    assert reading.processes == 2
    assert 30 * MB < reading.charged_bytes < 45 * MB
    assert reading.rss_bytes > 55 * MB
    assert reading.uss_bytes <= reading.pss_bytes < reading.rss_bytes
    assert sample.read_tree(tree, exact=False).pss_bytes is not None


def test_descendants_can_be_read_without_their_parent(tree: int):
    alone = sample.read_tree(tree, itself=False)
    assert alone.processes == 1
    assert sample.quick_tree_bytes(tree) > sample.quick_tree_bytes(tree, itself=False) > 0
    assert sample.quick_tree_bytes(tree, data=True) >= 20 * MB


def test_a_quick_reading_of_one_process_has_no_proportional_set():
    reading = sample.read_tree(os.getpid(), exact=False)
    if reading.processes == 1:
        assert reading.pss_bytes is None
        assert reading.uss_bytes is None


def test_quick_and_exact_agree_on_one_process():
    exact = sample.read_process(os.getpid())
    assert sample.quick_bytes(os.getpid()) == pytest.approx(exact.charged_bytes, rel=0.1)
    assert exact.peak_bytes == exact.rss_bytes + exact.transient_bytes


def test_a_peak_is_seen_after_it_is_gone():
    sample.reset_peaks(os.getpid())
    # Of its own: what other tests have freed in this process is resident already, and no peak.
    with mmap.mmap(-1, 30 * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as big:
        big.write(os.urandom(30 * MB))
    assert sample.read_process(os.getpid()).transient_bytes > 20 * MB


def test_who_is_gone_reads_as_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert sample.read_tree(ended.pid) is None
    assert sample.quick_bytes(ended.pid) == 0
    assert sample.descendants(ended.pid) == ()
    assert sample.start_time(ended.pid) == ""
    assert sample.command_line(ended.pid) == ""
    assert sample.cpu_seconds_of(ended.pid) == 0
    assert not sample.is_running(ended.pid)


def test_a_zombie_holds_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    process.stdout.read()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert sample._read_by_psutil(process.pid) is None
    assert not sample.is_running(process.pid)
    process.communicate()


def test_without_proc_psutil_is_asked(monkeypatch: pytest.MonkeyPatch, tree: int):
    def not_there(path: str) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(sample, "Path", lambda _text: Path("/no/such/folder"))
    monkeypatch.setattr(sample, "_PROC", Path("/no/such/folder"))
    monkeypatch.setattr(sample, "_children", lambda _pid: None)
    monkeypatch.setattr(sample, "read_file", not_there)
    monkeypatch.setattr(sample, "kilobytes", lambda _path: {})
    reading = sample.read_tree(tree)
    assert reading.processes == 2
    assert reading.charged_bytes > 15 * MB
    assert sample.quick_bytes(tree) > 5 * MB
    assert sample.start_time(tree) == str(psutil.Process(tree).create_time())
    assert sample.cpu_seconds_of(tree) > 0


def test_cpu_time_of_a_tree_only_grows(tree: int):
    assert sample.cpu_seconds_of(tree) > 0


def test_open_files_and_threads_are_counted_and_nothing_where_nobody_is():
    before = sample.handle_count(os.getpid())
    with Path(os.devnull).open():
        assert sample.handle_count(os.getpid()) == before + 1
    assert sample.handle_count(2**30) == 0


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no marks here")
def test_how_high_another_process_went_is_told_since_the_last_time():
    code = "import sys\nfor _ in sys.stdin: print(len(bytes([1]) * 50_000_000), flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        low = sample.take_peak(process.pid)

        def peak() -> int:
            process.stdin.write(b"go\n")
            process.stdout.readline()
            return sample.take_peak(process.pid)

        assert peak() > low + 45 * MB
        assert peak() > low + 45 * MB
        sample.take_peak(process.pid)
        assert sample.take_peak(process.pid) < low + 20 * MB
        process.kill()
    assert sample.take_peak(process.pid) == 0
