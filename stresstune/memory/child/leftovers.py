"""Finds what an earlier run that was killed may have left behind, and removes it.

Every process of a probe, and whatever it starts, carries a mark in its environment: a token, and
number and start time of the process that probed. A marked process whose prober is gone is a
leftover; nothing else is, and nothing else is touched. The probe makes no files and no control
groups, so that there are none to find.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from stresstune.memory.child import gone
from stresstune.memory.readings import sample
from stresstune.model.record import Record
from stresstune.probed import MARK

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""What ends a process without asking it, where the system has such a signal."""

_NAMESPACE = Path("/proc/self/ns/pid")


class Leftover(Record, frozen=True, kw_only=True):
    """A process that outlived its probe.

    Attributes:
        pid: Its number.
        what: Its command line, shortened.
        prober: Number of the process that had started the probe.
    """

    pid: int
    what: str
    prober: int

    def __str__(self) -> str:
        return f"process {self.pid} of a probe by process {self.prober}: {self.what}"


def mark(token: str) -> str:
    """Make the value of the mark: ``token:prober:start of the prober:namespace of its number``."""
    return f"{token}:{os.getpid()}:{sample.start_time(os.getpid())}:{_namespace()}"


def _namespace() -> str:
    # Seen from elsewhere (a container's processes from its host), a number means another process.
    try:
        return _NAMESPACE.readlink().name.strip("pid:[]")
    except OSError:
        return ""


def find_leftovers() -> tuple[Leftover, ...]:
    """Find processes of probes whose prober is gone."""
    return tuple(
        Leftover(pid=pid, what=sample.command_line(pid)[:200], prober=prober)
        for pid, token, prober, since in _marked()
        if sample.start_time(prober) != since
    )


def cleanup() -> tuple[Leftover, ...]:
    """End what `find_leftovers` finds, and say what that was."""
    found = find_leftovers()
    pids = [leftover.pid for leftover in found]
    gone.tell(pids, KILL)
    gone.wait_until_gone(pids, gone.GIVEN_BACK_SECONDS)
    return found


def end_marked(token: str, *, look_seconds: float = 0.0) -> None:
    """End the processes of one probe, those too that have left its process tree.

    Args:
        token: The probe's.
        look_seconds: Look so long for the first: as a process starts, it cannot be told by its
            environment yet.
    """
    look_until = time.monotonic() + look_seconds
    while not (pids := _with(token)) and time.monotonic() < look_until:
        time.sleep(gone.LOOK_SECONDS)
    deadline = time.monotonic() + gone.GIVEN_BACK_SECONDS
    while pids and time.monotonic() < deadline:
        gone.tell(pids, KILL)
        gone.wait_until_gone(pids, gone.GIVEN_BACK_SECONDS)
        pids = _with(token)  # whoever was being forked off while we looked


def _with(token: str) -> list[int]:
    return [pid for pid, found, _, _ in _marked() if found == token]


def _marked() -> Iterator[tuple[int, str, int, str]]:
    for pid, value in sample.environment_values(MARK):
        words = value.split(":")
        if len(words) == 4 and words[1].isdecimal() and words[3] == _namespace():
            yield pid, words[0], int(words[1]), words[2]
