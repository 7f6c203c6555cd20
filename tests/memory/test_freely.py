"""Threads that make sessions without a stop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest

from stresstune.memory import freely
from stresstune.memory.child.reply import Patience, Reply
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.freely import FreeRun
from stresstune.memory.readings.passing import Passing
from stresstune.memory.sources import Factory, Simulated
from tests.memory.by_threads import PATIENCE, REQUEST

NOBODY = Passing(None)


class Child:
    """Answers each session that is fed by a mark, until its end."""

    pid = os.getpid()

    def __init__(self, end: Reply | None = None, after: int = 10**9, late: int = 0) -> None:
        self.fed: list[int] = []
        self._end, self._after, self._late = end, after, late
        self._marked = 0
        self.heaps_asked_at: list[int] = []
        self._is_asked = False

    def is_whole(self) -> bool:
        return self._marked < self._after

    def ask_for_heaps(self) -> None:
        assert not self._is_asked
        self.heaps_asked_at.append(self._marked)
        self._is_asked = True

    def feed(self, count: int, threads: int) -> None:
        assert threads == 2
        self.fed.append(count)

    def wait(self, _patience: Patience) -> Reply:
        if self._marked == self._after and self._end:
            return self._end
        if self._is_asked and self._marked in (self._after, sum(self.fed), self.heaps_asked_at[0]):
            self._is_asked = False
            return Reply("heaps", "500")
        return self._mark()

    def rest(self) -> Iterator[Reply]:
        for _ in range(self._late):
            yield self._mark()
        yield Reply("raised", "0 too late")

    def _mark(self) -> Reply:
        self._marked += 1
        return Reply("mark", str(int(self._marked == 1)))


@pytest.fixture(autouse=True)
def _peaks_that_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    rising = iter(range(1000, 10**9, 1000))
    monkeypatch.setattr(freely.sample, "take_peak", lambda _pid: next(rising))


def run(child: Child, most: int = 20) -> tuple[Reply | None, Ledger, list[int]]:
    ledger, told = Ledger(group=None), []
    assert ledger.take(child.pid, 0, exact=False)
    free = FreeRun(child, ledger, 2, lambda _: most, lambda: told.append(ledger.held), NOBODY)
    return free.go(PATIENCE), ledger, told


def test_sessions_are_fed_ahead_so_that_no_thread_waits_until_there_are_enough():
    child = Child()
    reply, ledger, told = run(child)
    assert reply is None
    assert (ledger.completed, ledger.unmeasured, ledger.held) == (20, 0, 20)
    assert ledger.heights_bytes == [1000 * n for n in range(1, 21)]
    assert ledger.empty_handed == 1
    assert sum(child.fed) == 20
    assert child.fed[0] >= 4
    assert max(child.fed[1:]) <= 2
    assert told[0] == 1
    assert told[-1] == 20


def test_heaps_are_asked_for_now_and_then_and_no_answer_is_left_behind():
    child = Child()
    _, ledger, _ = run(child, most=20)
    assert child.heaps_asked_at == [1, 2]  # the second was answered last
    assert not child._is_asked
    assert ledger.heaps_ratio == 500 / 20_000


def test_what_was_complete_before_the_guard_counts_though_nobody_waited_for_it():
    reply, ledger, told = run(Child(Reply("guard", "late"), after=5, late=2))
    assert reply == Reply("guard", "late")
    assert 5 not in told  # it was read while the guard ended it
    assert ledger.completed == 7
    assert ledger.heights_bytes[-1] == 7000


def test_a_failure_ends_it_with_what_came_before():
    reply, ledger, _ = run(Child(Reply("raised", "0 ValueError"), after=3))
    assert reply == Reply("raised", "0 ValueError")
    assert ledger.completed == 3


def test_when_time_is_over_no_more_are_fed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(freely, "_SECONDS", 0.0)
    child = Child()
    reply, ledger, _ = run(child, most=1000)
    assert reply is None
    assert ledger.completed == sum(child.fed) < 10


def test_sessions_in_processes_of_their_own_are_not_seen_by_marks_and_end_it():
    child, ledger = Child(), Ledger(group=None, apart=True)
    assert ledger.take(child.pid, 0, exact=False)
    assert FreeRun(child, ledger, 2, lambda _: 1000, lambda: None, NOBODY).go(PATIENCE) is None
    assert len(child.fed) == 1


def test_programs_that_sessions_run_are_in_no_mark_and_end_it_though_none_is_there_at_a_reading():
    class Programs:
        has_seen_any = False

        def begin(self, pid: int) -> None:
            assert pid == child.pid
            self.has_seen_any = True

    child, ledger = Child(), Ledger(group=None)
    assert ledger.take(child.pid, 0, exact=False)
    run = FreeRun(child, ledger, 2, lambda _: 1000, lambda: None, cast("Passing", Programs()))
    assert run.go(PATIENCE) is None
    assert ledger.apart
    assert len(child.fed) == 1
    child, ledger = Child(Reply("guard"), after=0), Ledger(group=None)
    assert ledger.take(child.pid, 0, exact=False)
    run = FreeRun(child, ledger, 2, lambda _: 1000, lambda: None, cast("Passing", Programs()))
    assert run.go(PATIENCE) == Reply("guard")
    assert ledger.apart
    assert ledger.guarded


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no marks here")
def test_it_takes_threads_and_a_prediction(monkeypatch: pytest.MonkeyPatch):

    assert freely.is_possible(REQUEST)
    for other in (
        {"mode": "fill"},
        {"source": Factory("m:f")},
        {"source": Simulated()},
    ):
        assert not freely.is_possible(msgspec.structs.replace(REQUEST, **other))
    monkeypatch.setattr(freely.sys, "platform", "darwin")
    assert not freely.is_possible(REQUEST)
