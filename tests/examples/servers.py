"""Starts an example as a user does, in a process of its own, and ends it by its pid."""

from __future__ import annotations

import json
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
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

_HIDDEN = {"GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "STRESSTUNE", "REDIS_URL"}
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment without a key, with the config of a folder, and the checkout on it."""
    kept = {name: text for name, text in os.environ.items() if name not in _HIDDEN}
    config = folder / "workshop.toml"
    if not config.exists():
        config.write_bytes((ROOT / "workshop.toml").read_bytes())
    own = {"STRESSTUNE_CONFIG": str(config), "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    return {**kept, **own, **more}


def run(folder: Path, *words: str, seconds: float = 120, **more: str) -> tuple[int, str, str]:
    """Run Python with these words in a folder; return the exit code and what was said."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return done.returncode, done.stdout, done.stderr


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get_json(url: str) -> dict[str, Any]:
    """Return the document behind a URL."""
    with _DIRECT.open(url, timeout=10) as answer:
        return dict(json.load(answer))


@contextmanager
def serving(folder: Path, *words: str, seconds: float = 40, **more: str) -> Iterator[str]:
    """Start a server, wait until ``/healthz`` answers, and yield its address."""
    port = free_port()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env=environment(folder, PORT=str(port), **more),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}", server, folder, seconds)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(5)


def _wait_until_it_answers(
    base_url: str, server: subprocess.Popen[bytes], folder: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(base_url):
        said = (folder / "server.log").read_text(errors="replace")
        assert server.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.05)


def _answers(base_url: str) -> bool:
    try:
        get_json(f"{base_url}/healthz")
    except OSError:
        return False
    return True
