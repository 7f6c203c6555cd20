"""The workshop app as a server in a cell."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.proof.limits import Cell

_HIDDEN = ("MAX_CONCURRENT_SESSIONS", "SLOW_MODE_DEFAULT", "SLOW_MODE_DELAY_SECONDS", "REDIS_URL")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def environment(**more: str) -> dict[str, str]:
    """Return the environment of the app and of the tuning, without anything that shadows a file."""
    kept = {name: text for name, text in os.environ.items() if name not in _HIDDEN}
    return {**kept, "WORKSHOP_LOG": "error", "GEMINI_API_KEY": "emulated", **more}


@contextmanager
def app_in(cell: Cell, environ: dict[str, str], log: Path) -> Iterator[str]:
    """Start the app, wait until it answers, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*cell.prefix, sys.executable, "-m", "examples.workshop_app", "--port", str(port)]
    with log.open("ab") as said:
        server = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
    base_url = f"http://127.0.0.1:{port}"
    try:
        _wait(base_url, server, log)
        yield base_url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(base_url: str, server: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            _direct.open(f"{base_url}/healthz", timeout=5).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)
        else:
            return


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a Redis, on another machine as it were, and yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
