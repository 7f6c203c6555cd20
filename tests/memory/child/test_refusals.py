"""Memory that was refused is seen, whoever caught the error."""

import sys
import threading
from collections.abc import Iterator

import pytest

from stresstune.memory.child.opener import Sessions
from stresstune.memory.child.refusals import Refusals

MORE_THAN_ANYBODY_HAS = 2**62


@pytest.fixture(autouse=True)
def nobody_traces() -> Iterator[None]:
    """Not even who measures what these tests run."""
    before, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield
    threading.settrace(of_threads)
    sys.settrace(before)


def refused() -> None:
    try:
        bytearray(MORE_THAN_ANYBODY_HAS)
    except MemoryError:
        return


def in_a_thread() -> None:
    thread = threading.Thread(target=refused)
    thread.start()
    thread.join()


def another_error() -> None:
    try:
        bytearray(MORE_THAN_ANYBODY_HAS)
    except MemoryError as error:
        raise ValueError("no report") from error


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("session", [refused, in_a_thread, another_error])
def test_a_session_below_a_hard_stop_has_failed_where_it_was_refused_memory(session, threads):
    sessions = Sessions(session)
    assert sessions.add(1, threads, held_back=True).startswith("memory 0 MemoryError")


def test_far_from_a_hard_stop_what_a_session_catches_is_its_own_affair():
    sessions = Sessions(refused)
    sessions.add(1, 1, held_back=True)
    assert sessions.add(3, 1) == "opened 0 3 0 1"


def test_other_errors_are_told_as_they_are():
    assert Sessions(lambda: {}["key"]).add(1, 1, held_back=True) == "raised 0 KeyError: 'key'"
    sessions = Sessions(lambda: [int(word) for word in ["1", "2"]])
    assert sessions.add(2, 1, held_back=True) == "opened 0 0 0 1"


def test_who_traces_the_sessions_already_goes_on_with_it():
    def somebody(*_: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(somebody)
    try:
        with Refusals().watched() as seen:
            refused()
            assert sys.gettrace() is somebody
    finally:
        sys.settrace(before)
    assert seen.latest is None
