"""Starts the workers, and an emulator of the API where there is no key."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from stresstune.emulator import Profile, parse_profile, running_emulator, tailor

_LOOK_SECONDS = 0.1
_THRIFTY = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_ARENA_MAX": "2"}
"""For glibc: pictures get pages of their own, which go back to the system with them."""

_GRACE_SECONDS = 8.0


def main() -> int:
    """Serve until Ctrl-C or SIGTERM."""
    chosen = _arguments()
    with _environment(chosen.simulate) as environ, tempfile.TemporaryDirectory() as folder:
        listeners = _listen(chosen.host, chosen.port, chosen.workers)
        environ["WORKSHOP_RUN_FOLDER"] = folder
        host, port = listeners[0].getsockname()[:2]
        print(f"The workshop is open: http://{host}:{port}", flush=True)
        return _Workers(listeners, environ).watch()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.workshop_app")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    parser.add_argument(
        "--simulate",
        metavar="PROFILE",
        help="write captions by an emulator with these quotas (tier1, or rpm=60,latency=1.5)",
    )
    chosen = parser.parse_args()
    if chosen.workers < 1:
        parser.error(f"--workers is {chosen.workers}: at least 1, please")
    return chosen


def _listen(host: str, port: int, count: int) -> list[socket.socket]:
    """Return a socket for each worker, all on one port.

    With one socket for all, the kernel would wake the same worker for every guest of a quiet hour.
    They stay open here: who comes while a worker is started again, waits.
    """
    listeners: list[socket.socket] = []
    for _ in range(count):
        address = (host, listeners[0].getsockname()[1] if listeners else port)
        listeners.append(socket.create_server(address, backlog=1024, reuse_port=count > 1))
    return listeners


@contextmanager
def _environment(simulate: str | None) -> Iterator[dict[str, str]]:
    """Yield the workers' environment; where there is neither key nor address, with an emulator."""
    environ = dict(os.environ)
    has_api = any(
        environ.get(name) for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL")
    )
    if has_api and simulate is None:
        yield environ
        return
    with running_emulator(_profile(simulate)) as emulator:
        print("Captions come from an emulator of the Gemini API.", flush=True)
        environ |= {"GOOGLE_GEMINI_BASE_URL": emulator.base_url, "GEMINI_API_KEY": "emulated"}
        environ.pop("GOOGLE_API_KEY", None)
        yield environ


def _profile(text: str | None) -> Profile:
    return parse_profile(text) if text else tailor("tier1", latency=1.5)


class _Workers:
    """The worker processes; one that dies is started again, without its sessions."""

    def __init__(self, listeners: list[socket.socket], environ: dict[str, str]) -> None:
        self._listeners, self._environ = listeners, environ
        self._ending = False
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        self._all = [self._start(number) for number in range(len(listeners))]

    def watch(self) -> int:
        """Keep them running until a signal comes; return the exit code."""
        while not self._ending:
            for number, worker in enumerate(self._all):
                code = worker.poll()
                if code is not None and not self._ending:
                    if code > 0:  # it could not start: the reason stands in the log
                        self._ending = True
                        self._stop()
                        return code
                    print(f"Worker {number} was lost ({code}): starting it again.", flush=True)
                    self._all[number] = self._start(number)
            time.sleep(_LOOK_SECONDS)
        self._stop()
        return 0

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        handle = self._listeners[number].fileno()
        return subprocess.Popen(
            [sys.executable, "-m", "examples.workshop_app.worker", str(handle)],
            env={**_THRIFTY, **self._environ, "WORKSHOP_WORKER": str(number)},
            pass_fds=[handle],
        )

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _stop(self) -> None:
        for worker in self._all:
            worker.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in self._all:
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


if __name__ == "__main__":
    sys.exit(main())
