"""One writer at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from stresstune.config.lock import is_locked, locked
from stresstune.config.place import Place, find_place
from stresstune.config.state import make_state_dir
from stresstune.config.waiting import heard_by
from stresstune.errors import Locked, WriteError


@pytest.fixture
def place(workshop: Path) -> Place:
    found = find_place(workshop)
    make_state_dir(found)
    return found


def enter(lock: AbstractContextManager[None]) -> None:
    """Try to get a lock that is not to be had."""
    with lock:
        pytest.fail("there was a lock")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def test_a_second_writer_waits_and_then_names_the_first(place: Place):
    clock = Clock()
    holder = rf"by process {os.getpid()} \(.*\) on .*, since 20"
    with locked(place), pytest.raises(Locked, match=holder) as caught:
        enter(locked(place, timeout_seconds=3.0, clock=clock, sleep=clock.sleep))
    assert "waited 3 s" in str(caught.value)
    assert 3.0 <= clock.now < 3.1
    assert clock.sleeps[0] < clock.sleeps[-1] <= 0.05


def test_who_listens_hears_once_that_a_lock_is_waited_for_and_of_whom(place: Place):
    clock, heard = Clock(), []
    with locked(place), heard_by(heard.append):
        with pytest.raises(Locked):
            enter(locked(place, timeout_seconds=0.4, clock=clock, sleep=clock.sleep))
        assert heard == []
        with pytest.raises(Locked):
            enter(locked(place, timeout_seconds=3.0, clock=clock, sleep=clock.sleep))
    (words,) = heard
    assert f"is being written by process {os.getpid()} (" in words
    assert words.endswith(": waiting for it, up to 3 s")


def test_the_lock_is_free_again_afterwards_and_its_file_stays(place: Place):
    with locked(place):
        assert is_locked(place)
    assert not is_locked(place)
    assert Path(place.lock).exists()
    with locked(place, timeout_seconds=0):
        pass


def test_a_holder_that_did_not_sign_is_another_process(place: Place):
    with locked(place):
        Path(place.lock).write_text("")
        with pytest.raises(Locked, match="by another process"):
            enter(locked(place, timeout_seconds=0))


def test_a_lock_that_was_never_made_is_free(place: Place):
    assert not is_locked(place)


def test_a_lock_that_cannot_be_made_is_an_error_with_the_option(place: Place):
    Path(place.lock).mkdir()
    with pytest.raises(WriteError, match="--state-dir"), locked(place):
        pytest.fail("there is no lock")


def test_a_file_system_without_locks_is_an_error(place: Place, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with locked(place):
        pass
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(WriteError, match="No locks available"):
        enter(locked(place))
    assert not is_locked(place)


def test_the_lock_is_let_go_of_when_something_goes_wrong(place: Place):
    with pytest.raises(ZeroDivisionError), locked(place):
        _ = 1 / 0
    assert not is_locked(place)
