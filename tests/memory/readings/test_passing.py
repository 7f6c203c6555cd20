"""What programs hold that a session runs and waits for."""

import math
import os

import pytest

from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings import cgroup, passing, sample
from stresstune.memory.readings.cgroup import Group, Usage
from stresstune.memory.readings.heap import Heap
from stresstune.memory.readings.passing import Passing
from stresstune.memory.readings.sample import Reading

MB = 10**6
ME = os.getpid()
HERE = Group(1, "/a", "/nowhere")


class World:
    """Processes and a group that hold what a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.children: dict[int, int] = {}
        self.held_mb = 100
        self.now = 0.0
        monkeypatch.setattr(sample, "descendants", lambda _: tuple(self.children))
        monkeypatch.setattr(sample, "quick_bytes", lambda pid: self.children[pid] * MB)
        monkeypatch.setattr(cgroup, "read_usage", lambda _: Usage(self.held_mb * MB))
        monkeypatch.setattr(passing.time, "monotonic", self._clock)

    def _clock(self) -> float:
        self.now += 1.0
        return self.now

    def be(self, held_mb: int, **children_mb: int) -> None:
        self.held_mb = held_mb
        self.children = {int(name[1:]): size for name, size in children_mb.items()}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def looked(world: World, *moments: tuple[int, dict[str, int]]) -> int | None:
    """Look at each moment but the last, which is the end of the step."""
    eye = Passing(HERE)
    eye.begin(ME)
    for held_mb, children_mb in moments[:-1]:
        world.be(held_mb, **children_mb)
        eye.due = 0.0
        eye.look(ME)
    world.be(moments[-1][0], **moments[-1][1])
    most_bytes = eye.most_bytes()
    return None if most_bytes is None else most_bytes // MB


def test_a_program_that_has_gone_was_needed_for_a_moment(world):
    assert looked(world, (110, {"p1": 10}), (160, {"p1": 60}), (105, {})) == 55


def test_one_that_stays_is_kept(world):
    assert looked(world, (160, {"p1": 60}), (160, {"p1": 60})) is None


def test_who_was_there_before_does_not_pass(world):
    world.be(160, p1=60)
    assert looked(world, (160, {"p1": 60}), (160, {"p1": 60})) is None
    eye = Passing(HERE)
    eye.begin(ME)
    eye.look(ME)
    world.be(100)
    assert eye.most_bytes() is None


def test_one_that_is_being_started_has_the_pages_of_its_parent_and_costs_nothing(world):
    assert looked(world, (101, {"p1": 100}), (101, {})) == 0


def test_what_others_needed_meanwhile_is_not_theirs(world):
    assert looked(world, (300, {"p1": 20}), (100, {})) == 20


def test_without_a_group_nobody_looks(world):
    eye = Passing(None)
    eye.begin(ME)
    world.be(160, p1=60)
    eye.look(ME)
    assert eye.due == math.inf
    assert eye.most_bytes() is None


def test_once_programs_came_they_are_looked_out_for_more_often_in_later_steps_too(
    world, monkeypatch
):
    monkeypatch.setattr(passing, "_COST_SHARE", math.inf)
    eye, pauses = Passing(HERE), []
    for children in ({}, {"p2": 60}, {}):
        eye.begin(ME)
        eye.due = 0.0
        world.be(100, **children)
        eye.look(ME)
        pauses.append(eye.due - world.now)
    assert pauses[0] > pauses[1]
    assert pauses[2] == pytest.approx(pauses[1])


def test_where_a_look_takes_long_the_next_is_later(world):
    eye = Passing(HERE)
    eye.look(ME)
    assert eye.due >= world.now + 40


def test_wherever_one_was_seen_it_may_have_needed_the_most():
    ledger = Ledger(group=None)
    for passed_bytes in (None, 0, None, 60 * MB):
        ledger.note_passing(passed_bytes)
        ledger.add(Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), 1)
    assert [step.transient_bytes // MB for step in ledger.steps()] == [0, 60, 0, 60]
    assert [step.transient_bytes for step in ledger.steps(data=True)] == [0, 0, 0, 0]


def test_what_two_needed_together_one_alone_does_not_need():
    ledger = Ledger(group=None)
    for passed_bytes, together in ((0, 1), (50 * MB, 1), (120 * MB, 2), (None, 2)):
        ledger.note_passing(passed_bytes, together)
        ledger.add(Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), together)
    assert [step.transient_bytes // MB for step in ledger.steps()][1:] == [60, 120, 0]


def test_the_marks_of_the_one_process_know_nothing_of_programs():
    ledger = Ledger(group=None)
    reading, heap = Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), Heap(0, (MB, 2 * MB))
    ledger.add(reading, 0)
    ledger.add(reading, 2, heap=heap)
    ledger.note_passing(60 * MB, 2)
    ledger.add(reading, 2, heap=heap)
    assert [step.peaks_bytes for step in ledger.steps()[1:]] == [(MB, 2 * MB), ()]
