"""A shell for the console blocks of a page: what it types runs, in a folder of its own."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from stresstune.cli.main import main
from tests.cli.test_promises import check_call

ELSEWHERE = {"docker", "kubectl", "pip", "git", "gunicorn", "systemctl"}
"""Programs that are not run here: they need a network or a machine of another kind."""

_SIGNS = re.compile(r"[|;&$<>`*~]|^\w+=")


class Shell:
    """Runs commands in a folder; what goes to the background stays until `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups: list[int] = []
        self._ports: dict[str, str] = {}

    def run(self, command: str) -> str:
        """Run one command, and return what a person would see of it; it must succeed.

        Stresstune itself runs in this process, where the line has no signs of a shell: half a
        second less for each.
        """
        command = self._with_free_ports(command.replace("python -m stresstune", "stresstune"))
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        if needs_elsewhere(words):
            return self._checked_only(command)
        if re.search(r" &( |$)", command):
            return self._in_background(command)
        if words[0] == "stresstune" and not _SIGNS.search(command.replace("\\\n", " ")):
            return _in_this_process(words[1:])
        return self._in_bash(command)

    def close(self) -> None:
        """End what runs in the background, with all that it has started."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)

    def _with_free_ports(self, command: str) -> str:
        """Let a page that speaks of port 8000 use one that is free here."""
        for port in re.findall(r"\b80\d\d\b", command):
            if port not in self._ports:
                with socket.socket() as one:
                    one.bind(("127.0.0.1", 0))
                    self._ports[port] = str(one.getsockname()[1])
        return re.sub(r"\b80\d\d\b", lambda found: self._ports[found[0]], command)

    def _in_bash(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def _in_background(self, command: str) -> str:
        """Start a command that ends in an ``&``, and wait until its port answers, if it has one."""
        started = subprocess.Popen(
            ["bash", "-c", command],
            cwd=self._folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._groups.append(started.pid)
        assert started.wait(timeout=20) == 0
        port = re.search(r"--port (\d+)", command)
        deadline = time.monotonic() + 30
        while port and time.monotonic() < deadline:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", int(port[1]))) == 0:
                    return ""
            time.sleep(0.05)  # a real server, so real time
        assert not port, f"{command} does not listen"
        return ""

    def _checked_only(self, command: str) -> str:
        subprocess.run(["bash", "-n", "-c", command], check=True)  # is it one, at least?
        for call in re.findall(r"stresstune [a-z][^;&|\"]*", command):
            check_call(call.removeprefix("stresstune "))
        return ""


def _environment() -> dict[str, str]:
    tools = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}


def needs_elsewhere(words: list[str]) -> bool:
    """Tell whether a command cannot run on this machine."""
    is_install = words[:4] == ["python", "-m", "pip", "install"]
    return is_install or words[0] in ELSEWHERE


def _in_this_process(arguments: list[str]) -> str:
    seen = io.StringIO()
    with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
        code = main(arguments)
    assert code == 0, f"{arguments} ended with {code}:\n{seen.getvalue()}"
    return seen.getvalue()
