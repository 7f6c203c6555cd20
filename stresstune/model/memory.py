"""What was learned about memory."""

from __future__ import annotations

from typing import Literal

import msgspec

from stresstune.model.fingerprint import STATED_LIMITS
from stresstune.model.record import Estimate, Record

StoppedBy = Literal["target", "guard", "memory_error", "killed", "interrupted", "time", "error"]
"""Why a memory probe ended.

``error`` is the session source's own failure (a factory that raised, say): see
`MemoryCapacity.error`.
"""

MemoryMode = Literal["predict", "fill"]


class MemoryLimit(Record, frozen=True, kw_only=True):
    """Where memory ends for this process.

    Attributes:
        limit_bytes: The effective limit (the smallest of all that apply), or None if unknown.
        source: Which one that is: ``cgroup v1 /path``, ``cgroup v2 /path``, ``host``,
            ``RLIMIT_DATA``, ``--limit``, ``STRESSTUNE_MEMORY_LIMIT``, or ``unknown: reason``.
        used_bytes: Working set already in use inside that limit by anybody (this process too).
        oom_group: The kernel would kill the whole group, not one process (memory.oom.group).
        notes: What could not be read, or deserves to be known (swap, memory.high, …).
    """

    limit_bytes: int | None
    source: str
    used_bytes: int = 0
    oom_group: bool = False
    notes: tuple[str, ...] = ()


class MemoryOutlook(Record, frozen=True, kw_only=True):
    """Where a probe of memory stands, for whoever watches it.

    Attributes:
        sessions: Held now.
        used_bytes: In use inside the limit that is nearest, by anybody.
        guard_bytes: Where the guard would stop the probe.
        limit_bytes: That limit.
        limit_source: Who set it.
        projected: How many sessions will fit, as far as is known now; None before that.
        projected_low: Lower end of its interval.
        projected_high: Upper end.
        where: Which process that is, where the same sessions are opened again in another.

    >>> now = MemoryOutlook(sessions=5, used_bytes=410_000_000, guard_bytes=1_966_000_000,
    ...                     limit_bytes=2_000_000_000, limit_source="--limit", projected=25)
    >>> f"{now.used_bytes / now.limit_bytes:.0%}"
    '20%'
    """

    sessions: int
    used_bytes: int
    guard_bytes: int
    limit_bytes: int
    limit_source: str
    projected: int | None = None
    projected_low: int | None = None
    projected_high: int | None = None
    where: str = ""


class MemorySample(Record, frozen=True, kw_only=True):
    """Memory after one more session was opened.

    Attributes:
        session: How many sessions are held now (0 is the empty process: the baseline).
        seconds: Since the probe began.
        session_data_bytes: What all sessions together were given to hold.
        rss_bytes: Resident set of the process tree, shared pages counted once for each process.
        pss_bytes: Proportional set of the process tree, or None where it was not read.
        uss_bytes: Unique set of the process tree (what its end gives back), or None.
        working_set_bytes: Usage minus inactive file pages of the limiting cgroup, or None.
        peak_bytes: High-water mark of the process tree during this step, or None.
    """

    session: int
    seconds: float
    session_data_bytes: int
    rss_bytes: int
    pss_bytes: int | None = None
    uss_bytes: int | None = None
    working_set_bytes: int | None = None
    peak_bytes: int | None = None


class MemoryCapacity(Record, frozen=True, kw_only=True):
    """How many sessions fit in memory.

    Attributes:
        mode: ``predict`` (open a few and extrapolate) or ``fill`` (open them all).
        source: Which sessions were measured: ``simulated``, ``factory M:F``, ``app …``.
        held_sessions: Sessions really held at the end: by each process, where threads made the same
            sessions in several.
        sessions_that_fit: The last session that fits below the effective limit: found where the
            crash point was reached, extrapolated otherwise (also after a fill that reached its
            target). None where it is unknown.
        safe_sessions: floor((1 - headroom_ratio) x sessions_that_fit), on the lower end of the
            interval where sessions are unequal. None where it is unknown.
        bytes_per_session: What one more session keeps, in bytes, with ``low`` and ``high``; None
            where no session was held.
        transient_bytes: What making a session needs for a moment beyond what it keeps.
        baseline_bytes: What is in use before the first session.
        limit_bytes: The effective limit, or None if unknown.
        limit_source: Who set it.
        guard_bytes: Where the probe itself stops, below the limit; None where that is unknown.
        headroom_ratio: Share of sessions_that_fit that is left unused on purpose.
        stopped_by: Why the probe ended.
        refused: How the app itself refused one more session, in the words of
            `stresstune.model.load.Outcome`; ``ended`` where it ended instead; "" where it did not.
        empty_sessions: Held sessions for which the source kept nothing alive (they were None, or
            the same object as the one before).
        at_least: What sessions keep is too little to be seen: ``sessions_that_fit`` is a lower
            bound, and the upper end of ``bytes_per_session`` is all that is known of it.
        sizes_vary: Sessions are so unequal that only the interval is honest.
        session_data_bytes: What the held sessions were given to hold, together.
        process_bytes: Memory of the process tree at the end.
        seconds: How long the probe took.
        error: Last line of what the session source said when it failed, or "".
        notes: What a reader must know to trust or distrust the numbers.
        advice: What would make more sessions fit, with figures that were measured.
        samples: One for each session that was held, the baseline first.
        memory_id: Tells one memory from another (a cut hash): the same for everybody who shares it,
            until its machine or its control group is started anew. "" is unknown, as it is in what
            earlier versions wrote.
        host_id: Likewise for the host, also after that.

    >>> found = MemoryCapacity(held_sessions=5, sessions_that_fit=26, safe_sessions=20,
    ...                        bytes_per_session=80_000_000, baseline_bytes=180_000_000,
    ...                        limit_bytes=2_300_000_000, limit_source="cgroup",
    ...                        stopped_by="target")
    >>> found.safe_sessions, found.bytes_per_session.high
    (20, 80000000.0)
    """

    mode: MemoryMode = "predict"
    source: str = "simulated"
    held_sessions: int
    sessions_that_fit: int | None
    safe_sessions: int | None
    bytes_per_session: Estimate | None
    transient_bytes: int = 0
    baseline_bytes: int
    limit_bytes: int | None
    limit_source: str
    guard_bytes: int | None = None
    headroom_ratio: float = 0.2
    stopped_by: StoppedBy
    refused: str = ""
    empty_sessions: int = 0
    at_least: bool = False
    sizes_vary: bool = False
    session_data_bytes: int = 0
    process_bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    samples: tuple[MemorySample, ...] = ()
    memory_id: str = ""
    host_id: str = ""

    @property
    def is_modelled(self) -> bool:
        """Whether the limit was only stated: it stands for another machine than the one here."""
        return self.limit_source in STATED_LIMITS

    def __post_init__(self) -> None:
        """Take a plain number of bytes for one that is known exactly."""
        size_bytes = self.bytes_per_session
        if size_bytes is not None and not hasattr(size_bytes, "low"):
            exact = Estimate(size_bytes, size_bytes, size_bytes)
            msgspec.structs.force_setattr(self, "bytes_per_session", exact)
