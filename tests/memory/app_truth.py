"""The truth about a real app: users come to it in a real control group, until it is killed."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from tests.memory.factories.app_user import visit
from tests.memory.ground_truth import FACTORIES, MIB, ROOT, Comparison, predicted
from tests.memory.groups import RealGroup

APP = FACTORIES / "kind_app.py"
KILLS = 3
_READY_SECONDS = 20.0

_BREATH_SECONDS = 0.005
"""No user comes back within microseconds of an answer. One who did would meet a thread that has
answered and not ended yet, so that a server with a thread for each request starts one heap more: it
was killed at 51 to 58 then, and from 2 ms on at 59 each time."""

_PREDICT = """
import sys
sys.path[:0] = [{root!r}, {factories!r}]
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import App
app = App(
    command=[sys.executable, {app!r}, "{{port}}", *{options!r}],
    open_session="app_user:open_session",
    concurrency={users},
)
print(probe_memory(source=app).to_json())
"""


def compare_app(kind: str, limit_mib: int, users: int = 1, *options: str) -> Comparison:
    """Kill apps by users who come so many at a time, and predict with one in another group."""
    limit_bytes = limit_mib * MIB
    words = (kind, *options)
    killed = [_killed_at(limit_bytes, users, *words) for _ in range(KILLS)]
    code = _PREDICT.format(
        root=str(ROOT), factories=str(FACTORIES), app=str(APP), options=words, users=users
    )
    name = " ".join((kind, *(word for word in options if not word.startswith("-"))))
    return predicted(code, limit_bytes, kind=name, threads=users, killed=tuple(killed))


def _killed_at(limit_bytes: int, users: int, *options: str) -> int:
    group = RealGroup(limit_bytes)
    port = _free_port()
    app = subprocess.Popen(
        group.inside(sys.executable, APP, port, *options), stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        return _Users(group, f"http://127.0.0.1:{port}").come(users)
    finally:
        for pid in group.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        app.wait()
        group.remove()


class _Users:
    """They come, each after the one before, until the kernel has killed."""

    def __init__(self, group: RealGroup, base_url: str) -> None:
        self._group, self._base_url = group, base_url
        self._lock = threading.Lock()
        self._served = 0
        self._is_over = False

    def come(self, at_a_time: int) -> int:
        threads = [threading.Thread(target=self._one_by_one) for _ in range(at_a_time)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert self._group.kills, "the app ended, and the kernel had not killed it"
        return self._served

    def _one_by_one(self) -> None:
        while not self._is_over:
            time.sleep(_BREATH_SECONDS)
            try:
                visit(self._base_url)
            except (OSError, http.client.HTTPException):
                self._is_over = True
                return
            with self._lock:
                self._is_over = self._is_over or self._group.kills > 0
                self._served += not self._is_over


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        assert time.monotonic() < deadline, "the app did not listen"
        time.sleep(0.05)
