import os
import queue
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from stresstune.errors import MeasurementError
from stresstune.memory.child import process as process_module
from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.child.reply import Patience, Reply
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.readings.sample import is_running


def patience(seconds: float = 20, stall_seconds: float = 10) -> Patience:
    return Patience(
        deadline=time.monotonic() + seconds, stall_seconds=stall_seconds, stop=lambda: False
    )


def start(*words: str) -> SacrificialProcess:
    return SacrificialProcess("inside", list(words), Watch(()), {})


def test_a_child_is_ready_answers_and_is_gone_afterwards():
    with start("simulated", "encoded", "2", "1000") as child:
        assert child.wait(patience()) == Reply("ready", "1000")
        reply = child.open(3, 1, patience())
        *told, free_bytes = reply.words.split()
        assert (reply.outcome, told) == ("opened", ["6000", "0", "0", "1"])
        assert free_bytes.isdecimal()
        assert is_running(child.pid)
    assert not is_running(child.pid)


def test_a_child_is_not_measured_by_what_measures_the_caller(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "not for the child")
    monkeypatch.setenv("SOMETHING_ELSE", "for all")
    with start("simulated", "encoded", "1", "1") as child:
        assert child.wait(patience()).outcome == "ready"
        variables = psutil.Process(child.pid).environ()
    assert "COVERAGE_PROCESS_CONFIG" not in variables
    assert variables["SOMETHING_ELSE"] == "for all"


def test_ending_twice_harms_nobody():
    with start("simulated", "encoded", "1", "1") as child:
        child.end()
        child.end()
    start("simulated", "encoded", "1", "1").end()


def test_a_child_is_ended_whose_start_is_interrupted(monkeypatch: pytest.MonkeyPatch):
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def interrupted(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        raise KeyboardInterrupt

    monkeypatch.setattr(process_module.subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt), start("simulated", "encoded", "1", "1"):
        pytest.fail("it was not interrupted")
    (child,) = started
    with child:  # closes its pipes
        assert child.poll() == -9


def test_variables_are_added_to_the_childs_environment(factories: Path):
    child = SacrificialProcess(
        "inside", ["factory", "session_kinds:vanishes"], Watch(()), {"SPECIAL": "1"}
    )
    with child:
        assert "SPECIAL=1" in Path(f"/proc/{child.pid}/environ").read_text()


def test_a_child_that_is_ended_by_somebody_else_is_told_by_its_signal():
    with start("simulated", "encoded", "1", "1") as child:
        child.wait(patience())
        os.kill(child.pid, 9)
        assert child.open(1, 1, patience()) == Reply(
            "died", "the sessions' process ended with signal 9"
        )
        assert child.ended_by_kill_signal


def test_an_interpreter_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process_module.sys, "executable", "/no/such/python")
    with pytest.raises(MeasurementError, match="is /no/such/python a Python interpreter"):
        start("simulated", "encoded", "1", "1").__enter__()
    monkeypatch.setattr(process_module.sys, "executable", "")
    with pytest.raises(MeasurementError, match="is empty"):
        start("simulated", "encoded", "1", "1").__enter__()


def test_a_child_that_cannot_be_followed_is_ended(monkeypatch: pytest.MonkeyPatch):
    started: list[int] = []

    def fail(self: SacrificialProcess, *_: object) -> None:
        started.append(self.pid)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(SacrificialProcess, "_follow", fail)
    with pytest.raises(RuntimeError, match="new thread"):
        start("simulated", "encoded", "1", "1").__enter__()
    assert not is_running(started[0])


def test_an_answer_that_came_just_before_the_end_is_not_lost():
    with start("simulated", "encoded", "1", "1") as child:
        child.wait(patience())
        os.kill(child.pid, 9)
        child._running.wait()
        child._lines.put("opened 1 0 0")
        assert child._last_words() == Reply("opened", "1 0 0")


def test_a_child_that_holds_up_who_waits_for_it_is_ended_when_its_time_is_up():
    with start("factory", "time:sleep") as child:
        child.wait(patience())
        child._deadline = time.monotonic() - 60
        child.feed(1, 2)
        child._running.wait()  # nobody waits for an answer meanwhile
        late = Patience(deadline=time.monotonic() - 60, stall_seconds=9, stop=lambda: False)
        assert child.wait(late) == Reply("time", "the time for the probe is used up")


def test_waiting_can_be_stopped():
    with start("simulated", "encoded", "1", "1") as child:
        stopped = Patience(deadline=time.monotonic() + 9, stall_seconds=9, stop=lambda: True)
        child._lines = queue.SimpleQueue()
        assert child.wait(stopped).outcome in {"stopped", "ready"}
