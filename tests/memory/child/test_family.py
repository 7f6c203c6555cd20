import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from stresstune.memory.child import gone
from stresstune.memory.child.family import Family, _was_killed
from stresstune.memory.readings import sample

PARENT = """
import subprocess, sys
kept = [subprocess.Popen(["sleep", "60"])]
print("up", flush=True)
for line in sys.stdin:
    kept.append(subprocess.Popen(["sleep", "60"]))
    print("done", flush=True)
"""


class Parent:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.process.stdout.readline()

    def start_another(self) -> None:
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    @property
    def children(self) -> tuple[int, ...]:
        return sample.descendants(self.process.pid)


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parent]:
    monkeypatch.setattr(gone, "GIVEN_BACK_SECONDS", 0.2)
    made = Parent()
    yield made
    gone.tell([*made.children, made.process.pid], 9)
    made.process.communicate()


def test_where_all_are_there_none_is_lost(parent: Parent):
    family = Family(parent.process.pid)
    parent.start_another()
    assert not family.has_lost_one()


def test_one_of_the_children_that_is_gone_is_lost(parent: Parent):
    family = Family(parent.process.pid)
    gone.tell(parent.children, 15)
    assert family.has_lost_one()


def test_the_process_itself_is_one_of_them(parent: Parent):
    family = Family(parent.process.pid)
    children = parent.children
    parent.process.kill()
    assert family.has_lost_one()
    gone.tell(children, 9)


def test_one_that_came_after_the_look_and_was_killed_is_lost(parent: Parent):
    family = Family(parent.process.pid)
    parent.start_another()
    gone.tell(parent.children[-1:], 9)
    assert family.has_lost_one()


@pytest.mark.parametrize("signal_number", [9, 15])
def test_one_that_ended_before_the_look_is_not_lost(parent: Parent, signal_number: int):
    gone.tell(parent.children, signal_number)
    while any(map(sample.is_running, parent.children)):
        time.sleep(0.01)
    family = Family(parent.process.pid)
    assert not family.has_lost_one()


def test_whoever_is_nowhere_was_not_killed():
    assert not _was_killed(2**30)
