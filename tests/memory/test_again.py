"""Whether, and how, the same sessions are made once more in another process."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

import pytest

from stresstune.memory import again
from stresstune.memory.again import Again, is_wanted
from stresstune.memory.child.reply import Patience, Reply
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.findings.ledger import Ledger
from tests.memory.by_threads import PATIENCE, REQUEST

MB = 10**6


def way(sessions: int, top_mb: int = 300) -> Ledger:
    ledger = Ledger(group=None)
    for n in range(1, sessions + 1):
        ledger.note_height(top_mb * MB * n // sessions, nothing=0)
    return ledger


def test_heaps_that_were_seen_once_are_seen_five_times_again():
    assert [is_wanted(ways, 1.0) for ways in range(1, 7)] == [*[True] * 5, False]


def test_it_is_not_done_again_where_that_takes_long():
    assert not is_wanted(1, 11.0)
    assert is_wanted(2, 11.0)
    assert not is_wanted(2, 14.0)


class Child:
    """Makes so many sessions, and comes to its end."""

    pid = os.getpid()

    def __init__(self, sessions: int, *, began: str = "ready", end: str = "guard") -> None:
        self._replies = [
            Reply(began),  # type: ignore[arg-type]
            *(Reply("mark", "0") for _ in range(sessions)),
            Reply(end),  # type: ignore[arg-type]
        ]

    def is_whole(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None: ...

    def feed(self, _count: int, _threads: int) -> None: ...

    def ask_for_heaps(self) -> None: ...

    def wait(self, _patience: Patience) -> Reply:
        return self._replies.pop(0)

    def rest(self) -> list[Reply]:
        return []


def others(
    monkeypatch: pytest.MonkeyPatch, first: Ledger, *children: Child, enough: int = 99
) -> tuple[list[int], bool, int]:
    """How many sessions each further process made, whether it was stopped, who is left over."""
    waiting = list(children)
    monkeypatch.setattr(again, "sessions_process", lambda *_: waiting.pop(0))
    said = []
    told: list[Ledger] = []
    run = Again(
        REQUEST,
        Watch(()),
        lambda: Ledger(group=None),
        lambda _pid: 1000,
        lambda number, most: said.append((number, most)),
        lambda others: len(others) >= enough,
        told.append,
    )
    ledgers, stopped = run.others(first, PATIENCE)
    assert all(ledger in told for ledger in ledgers)
    assert all(ledger.guarded for ledger in ledgers)
    assert said == [(2 + nth, 6) for nth in range(len(children) - len(waiting))]
    return [ledger.completed for ledger in ledgers], stopped, len(waiting)


def test_others_are_started_until_enough_is_known_but_two_at_least(
    monkeypatch: pytest.MonkeyPatch,
):
    def children() -> list[Child]:
        return [Child(60 + nth) for nth in range(6)]

    first = way(80, top_mb=80)
    assert others(monkeypatch, first, *children(), enough=1) == ([60, 61], False, 4)
    assert others(monkeypatch, first, *children(), enough=3) == ([60, 61, 62], False, 3)
    assert others(monkeypatch, first, *children()) == ([60, 61, 62, 63, 64], False, 1)


@pytest.mark.parametrize("end", ["raised", "died", "time"])
def test_what_failed_is_no_evidence_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, end: str
):
    assert others(monkeypatch, way(80), Child(60, end=end), Child(1)) == ([], False, 1)
    assert others(monkeypatch, way(80), Child(0, began=end), Child(1)) == ([], False, 1)


def test_who_asks_it_to_stop_is_heard(monkeypatch: pytest.MonkeyPatch):
    assert others(monkeypatch, way(80), Child(9, end="stopped"), Child(1)) == ([], True, 1)
    assert others(monkeypatch, way(80), Child(0, began="stopped"), Child(1)) == ([], True, 1)


def test_one_that_has_no_room_at_all_is_no_evidence(monkeypatch: pytest.MonkeyPatch):
    """What the process before it held may not be given back yet."""
    assert others(monkeypatch, way(80), Child(0, began="guard"), Child(1)) == ([], False, 1)


def test_a_process_that_is_gone_before_it_was_measured_is_no_evidence(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(Ledger, "take", lambda *_, **__: False)
    assert others(monkeypatch, way(80), Child(9), Child(1)) == ([], False, 1)
