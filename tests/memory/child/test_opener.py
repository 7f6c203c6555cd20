import errno
import mmap
import queue
import threading

import pytest

from stresstune.memory.child.inside import loader
from stresstune.memory.child.opener import Sessions, describe


def test_sessions_are_opened_one_by_one_and_kept():
    made = iter(range(10))
    sessions = Sessions(lambda: next(made))
    assert sessions.add(3, 1) == "opened 0 0 0 1"
    assert sessions.held == [0, 1, 2]


def test_sessions_are_opened_by_as_many_threads_as_asked():
    together = threading.Barrier(3)

    def open_session() -> tuple[str]:
        together.wait(timeout=5)
        return (threading.current_thread().name,)  # another object each time

    sessions = Sessions(open_session)
    assert sessions.add(3, 3) == "opened 0 0 0 1"
    assert len(set(sessions.held)) == 3
    assert sessions.add(3, 3) == "opened 0 0 0 1"
    assert len(set(sessions.held)) == 3


def test_threads_leave_a_mark_for_each_session():
    def open_session() -> int:
        with mmap.mmap(-1, 30_000_000) as thrown:
            thrown[:] = bytes(len(thrown))
            return len(thrown)

    sessions = Sessions(open_session)
    sessions.add(2, 1)
    assert sessions.peaks == ""
    sessions.add(6, 2)
    marks = [int(mark) for mark in sessions.peaks.split(",")]
    assert len(marks) == 6
    assert max(marks) > 25_000_000


def test_what_a_session_was_given_and_whether_it_was_nothing_is_counted():
    opened = load_simulated()
    assert Sessions(opened).add(2, 1) == "opened 4000 0 0 1"
    assert Sessions(lambda: None).add(2, 1) == "opened 0 2 0 1"
    same = object()
    assert Sessions(lambda: same).add(3, 1) == "opened 0 2 0 1"


def load_simulated() -> object:
    return loader(["simulated", "encoded", "2", "1000"])


def test_the_first_error_ends_a_step_and_says_how_many_came_before():
    made = iter([1, 2])
    assert Sessions(lambda: next(made)).add(5, 1) == "raised 2 StopIteration"


def test_an_error_that_is_kept_is_a_session_like_any_other():
    sessions = Sessions(lambda: ValueError("kept, not raised"))
    assert sessions.add(2, 1) == "opened 0 0 0 1"
    assert sessions.add(4, 2) == "opened 0 0 0 1"
    assert len(sessions.held) == 6


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "memory 0 MemoryError"),
        (OSError(errno.ENOMEM, "no"), "memory 0 OSError: [Errno 12] no"),
        (SystemExit(3), "raised 0 SystemExit: 3"),
        (ValueError("two\n  lines"), "raised 0 ValueError: two lines"),
    ],
)
def test_errors_are_told_in_one_line(error: BaseException, line: str):
    assert describe(error) == line


def test_an_error_of_an_app_is_told_with_its_word():
    assert describe(ValueError("no"), 2, word="overloaded") == "raised 2 overloaded ValueError: no"


def told_by(make: object, count: int, threads: int) -> tuple[Sessions, list[str]]:
    """What sessions that are fed tell, in the order in which they do."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    sessions = Sessions(make, lines.put)
    sessions.feed(count, threads)
    return sessions, [lines.get(timeout=10) for _ in range(count)]


def test_sessions_that_are_fed_are_kept_before_they_are_told_of():
    sessions, lines = told_by(lambda: [1], 5, 2)
    assert lines == ["mark 0"] * 5
    assert len(sessions.held) == 5


def test_one_that_tells_of_its_session_holds_no_other_up():
    """A thread that waits to say so holds one more than is counted, and makes no peak meanwhile."""
    reading, told = threading.Event(), queue.SimpleQueue()

    def tell(line: str) -> None:
        told.put(line)
        reading.wait(timeout=10)

    sessions = Sessions(lambda: [1], tell)
    sessions.feed(2, 2)
    assert [told.get(timeout=10), told.get(timeout=10)] == ["mark 0", "mark 0"]
    assert len(sessions.held) == 2
    reading.set()


def test_sessions_that_are_fed_tell_of_nothing_and_of_errors():
    assert told_by(lambda: None, 2, 2)[1] == ["mark 1", "mark 1"]
    answers = iter([[1], ValueError("no")])

    def open_session() -> object:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    sessions, lines = told_by(open_session, 2, 1)
    assert lines[1] == "raised 0 ValueError: no"
    assert len(sessions.held) == 1


def test_more_can_be_fed_while_others_are_made():
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    go = threading.Semaphore(0)

    def open_session() -> list[int]:
        go.acquire()
        return []

    sessions = Sessions(open_session, lines.put)
    sessions.feed(1, 2)
    sessions.feed(2, 2)
    go.release(3)
    assert [lines.get(timeout=10).partition(" ")[0] for _ in range(3)] == ["mark"] * 3
    assert len(sessions.held) == 3
