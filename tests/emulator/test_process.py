"""The emulator in a process of its own: started, asked, and never left over."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from stresstune.emulator import PROFILES, running_emulator, tailor
from stresstune.emulator import process as module
from stresstune.errors import MeasurementError, UsageError


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def test_it_runs_as_long_as_the_block_and_is_reaped():
    with running_emulator(PROFILES["free"]) as emulator:
        assert psutil.Process(emulator.pid).ppid() == os.getpid()
        assert emulator.base_url == f"http://127.0.0.1:{emulator.port}"
        assert emulator.counts().requests == 0
        assert emulator.truth() == PROFILES["free"].truth()
    assert not psutil.pid_exists(emulator.pid)


def test_it_ends_when_the_block_fails():
    with pytest.raises(KeyError), running_emulator(tailor()) as emulator:
        raise KeyError
    assert not psutil.pid_exists(emulator.pid)


def test_it_can_begin_anew():
    with running_emulator(tailor(latency=0)) as emulator:
        assert emulator.counts().connections == 1
        assert emulator.counts().connections == 2
        emulator.reset()
        assert emulator.counts().connections == 1


def test_a_taken_port_is_said_and_leaves_no_process():
    children = psutil.Process().children()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=f"port {port}.*in use"),
            running_emulator(tailor(), port=port),
        ):
            pass
    assert psutil.Process().children() == children


def test_one_that_died_is_said(monkeypatch, capfd):
    monkeypatch.setattr(module, "_search_path", lambda: ["/nowhere"])
    monkeypatch.setattr(module.sys, "executable", "/bin/false")
    with (
        pytest.raises(MeasurementError, match="did not start"),
        running_emulator(tailor()),
    ):
        pass


def test_one_that_does_not_answer_any_more_is_said():
    with running_emulator(tailor()) as emulator:
        os.kill(emulator.pid, signal.SIGKILL)
        assert gone_within(emulator.pid, 5)
        with pytest.raises(MeasurementError, match=r"127\.0\.0\.1:\d+ does not answer any more"):
            emulator.counts()


def test_one_that_does_not_end_by_itself_is_killed(monkeypatch):
    monkeypatch.setattr(module, "_END_SECONDS", 0.1)
    with running_emulator(tailor()) as emulator:
        os.kill(emulator.pid, signal.SIGSTOP)
    assert not psutil.pid_exists(emulator.pid)


def test_modules_of_the_work_folder_do_not_get_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "socket.py").write_text("raise SystemExit('the wrong socket')")
    monkeypatch.chdir(tmp_path)
    with running_emulator(tailor()) as emulator:
        assert emulator.counts().requests == 0


def test_ctrl_c_is_for_the_parent():
    with running_emulator(tailor()) as emulator:
        assert os.getpgid(emulator.pid) != os.getpgid(0)


PARENT = """
    import os, sys, time
    from stresstune.emulator import running_emulator, tailor
    with running_emulator(tailor()) as emulator:
        if "fork" in sys.argv and os.fork() == 0:
            time.sleep(60)
        print(emulator.pid, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize(("how", "seconds"), [("plain", 1.0), ("fork", 3.0)])
def test_it_ends_when_its_parent_is_killed_even_if_a_fork_holds_the_pipe(how, seconds):
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), how], stdout=subprocess.PIPE, text=True
    )
    forks = []
    try:
        pid = int(parent.stdout.readline())
        forks = [each.pid for each in psutil.Process(parent.pid).children() if each.pid != pid]
        assert len(forks) == (how == "fork")
        parent.kill()
        assert gone_within(pid, seconds)
    finally:
        for fork in forks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(fork, signal.SIGKILL)
        parent.kill()
        parent.communicate()


def test_importing_the_room_brings_in_neither_anyio_nor_h11():
    script = """if True:
        import sys
        import stresstune.emulator as room
        print([name for name in ("anyio", "h11", "asyncio") if name in sys.modules])
        print(callable(room.serve))
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\nTrue\n"


def test_a_name_that_the_room_does_not_have_is_an_attribute_error():
    import stresstune.emulator as room

    with pytest.raises(AttributeError, match="nothing_here"):
        _ = room.nothing_here
