import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from stresstune.memory.ends import arm
from stresstune.memory.ends.arm import HardStop

CHILD = """
import sys
for line in sys.stdin:
    try:
        kept = b"x" * int(line)
        print("got it", flush=True)
    except MemoryError:
        print("refused", flush=True)
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    ask(process, 1)
    yield process
    process.kill()
    process.communicate()


def ask(child: subprocess.Popen[str], size: int) -> str:
    child.stdin.write(f"{size}\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def test_more_than_the_room_is_refused_until_it_is_lifted(child: subprocess.Popen[str]):
    stop = HardStop(child.pid)
    assert stop.arm(100_000_000)
    assert stop.is_armed
    assert ask(child, 80_000_000) == "got it"
    assert ask(child, 120_000_000) == "refused"
    stop.lift()
    assert not stop.is_armed
    assert ask(child, 120_000_000) == "got it"


def test_it_can_be_set_again_and_lifting_twice_harms_nobody(child: subprocess.Popen[str]):
    stop = HardStop(child.pid)
    assert stop.arm(50_000_000)
    assert stop.arm(100_000_000)
    stop.lift()
    stop.lift()
    assert ask(child, 150_000_000) == "got it"


def test_a_limit_that_somebody_else_has_set_is_left_alone(child: subprocess.Popen[str]):
    psutil.Process(child.pid).rlimit(psutil.RLIMIT_DATA, (10**9, -1))
    assert not HardStop(child.pid).arm(100_000_000)


def test_a_process_that_could_use_much_without_asking_is_not_held(
    child: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arm, "_MAX_UNTOUCHED_BYTES", -(2**40))
    assert not HardStop(child.pid).arm(100_000_000)


def test_a_process_that_is_gone_cannot_be_held():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not HardStop(ended.pid).arm(100_000_000)
    assert not HardStop(ended.pid)._set(100)


def test_elsewhere_there_is_no_hard_stop(
    child: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arm.sys, "platform", "darwin")
    assert not HardStop(child.pid).arm(100_000_000)
