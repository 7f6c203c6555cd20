"""Watches an app that runs already, instead of filling anything."""

from __future__ import annotations

import http.client
import re
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import ClassVar

import msgspec

from stresstune.errors import Interrupted, MeasurementError, UsageError
from stresstune.memory.ends.boundary import Boundary, look_around
from stresstune.memory.ends.limits import Survey, survey
from stresstune.memory.findings import lines
from stresstune.memory.findings.conclude import conclude
from stresstune.memory.findings.evidence import Evidence
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings import sample
from stresstune.memory.readings.sample import Reading
from stresstune.model.memory import MemoryCapacity, StoppedBy
from stresstune.model.record import PositiveCount, Record
from stresstune.model.workload import Progress, Workload

_ASK_SECONDS = 5.0

CountSessions = Callable[[], int]


class WatchOptions(Record, frozen=True, kw_only=True):
    """How to watch.

    Attributes:
        seconds: For how long; None until the app ends, or Ctrl-C.
        interval_seconds: Between two looks.
        limit_bytes: Reckon with so much memory, if that is less than what the app has.
        headroom_ratio: Share of the sessions that fit which ``safe_sessions`` leaves unused.
    """

    checked: ClassVar[bool] = True

    seconds: float | None = None
    interval_seconds: float = 1.0
    limit_bytes: PositiveCount | None = None
    headroom_ratio: float = 0.2


def session_counter(text: str) -> CountSessions:
    """Make what asks an app for its number of sessions.

    Args:
        text: A URL (``http://127.0.0.1:8000/stats``) or a command; the first whole number in the
            answer counts.

    Raises:
        UsageError: The text is empty.
    """
    if not text.strip():
        raise UsageError("how to count sessions is empty: give a URL or a command that prints it")
    ask = _ask_url if re.match(r"https?://", text) else _ask_command

    def count() -> int:
        answer = ask(text)
        number = re.search(r"\d+", answer)
        if number is None:
            raise MeasurementError(f"{text} answered {answer[:80]!r}, which has no number in it")
        return int(number[0])

    return count


def _ask_url(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=_ASK_SECONDS) as answer:  # noqa: S310 - the caller's own URL, http or https
            return str(answer.read(65536), "utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MeasurementError(
            f"{url} could not be asked for its sessions: {_why_no_answer(error)}; is the app "
            "running, and is that the address where it says their number?"
        ) from error


def _why_no_answer(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(reason, TimeoutError):
        return f"no answer came within {_ASK_SECONDS:g} s"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _ask_command(command: str) -> str:
    try:
        done = subprocess.run(
            shlex.split(command), capture_output=True, text=True, timeout=_ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise MeasurementError(
            f"{command!r} could not be asked for the sessions: {_why_it_failed(error)}; give a "
            "command that prints their number, or a URL"
        ) from error
    return done.stdout


def _why_it_failed(error: Exception) -> str:
    """Say what went wrong, and what a command that failed said of it last."""
    match error:
        case FileNotFoundError():
            return f"there is no program {error.filename}"
        case OSError():
            return f"{error.filename} cannot be started ({error.strerror})"
        case subprocess.TimeoutExpired():
            return f"it took longer than {_ASK_SECONDS:g} s"
        case subprocess.CalledProcessError(returncode=code, stderr=said):
            last = next((line for line in reversed(said.split("\n")) if line.strip()), "")
            how = f"exit status {code}" if code >= 0 else f"signal {-code}"
            return f"it ended with {how}" + (f" ({last.strip()[:200]})" if last else "")
        case _:  # of shlex
            return f"it cannot be read as a command ({str(error).lower()})"


def watch_process(
    pid: int,
    count_sessions: CountSessions,
    *,
    workload: Workload | None = None,
    options: WatchOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> MemoryCapacity:
    """Watch a running app and say what a session costs, as the number of sessions rises.

    Only what is seen while the number is higher than ever before counts: when sessions leave,
    their memory mostly stays with the process.

    Args:
        pid: The app's first process; its descendants are counted too.
        count_sessions: Says how many sessions the app holds now; see `session_counter`.
        workload: How many sessions are wanted; for advice.
        options: How long, how often.
        on_progress: Called whenever the number has risen.

    Returns:
        What was found. Where the number of sessions never rose, there is no number.

    Raises:
        UsageError: There is no such process.
        MeasurementError: The sessions cannot be counted, from the start.
        Interrupted: Ctrl-C; ``partial`` holds what was found until then.
    """
    watcher = _Watcher(pid, count_sessions, workload or Workload(), options or WatchOptions())
    try:
        watcher.run(on_progress)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(watcher.capacity("interrupted")) from interrupt
    return watcher.capacity("time" if sample.is_running(pid) else "error")


class _Seen(msgspec.Struct):
    """The latest reading at a number of sessions that was the highest so far."""

    sessions: int
    reading: Reading


class _Watcher:
    def __init__(
        self, pid: int, count: CountSessions, workload: Workload, options: WatchOptions
    ) -> None:
        if not sample.is_running(pid):
            raise UsageError(f"there is no running process {pid} to watch")
        self._pid, self._count, self._workload, self._options = pid, count, workload, options
        self._found: Survey = survey(override_bytes=options.limit_bytes, pid=pid)
        own = {pid, *sample.descendants(pid)}
        self._boundaries: tuple[Boundary, ...] = look_around(self._found.ceilings, own)
        self._seen: list[_Seen] = []
        self._began = time.monotonic()

    def run(self, on_progress: Callable[[Progress], None] | None) -> None:
        limit = self._options.seconds
        while limit is None or time.monotonic() - self._began < limit:
            sessions = self._sessions()
            reading = sample.read_tree(self._pid)
            if reading is None:
                return
            if sessions is not None and self._note(sessions, reading) and on_progress:
                on_progress(self._progress())
            time.sleep(self._options.interval_seconds)

    def _sessions(self) -> int | None:
        """Count them; None where that worked before, since an app may be busy, or at its end."""
        try:
            return self._count()
        except MeasurementError:
            if not self._seen:
                raise
            return None

    def _note(self, sessions: int, reading: Reading) -> bool:
        """Keep a reading if it says something new; True if the number has risen."""
        highest = self._seen[-1].sessions if self._seen else -1
        if sessions < highest:
            return False
        if sessions == highest:
            self._seen.pop()
        self._seen.append(_Seen(sessions, reading))
        return sessions > highest

    def _progress(self) -> Progress:
        taken = self._ledger().samples
        held_mb = taken[-1].rss_bytes / 1e6
        message = (
            lines.session_line(taken[-2], taken[-1], None)
            if len(taken) > 1
            else f"{taken[0].session} sessions now: process memory {held_mb:.1f} MB"
        )
        return Progress(stage="memory", message=message, done=float(taken[-1].session))

    def _ledger(self) -> Ledger:
        ledger = Ledger(group=None, began=self._began)
        for each in self._seen:
            ledger.add(each.reading, each.sessions - ledger.held)
        return ledger

    def _why_nothing(self) -> str:
        if len(self._seen) != 1:
            return ""
        return (
            f"the number of sessions never rose above {self._seen[0].sessions}, which was there at "
            "the first look: open sessions while it watches"
        )

    def capacity(self, stopped_by: StoppedBy) -> MemoryCapacity:
        return conclude(
            Evidence(
                mode="predict",
                source=f"process {self._pid}",
                threads=1,
                found=self._found,
                boundaries=self._boundaries,
                ledger=self._ledger(),
                stopped_by=stopped_by,
                error="the process has ended" if stopped_by == "error" else self._why_nothing(),
                last_that_fits=None,
                at_most=None,
                refused="",
                workload=self._workload,
                simulated=False,
                headroom_ratio=self._options.headroom_ratio,
                app_baseline_bytes=0,
            )
        )
