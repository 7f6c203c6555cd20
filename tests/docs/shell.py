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
from tests.docs.elsewhere import PROGRAMS, Elsewhere, check_words

_SIGNS = re.compile(r"[|;&$<>`*~]|^\w+=")


class Shell:
    """Runs commands in a folder; what goes to the background stays until `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._elsewhere = Elsewhere(folder / ".elsewhere")
        self._groups: list[int] = []
        self._ports: dict[str, str] = {}

    def run(self, command: str) -> str:
        """Run one command, and return what a person would see of it; it must succeed.

        Stresstune itself runs in this process, where the line has no signs of a shell: half a
        second less for each. What belongs elsewhere is a stand-in, and what it was told is checked.
        """
        command = re.sub(r"python -m (stresstune|pip|pytest)\b", r"\1", command)
        command = self._with_free_ports(command)
        if re.search(r" &( |$)", command):
            return self._in_background(command)
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        if words[0] == "stresstune" and not _SIGNS.search(shlex.join(words)):
            return _in_this_process(words[1:])
        return self._in_the_foreground(command)

    def close(self) -> None:
        """End what runs in the background, with all that it has started."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)

    def _with_free_ports(self, command: str) -> str:
        """Let a page that speaks of port 8000 use one that is free here."""
        if command.split(maxsplit=1)[0] in PROGRAMS:
            return command
        for port in re.findall(r"\b80\d\d\b", command):
            if port not in self._ports:
                with socket.socket() as one:
                    one.bind(("127.0.0.1", 0))
                    self._ports[port] = str(one.getsockname()[1])
        return re.sub(r"\b80\d\d\b", lambda found: self._ports[found[0]], command)

    def _in_the_foreground(self, command: str) -> str:
        with self._start(command, subprocess.PIPE) as started:
            try:
                seen, _ = started.communicate(timeout=120)
            except BaseException:
                os.killpg(started.pid, signal.SIGKILL)
                raise
        assert started.returncode == 0, f"{command}\n{seen}"
        for words in self._elsewhere.told():
            check_words(words)
        return seen

    def _in_background(self, command: str) -> str:
        """Start a command that ends in an ``&``, and wait until its port answers, if it has one."""
        started = self._start(command, subprocess.DEVNULL)
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

    def _start(self, command: str, output: int) -> subprocess.Popen[str]:
        tools = f"{self._elsewhere.folder}:{Path(sys.executable).parent}"
        return subprocess.Popen(
            ["bash", "-c", command],
            cwd=self._folder,
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def _in_this_process(arguments: list[str]) -> str:
    seen = io.StringIO()
    with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
        code = main(arguments)
    assert code == 0, f"{arguments} ended with {code}:\n{seen.getvalue()}"
    return seen.getvalue()
