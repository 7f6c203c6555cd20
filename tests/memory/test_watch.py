import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from stresstune.errors import Interrupted, MeasurementError, UsageError
from stresstune.memory import watch
from stresstune.memory.watch import WatchOptions, session_counter, watch_process
from stresstune.model.workload import Progress

SERVER = Path(__file__).parent / "factories/small_app.py"
QUICK = WatchOptions(seconds=20, interval_seconds=0.001, limit_bytes=1_000_000_000)


class RunningApp:
    """A real app whose sessions the test opens; it is asked for their number like a person."""

    def __init__(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.process = subprocess.Popen([sys.executable, str(SERVER), str(self.port)])
        while True:
            try:
                self.request("GET")
                break
            except OSError:
                time.sleep(0.02)
        self.sessions = 0

    def request(self, method: str, body: bytes = b"") -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, "/", body)
        connection.getresponse().read()
        connection.close()

    def open_session(self) -> None:
        self.request("POST", os.urandom(5_000_000))
        self.sessions += 1


@pytest.fixture
def app() -> Iterator[RunningApp]:
    running = RunningApp()
    yield running
    running.process.kill()
    running.process.wait()


def test_what_a_session_costs_is_seen_as_sessions_come(app: RunningApp):
    def count() -> int:
        if app.sessions == 8:
            app.process.kill()
            app.process.wait()
            return 8
        now = app.sessions
        app.open_session()
        return now

    said: list[Progress] = []
    capacity = watch_process(app.process.pid, count, options=QUICK, on_progress=said.append)
    assert capacity.bytes_per_session == pytest.approx(5e6, rel=0.05)
    assert capacity.sessions_that_fit == pytest.approx(197, abs=4)
    assert capacity.source == f"process {app.process.pid}"
    assert capacity.error == "the process has ended"
    assert said[0].message.startswith("0 sessions now: process memory")
    assert re.match(r"Session 3: size (4\.9|5\.\d) MB", said[3].message)


def test_an_app_that_is_busy_or_gone_when_it_is_asked_leaves_what_was_found(app: RunningApp):
    asked = 0

    def count() -> int:
        nonlocal asked
        asked += 1
        if asked % 2 == 0:
            raise MeasurementError("timed out")
        if app.sessions == 4:
            app.process.kill()
            app.process.wait()
            raise MeasurementError("nobody listens")
        now = app.sessions
        app.open_session()
        return now

    capacity = watch_process(app.process.pid, count, options=QUICK)
    assert capacity.error == "the process has ended"
    assert capacity.held_sessions == 3
    assert capacity.sessions_that_fit


def test_sessions_that_can_never_be_counted_are_an_error(app: RunningApp):
    def count() -> int:
        raise MeasurementError("no number")

    with pytest.raises(MeasurementError, match="no number"):
        watch_process(app.process.pid, count, options=QUICK)


def test_sessions_that_leave_change_nothing(app: RunningApp):
    numbers = iter([3, 2, 1, 3])

    def count() -> int:
        number = next(numbers, None)
        if number is None:
            signal.raise_signal(signal.SIGINT)
        return number or 0

    with pytest.raises(Interrupted) as caught:
        watch_process(app.process.pid, count, options=QUICK)
    partial = caught.value.partial
    assert partial.stopped_by == "interrupted"
    assert partial.sessions_that_fit is None
    assert partial.held_sessions == 3


def test_watching_ends_after_its_time(app: RunningApp):
    options = WatchOptions(seconds=0.05, interval_seconds=0.01)
    capacity = watch_process(app.process.pid, lambda: 0, options=options)
    assert capacity.stopped_by == "time"
    assert capacity.seconds >= 0.05
    assert "never rose above 0" in capacity.error


def test_a_process_that_is_not_there_is_refused():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(UsageError, match=f"no running process {ended.pid}"):
        watch_process(ended.pid, lambda: 0)


def test_a_command_counts_sessions():
    assert session_counter(f"{sys.executable} -c \"print('sessions: 12 of 30')\"")() == 12


def test_a_url_counts_sessions(app: RunningApp, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch, "_ASK_SECONDS", 2)
    with pytest.raises(MeasurementError, match="has no number"):
        session_counter(f"http://127.0.0.1:{app.port}/")()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/no/such/program", "there is no program /no/such/program; give a command"),
        ("/dev/null", "/dev/null cannot be started (Permission denied); give"),
        ("false", "it ended with exit status 1; give a command that prints their number"),
        ("sh -c 'kill -9 $$'", "it ended with signal 9; give"),
        ("sleep 9", "it took longer than 0.2 s; give"),
        ("count 'them", "it cannot be read as a command (no closing quotation); give"),
        ("http://127.0.0.1:9/", "nobody listens there; is the app running"),
        ("http://no name/", "is the app running"),
        ("http://[x", "is the app running"),
    ],
)
def test_a_counter_that_does_not_answer_is_an_error(
    text: str, why: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "_ASK_SECONDS", 0.2)
    with pytest.raises(MeasurementError, match="could not be asked") as caught:
        session_counter(text)()
    assert why in str(caught.value)
    assert not re.search("urlopen|Errno|Command '", str(caught.value))


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (urllib.error.HTTPError("http://a/", 404, "Not Found", Message(), None), "it answered 404"),
        (urllib.error.URLError(TimeoutError("timed out")), "no answer came within 5 s"),
        (TimeoutError("timed out"), "no answer came within 5 s"),
        (http.client.RemoteDisconnected(), "RemoteDisconnected"),
    ],
)
def test_an_address_that_gives_no_number_is_told_why(error: Exception, why: str):
    assert watch._why_no_answer(error) == why


def test_what_a_counter_said_before_it_failed_is_quoted():
    code = "import sys; print('reading', file=sys.stderr); sys.exit('no such table')"
    with pytest.raises(MeasurementError, match=r"exit status 1 \(no such table\); give a command"):
        session_counter(f'{sys.executable} -c "{code}"')()


def test_an_empty_counter_is_refused():
    with pytest.raises(UsageError, match="empty"):
        session_counter(" ")
