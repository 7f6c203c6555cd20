"""How many sessions fit in memory?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import msgspec

from stresstune.errors import Interrupted, ProbeUnsafe, UsageError
from stresstune.memory import crash, lines, pace
from stresstune.memory.boundary import Boundary, Watch, look_around
from stresstune.memory.conclude import Evidence, conclude
from stresstune.memory.fit import Fit
from stresstune.memory.ledger import Ledger
from stresstune.memory.limits import Survey, survey
from stresstune.memory.options import ProbeOptions
from stresstune.memory.process import Patience, Reply, SacrificialProcess
from stresstune.memory.sources import Factory, Simulated, Source, child_words
from stresstune.model.memory import MemoryCapacity, MemoryMode, StoppedBy
from stresstune.model.workload import Progress, Workload

OnProgress = Callable[[Progress], None]


def probe_memory(  # noqa: PLR0913 - six names are the contract, the rest is in the options
    workload: Workload | None = None,
    *,
    source: Source | None = None,
    mode: MemoryMode = "predict",
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
    options: ProbeOptions | None = None,
) -> MemoryCapacity:
    """Open sessions in a sacrificial child process, and say how many fit in memory.

    ``predict`` opens a few and reckons: N = (limit - baseline - T) / b, where b is what a session
    keeps and T what it needs for a moment beyond that. It stays clear of the limit. ``fill`` opens
    them one after the other, up to the workload's sessions or until the next could be too many.

    Args:
        workload: What a session holds and how many are wanted; by default `Workload()`.
        source: What a session is: `Simulated` (default) or `Factory`.
        mode: ``predict`` or ``fill``.
        limit_bytes: Reckon with a machine that has so much memory, if that is less than what this
            one has; what else runs here is then not counted. In bytes.
        headroom_ratio: Share of the sessions that fit which ``safe_sessions`` leaves unused.
        on_progress: Called after each step, in the calling thread.
        options: Rarely needed; see `ProbeOptions`.

    Returns:
        What was found. A source that fails is an answer too: see ``stopped_by`` and ``error``.

    Raises:
        ValueError: An argument is outside of what is possible.
        UsageError: The factory does not exist or cannot be called.
        ProbeUnsafe: ``until="crash"`` where the kernel could kill more than the child.
        MeasurementError: No child process can be started.
        Interrupted: Ctrl-C; ``partial`` holds what was found until then. No child is left.

    >>> from stresstune.model.workload import Workload
    >>> small = Workload(sessions=4, images_per_session=2, image_bytes=1_000_000)
    >>> probe_memory(small, limit_bytes=1_000_000_000).stopped_by
    'target'
    """
    return _Probe(
        workload=workload or Workload(),
        source=source or Simulated(),
        mode=mode,
        headroom_ratio=_checked_ratio(headroom_ratio),
        on_progress=on_progress,
        options=options or ProbeOptions(),
    ).run(_checked_limit(limit_bytes))


async def aprobe_memory(  # noqa: PLR0913 - the same as its twin
    workload: Workload | None = None,
    *,
    source: Source | None = None,
    mode: MemoryMode = "predict",
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
    options: ProbeOptions | None = None,
) -> MemoryCapacity:
    """Do what `probe_memory` does, in a thread, under asyncio or trio.

    Cancellation ends the child before it is passed on. ``on_progress`` is called in the event
    loop's thread.
    """
    from stresstune.memory.asynchronous import run_in_thread  # noqa: PLC0415 - anyio only here

    probe = partial(
        _Probe,
        workload=workload or Workload(),
        source=source or Simulated(),
        mode=mode,
        headroom_ratio=_checked_ratio(headroom_ratio),
        options=options or ProbeOptions(),
    )
    limit = _checked_limit(limit_bytes)

    def run(report: OnProgress | None, stop: threading.Event) -> MemoryCapacity:
        return probe(on_progress=report, stop=stop.is_set).run(limit)

    return await run_in_thread(run, on_progress)


def _checked_ratio(headroom_ratio: float) -> float:
    if not 0 <= headroom_ratio < 1:
        raise ValueError(f"headroom_ratio is {headroom_ratio}: it must be at least 0 and below 1")
    return headroom_ratio


def _checked_limit(limit_bytes: int | None) -> int | None:
    if limit_bytes is not None and (isinstance(limit_bytes, bool) or limit_bytes <= 0):
        raise ValueError(f"limit_bytes is {limit_bytes}: it must be above 0 bytes")
    return limit_bytes


class _Probe(msgspec.Struct, kw_only=True):
    """One run; what it has found so far is in the ledger."""

    workload: Workload
    source: Source
    mode: MemoryMode
    headroom_ratio: float
    options: ProbeOptions
    on_progress: OnProgress | None = None
    stop: Callable[[], bool] = lambda: False
    found: Survey = Survey(ceilings=())
    boundaries: tuple[Boundary, ...] = ()
    ledger: Ledger = msgspec.field(default_factory=lambda: Ledger(group=None))
    kills_before: int | None = None
    warned: bool = False
    first_session_at: float = 0.0

    @property
    def threads(self) -> int:
        return self.source.concurrency if isinstance(self.source, Factory) else 1

    @property
    def crashes(self) -> bool:
        return self.mode == "fill" and self.options.until == "crash"

    def run(self, limit_bytes: int | None) -> MemoryCapacity:
        if self.mode not in ("predict", "fill"):
            raise ValueError(f"mode is {self.mode!r}: it must be 'predict' or 'fill'")
        self.found = survey(override_bytes=limit_bytes)
        self.boundaries = look_around(self.found.ceilings)
        self.ledger = Ledger(group=self.found.groups[0] if self.found.groups else None)
        try:
            stopped_by, error = self._run()
        except KeyboardInterrupt as interrupt:
            raise Interrupted(self._conclude("interrupted", "")) from interrupt
        capacity = self._conclude(stopped_by, error)
        if stopped_by == "interrupted":
            raise Interrupted(capacity)
        return capacity

    def _conclude(self, stopped_by: StoppedBy, error: str) -> MemoryCapacity:
        return conclude(
            Evidence(
                mode=self.mode,
                source=self.source.name,
                threads=self.threads,
                found=self.found,
                boundaries=self.boundaries,
                ledger=self.ledger,
                stopped_by=stopped_by,
                error=error,
                headroom_ratio=self.headroom_ratio,
                app_baseline_bytes=self.options.app_baseline_bytes,
            )
        )

    def _run(self) -> tuple[StoppedBy, str]:
        patience = Patience(
            deadline=time.monotonic() + self.options.max_seconds,
            stall_seconds=self.options.stall_seconds,
            stop=self.stop,
        )
        words = child_words(self.source, self.workload)
        with (
            Watch(self.boundaries, unguarded=self.crashes) as watch,
            SacrificialProcess(words, watch) as child,
        ):
            began = child.wait(patience)
            if began.outcome != "ready":
                return self._stopped(began)
            if self.crashes:
                self._check_crash(int(began.words))
            if not self.ledger.take(child.pid, 0, exact=True):
                return "error", "the sessions' process ended before its first session"
            self.first_session_at = time.monotonic()
            return self._open_sessions(child, watch, patience)

    def _check_crash(self, child_score: int) -> None:
        reason = crash.refusal(self.found, child_score)
        if reason:
            raise ProbeUnsafe(f"until='crash' is refused: {reason}; use until='guard'")
        self.kills_before = crash.kill_count(self.found)

    def _open_sessions(
        self, child: SacrificialProcess, watch: Watch, patience: Patience
    ) -> tuple[StoppedBy, str]:
        while True:
            left = watch.room_above_guard(child.pid, exact=True)
            count, reason = self._next(left)
            if count == 0:
                return reason, ""
            self.ledger.start_step(child.pid)
            reply = child.open(count, self.threads, patience)
            if reply.outcome != "opened":
                return self._stopped(reply, child)
            self._record(child.pid, count, reply)
            if self.ledger.swapped:
                return "guard", ""

    def _record(self, pid: int, count: int, reply: Reply) -> None:
        data_bytes, nothing = (int(word) for word in reply.words.split())
        self.ledger.data_bytes += data_bytes
        self.ledger.empty_handed += nothing
        # An exact reading walks all pages; where the process fills up, it would double the time.
        exact = self.mode == "predict" or self.ledger.held + count <= pace.FEW_STEPS
        if self.ledger.take(pid, count, exact=exact):
            self._report()

    def _next(self, left_bytes: int) -> tuple[int, StoppedBy]:
        """Choose the next step; 0 with the reason why there is none."""
        now = self._situation(left_bytes)
        if self.mode == "predict":
            return pace.next_count(now), "target"
        if self.options.until == "target" and self.ledger.held >= self.workload.sessions:
            return 0, "target"
        wanted = self.threads
        if self.options.until == "target":
            wanted = min(wanted, self.workload.sessions - self.ledger.held)
        return (wanted if self.crashes else pace.affordable(wanted, now)), "guard"

    def _situation(self, left_bytes: int) -> pace.Situation:
        steps = self.ledger.steps()
        fit = Fit(steps, threads=self.threads) if len(steps) > 1 else None
        room = min((each.room_bytes for each in self.boundaries), default=2**62)
        doubtful = True
        if fit:
            seen = fit.project(room)
            doubtful = seen.high - seen.low > max(1, seen.sessions // 100)
        return pace.Situation(
            counts=tuple(self.ledger.counts),
            fit=fit,
            room_bytes=room,
            left_bytes=left_bytes,
            seconds=time.monotonic() - self.first_session_at,
            threads=self.threads,
            thorough=not isinstance(self.source, Simulated),
            doubtful=doubtful,
        )

    def _stopped(
        self, reply: Reply, child: SacrificialProcess | None = None
    ) -> tuple[StoppedBy, str]:
        """Say why the probe ended, and what the source's last words were."""
        match reply.outcome:
            case "unusable":
                raise UsageError(f"{self.source.name}: {reply.words}")
            case "memory":
                return "memory_error", reply.words
            case "guard":
                return "guard", ""
            case "time":
                return "time", reply.words
            case "stopped":
                return "interrupted", ""
            case "died" if child and child.ended_by_kill_signal and self._kernel_killed():
                return "killed", ""
            case _:
                return "error", reply.words

    def _kernel_killed(self) -> bool:
        now = crash.kill_count(self.found)
        return now is not None and now > (self.kills_before or 0)

    def _report(self) -> None:
        if self.on_progress is None:
            return
        total = self.workload.sessions if self.mode == "fill" else None
        before, after = self.ledger.samples[-2:]
        self._tell(lines.session_line(before, after, total))
        near = self._near_line()
        if near and not self.warned:
            self.warned = True
            self._tell(near)

    def _tell(self, message: str) -> None:
        assert self.on_progress is not None
        total = float(self.workload.sessions) if self.mode == "fill" else None
        self.on_progress(
            Progress(stage="memory", message=message, done=float(self.ledger.held), total=total)
        )

    def _near_line(self) -> str:
        step = self.ledger.steps()[-1]
        for boundary in self.boundaries:
            left = boundary.room_bytes - step.memory_bytes
            if left < (1 - lines.NEAR_RATIO) * boundary.ceiling.limit_bytes:
                ceiling = boundary.ceiling
                return lines.near_line(max(0, left), ceiling.limit_bytes, ceiling.source)
        return ""
