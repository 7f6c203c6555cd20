import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from stresstune.memory.child import tie
from stresstune.memory.readings import sample

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked for this on Linux")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(tie, "prctl", lambda *words: calls.append(words))
    return calls


@linux
def test_the_kernel_ends_who_has_no_children(
    asked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
):
    children = iter([False, False, True, True, False])
    monkeypatch.setattr(tie, "_has_children", lambda: next(children))
    tied = tie.Tie(os.getppid(), at_once=True)
    assert all(tied.holds() for _ in range(5))
    assert asked == [(1, signal.SIGKILL), (1, 0), (1, signal.SIGKILL)]


@linux
def test_nobody_is_started_before_the_kernel_was_told(
    asked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tie, "_has_children", lambda: False)
    monkeypatch.setattr(sys, "addaudithook", lambda _: None)  # it would stay for ever
    tied = tie.Tie(os.getppid(), at_once=True)
    tied.heed_starts()
    reading, writing = os.pipe()
    lines = tie.lines_from(reading, tied.holds, tied.called)
    thread = threading.Thread(target=list, args=(lines,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not asked and time.monotonic() < deadline:
        time.sleep(0.001)
    tied.before("open", ("/tmp",))
    assert asked == [(1, signal.SIGKILL)]
    tied.before("subprocess.Popen", ())
    assert asked == [(1, signal.SIGKILL), (1, 0)]
    tied.before("os.fork", ())  # it is untied, so there is nobody to wait for
    os.close(writing)
    thread.join(10)
    assert asked == [(1, signal.SIGKILL), (1, 0)]


def test_a_start_is_told_by_what_the_interpreter_says():
    assert tie._is_start("subprocess.Popen", ())
    assert tie._is_start("import", ("multiprocessing.popen_spawn_posix",))
    assert not tie._is_start("import", ("_posixsubprocess",))  # by subprocess, long before


def test_who_is_not_to_end_at_once_asks_for_nothing(asked: list[tuple[int, int]]):
    assert tie.Tie(os.getppid(), at_once=False).holds()
    assert not tie.Tie(2**30, at_once=False).holds()
    assert asked == []


@linux
def test_a_child_of_any_thread_is_one_even_when_it_has_ended():
    code = """
import subprocess, sys, threading, time
from stresstune.memory.child.tie import _has_children
print(_has_children())
kept = []
thread = threading.Thread(target=lambda: kept.append(subprocess.Popen(["sleep", "0"])))
thread.start(); thread.join(); time.sleep(0.2)
print(_has_children(), kept[0].wait(), _has_children())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().split() == ["False", "True", "0", "False"]


def test_lines_come_whole_until_there_are_no_more():
    reading, writing = os.pipe()
    os.write(writing, b"open 1 1\nfe")
    came = tie.lines_from(reading, lambda: True)
    assert next(came) == "open 1 1"
    os.write(writing, b"ed 2 2\n")
    assert next(came) == "feed 2 2"
    os.close(writing)
    assert list(came) == []
    os.close(reading)


@linux
def test_whose_parent_is_gone_waits_for_no_line():
    reading, writing = os.pipe()
    looks = iter([True, True, False])
    assert list(tie.lines_from(reading, lambda: next(looks))) == []
    os.close(reading)
    os.close(writing)


SESSIONS = """
import os, re, subprocess, time

def held():
    time.sleep(0.1)  # a prediction is to be under way yet when its caller is killed
    return subprocess.Popen(["sleep", "1000"])

def daemon():
    time.sleep(0.1)
    subprocess.run(["sh", "-c", "setsid sleep 1000 & echo"], stdout=subprocess.DEVNULL)
    return bytes(1000)

def stubborn():
    time.sleep(0.1)
    return subprocess.Popen(["sh", "-c", "trap '' TERM HUP; sleep 1000; sleep 1000"])

def slow_first():
    kept = subprocess.Popen(["sleep", "1000"])
    time.sleep(1000)

def tireless():
    for _ in range(1000):
        subprocess.Popen(["sleep", "1000"])
        time.sleep(0.01)

def parricide():
    kept = subprocess.Popen(["sleep", "1000"])
    os.kill(os.getppid(), 9)
    return kept

def in_the_interpreter():
    re.match(r"(a+)+$", "a" * 40 + "b")
"""

SPAWNING = """
import multiprocessing, os, time

def parricide():
    kept = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(1000,))
    kept.start()
    os.kill(os.getppid(), 9)
    return kept
"""

PROBE = """
import os, subprocess, sys
sys.path.insert(0, {folder!r})
{before}
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory
from stresstune.model.workload import Workload
probe_memory(Workload(sessions=100_000), mode={mode!r}, source=Factory("{kind}"),
             limit_bytes=3_000_000_000, on_progress=lambda p: print("up", flush=True))
"""

_NOTICED_SECONDS = 0.3


class Probe:
    """A probe whose caller is killed."""

    def __init__(self, folder: Path, kind: str, mode: str, before: str = "") -> None:
        (folder / "parting.py").write_text(SESSIONS)
        (folder / "spawning.py").write_text(SPAWNING)
        code = PROBE.format(folder=str(folder), kind=kind, mode=mode, before=before)
        self.caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)

    def wait_for_children(self, count: int) -> list[psutil.Process]:
        """Give the sessions' process with its descendants, when there are so many."""
        deadline = time.monotonic() + 10
        while len(psutil.Process(self.caller.pid).children(recursive=True)) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(_NOTICED_SECONDS)
        return psutil.Process(self.caller.pid).children(recursive=True)

    def kill(self) -> None:
        self.caller.kill()
        self.caller.communicate()

    def how_it_ended(self) -> int:
        self.caller.communicate(timeout=30)
        return self.caller.returncode

    def left(self, seconds: float, known: list[psutil.Process]) -> list[int]:
        """Give who is left when nobody is, or so much time has passed."""
        until = time.monotonic() + seconds
        mark = f":{self.caller.pid}:"
        while time.monotonic() < until:
            marked = [
                pid for pid, value in sample.environment_values("STRESSTUNE_PROBE") if mark in value
            ]
            left = {*marked, *(each.pid for each in known if each.is_running())}
            left = {pid for pid in left if sample.is_running(pid)}
            if not left:
                break
            time.sleep(0.02)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return sorted(left)


@linux
@pytest.mark.no_cover
@pytest.mark.parametrize("mode", ["predict", "fill"])
@pytest.mark.parametrize("kind", ["held", "daemon", "stubborn"])
def test_nobody_whom_sessions_started_outlives_a_caller_that_is_killed(
    tmp_path: Path, kind: str, mode: str
):
    probe = Probe(tmp_path, f"parting:{kind}", mode)
    known = probe.wait_for_children(3)
    probe.kill()
    assert probe.left(2, known) == []


@linux
@pytest.mark.no_cover
@pytest.mark.parametrize("kind", ["slow_first", "tireless"])
def test_nobody_is_left_though_the_session_is_still_being_made(tmp_path: Path, kind: str):
    probe = Probe(tmp_path, f"parting:{kind}", "fill")
    known = probe.wait_for_children(2)
    probe.kill()
    assert probe.left(3, known) == []


@linux
@pytest.mark.no_cover
@pytest.mark.parametrize("kind", ["parting:parricide", "spawning:parricide"])
def test_nobody_is_left_though_the_caller_is_killed_as_the_first_of_them_starts(
    tmp_path: Path, kind: str
):
    probe = Probe(tmp_path, kind, "fill")
    assert probe.how_it_ended() == -signal.SIGKILL
    assert probe.left(3, []) == []


@linux
@pytest.mark.no_cover
def test_nobody_is_left_though_the_caller_is_killed_while_it_ends_them(tmp_path: Path):
    before = "subprocess.Popen.kill = lambda it: os.kill(it.pid, 9) or os.kill(os.getpid(), 9)"
    probe = Probe(tmp_path, "parting:held", "predict", before)
    assert probe.how_it_ended() == -signal.SIGKILL
    assert probe.left(3, []) == []


@linux
@pytest.mark.no_cover
def test_who_holds_the_interpreter_and_has_no_children_ends_at_once(tmp_path: Path):
    probe = Probe(tmp_path, "parting:in_the_interpreter", "fill")
    known = probe.wait_for_children(1)
    time.sleep(1)  # the pattern has begun by now, and would take for ever
    probe.kill()
    assert probe.left(1, known) == []
