import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from stresstune.memory.child import gone, leftovers
from stresstune.memory.child.leftovers import cleanup, end_marked, find_leftovers, mark
from stresstune.memory.readings import sample
from stresstune.probed import MARK


def start(value: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: value})
    while process.poll() is None and "sleep" not in sample.command_line(process.pid):
        time.sleep(0.002)
    return process


@pytest.fixture
def ended() -> int:
    """Number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_whose_prober_is_gone_is_found_and_ended(ended: int):
    namespace = mark("x").split(":")[3]
    left = start(f"token:{ended}:12345:{namespace}")
    found = [each for each in cleanup() if each.pid == left.pid]
    assert str(found[0]) == f"process {left.pid} of a probe by process {ended}: sleep 60"
    assert left.wait(timeout=5) == -9
    assert not any(each.pid == left.pid for each in find_leftovers())


@pytest.mark.parametrize("what", ["running", "other namespace", "nonsense", "no number"])
def test_whoever_is_not_proved_to_be_a_leftover_is_left_alone(what: str, ended: int):
    value = {
        "running": mark("token"),
        "other namespace": f"token:{ended}:12345:elsewhere",
        "nonsense": "1",
        "no number": "token:me:12345:1",
    }[what]
    process = start(value)
    try:
        assert not any(each.pid == process.pid for each in cleanup())
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_process_that_starts_is_ended_as_soon_as_it_can_be_told():
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(end_marked, "late", look_seconds=30.0)
        assert not ending.done()
        late = start(mark("late"))
        assert late.wait(timeout=20) == -9
        ending.result(timeout=20)


def test_a_probe_ends_only_what_carries_its_token():
    ours, others = start(mark("ours")), start(mark("others"))
    try:
        end_marked("ours")
        assert ours.wait(timeout=5) == -9
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def test_a_process_that_ends_by_itself_meanwhile_is_no_failure(
    ended: int, monkeypatch: pytest.MonkeyPatch
):
    marked = [(ended, "token", ended, "12345")]
    monkeypatch.setattr(leftovers, "_marked", lambda: iter(marked))
    assert len(cleanup()) == 1
    end_marked("token")


def test_who_was_forked_off_while_the_others_were_found_is_ended_too(
    monkeypatch: pytest.MonkeyPatch,
):
    processes = [start(mark("ours")), start(mark("ours"))]
    seen = iter([processes[:1], processes, []])

    def marked() -> Iterator[tuple[int, str, int, str]]:
        return iter([(each.pid, "ours", os.getpid(), "1") for each in next(seen)])

    monkeypatch.setattr(leftovers, "_marked", marked)
    end_marked("ours")
    assert [each.wait(timeout=5) for each in processes] == [-9, -9]


def test_who_cannot_be_ended_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch):
    us = (os.getpid(), "ours", os.getpid(), "1")
    monkeypatch.setattr(leftovers, "_marked", lambda: iter([us]))
    monkeypatch.setattr(gone.os, "kill", lambda *_: None)
    monkeypatch.setattr(gone, "GIVEN_BACK_SECONDS", 0.02)
    end_marked("ours")


def test_where_there_are_no_namespaces_none_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leftovers, "_NAMESPACE", leftovers.Path("/no/such/file"))
    assert mark("token").endswith(":")
