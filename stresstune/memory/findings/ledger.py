"""Keeps what a probe has measured, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field, replace

from stresstune.memory.findings.outside import Around, Outside
from stresstune.memory.readings import cgroup, sample
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.heap import Heap
from stresstune.memory.readings.holdings import holdings, open_bytes
from stresstune.memory.readings.sample import Reading
from stresstune.memory.reckoning.steps import Step
from stresstune.model.memory import MemorySample
from stresstune.model.workload import Workload


@dataclass(slots=True)
class _Besides:
    """What is known of a step besides its reading; see `Step`.

    Attributes:
        passing_each_bytes: The most that programs held which came and went, for each session that
            was made at that time; None where none did.
        made_together: How many sessions that were.
        warms: Another process of an app was visited.
    """

    passing_each_bytes: float | None = None
    made_together: int = 1
    warms: bool = False

    def passing_bytes(self, each_bytes: float) -> int:
        """Tell what programs needed, where each session's may have needed so much."""
        seen = self.passing_each_bytes is not None
        return round(each_bytes * self.made_together) if seen else 0


@dataclass(slots=True)
class Ledger:
    """The readings of a probe.

    Attributes:
        group: The nearest control group, where there is one: it sees what the processes do not
            (files in tmpfs, socket buffers).
        itself: The sessions' process counts, and not its descendants only.
        quiet: Hardly anybody else is in the group; see `Outside`.
        unmeasured: Sessions that are held since the latest sample: those that an app took of the
            step in which it refused others, or that threads went on with.
        apart: Some of what the sessions need was seen in processes of their own.
        one_by_one: That was so while threads went on without a stop, so that now one alone is to
            tell what it needs.
        alarmed_at: The session for which the hard stop refused memory though much was left; 0 for
            none. Another process is to tell, without such a stop, whether it would have been used.
        unarmed: No hard stop is to be set.
        singly: Where so many are held, the next are opened by the few: one of them was too many in
            another process.
        heights_bytes: The most that was held between the end of one session and of the next, where
            threads went on without a stop.
        guarded: The guard ended these threads.
        failed: What went wrong while these threads went on, or before.
        standing_by_bytes: What the caller holds, and an app's client: it is no part of the room,
            and yet is charged while the probe lasts.
        heaps_ratio: So much of the memory is in the allocator's heaps; all, where that is unknown.
        visited: Processes of the app that hold sessions.
        awaited: Such that are like these, and hold none yet.
        late: The first sessions of which one took longer to open than the latency objective.
        slowest_seconds: The longest that one took.
    """

    group: Group | None
    itself: bool = True
    quiet: InitVar[bool] = True
    samples: list[MemorySample] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    data_bytes: int = 0
    empty_handed: int = 0
    unmeasured: int = 0
    apart: bool = False
    one_by_one: bool = False
    alarmed_at: int = 0
    unarmed: bool = False
    singly: range = range(0)
    heights_bytes: list[int] = field(default_factory=list)
    guarded: bool = False
    failed: str = ""
    standing_by_bytes: int = 0
    heaps_ratio: float = 1.0
    visited: int = 0
    awaited: int = 0
    swapped: bool = False
    late: range = range(0)
    slowest_seconds: float = 0.0
    _readings: list[Reading] = field(default_factory=list)
    _heaps: list[Heap] = field(default_factory=list)
    _besides: list[_Besides] = field(default_factory=list)
    _besides_now: _Besides = field(default_factory=_Besides)
    _together_ratio: float | None = None
    _outside: Outside = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self, quiet: bool) -> None:
        self._outside = Outside(quiet=quiet)

    @property
    def held(self) -> int:
        """Sessions held."""
        return self.samples[-1].session if self.samples else 0

    @property
    def completed(self) -> int:
        """Sessions held, those that were not measured included."""
        return self.held + self.unmeasured

    @property
    def seconds(self) -> float:
        """Time since the probe began."""
        return time.monotonic() - self.began

    @property
    def seconds_warm(self) -> float:
        """Time since the first session was measured, or the first in another process of an app.

        What these load may have taken as long as it likes.
        """
        last = max((n for n, each in enumerate(self._besides) if each.warms), default=1)
        return self.seconds - self.samples[min(last, len(self.samples) - 1)].seconds

    @property
    def alone(self) -> bool:
        """Whether the sessions are all in the one process that opens them."""
        return self.itself and (not self._readings or self._readings[-1].processes == 1)

    @property
    def baseline(self) -> Reading | None:
        """The empty process."""
        return self._readings[0] if self._readings else None

    @property
    def followed(self) -> bool:
        """Whether all that threads needed was seen while they went on without a stop."""
        return bool(self.heights_bytes) and not (self.apart or self.swapped)

    def note_height(self, height_bytes: int, *, nothing: int) -> None:
        """Note that a session is complete, how high memory went, and whether it was nothing."""
        self.heights_bytes.append(height_bytes)
        self.unmeasured += 1
        self.empty_handed += nothing

    def note_heaps(self, heaps_bytes: int) -> None:
        """Note how much was in the allocator's heaps as of late; below 0 where that is unknown."""
        if heaps_bytes >= 0 and self.heights_bytes:
            self.heaps_ratio = min(1.0, heaps_bytes / self.heights_bytes[-1])

    def note_passing(self, most_bytes: int | None, together: int = 1) -> None:
        """Note what was held in the step that is to be taken by who has gone.

        Args:
            most_bytes: None for nobody.
            together: How many sessions were made at a time.
        """
        if most_bytes is not None:
            self._besides_now.passing_each_bytes = most_bytes / together
            self._besides_now.made_together = together

    def note_visits(self, visited: int, awaited: int) -> None:
        """Note how many of an app's processes hold sessions after the step that is to be taken."""
        self._besides_now.warms = visited > self.visited
        self.visited, self.awaited = visited, awaited

    def note_slowest(self, count: int, seconds: float, workload: Workload) -> None:
        """Note how long the slowest of so many took that are to be taken next."""
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        if seconds > workload.latency_objective_seconds and not self.late:
            self.late = range(self.held + 1, self.held + 1 + count)

    def note_together(self, ratio: float) -> None:
        """Note how far the sessions of a step were made together: the most is what may be."""
        self._together_ratio = max(self._together_ratio or 0.0, ratio)

    def start_step(self, pid: int) -> None:
        """Begin a new high-water mark."""
        sample.reset_peaks(pid)

    def take(
        self,
        pid: int,
        opened: int,
        *,
        exact: bool,
        heap: Heap | None = None,
        is_whole: Callable[[], bool] = lambda: True,
    ) -> bool:
        """Measure after a step; False where the process is gone, or was not whole any more."""
        usage = cgroup.read_usage(self.group) if self.group else None
        reading = sample.read_tree(pid, exact=exact, itself=self.itself)
        if reading is None or not is_whole():
            return False
        own = sample.tree(pid, itself=self.itself)
        around = Around(usage, open_bytes(own), self._outside.others)
        if self.group and usage and self._outside.is_news(reading, around):
            others = cgroup.pids_in(self.group) - set(own)
            around = replace(around, others=holdings(others))
        self.add(reading, opened, around, heap)
        return True

    def add(
        self, reading: Reading, opened: int, around: Around | None = None, heap: Heap | None = None
    ) -> None:
        """Note a reading, after so many more sessions were opened."""
        around = around or Around()
        if self.samples:
            self.counts.append(opened)
        heap = heap or Heap()
        # Where threads made them, the marks were taken one by one.
        seen = max([reading.transient_bytes, *heap.peaks_bytes])
        reading = replace(reading, transient_bytes=seen)
        self.apart = self.apart or reading.processes > 1
        self.swapped = self.swapped or reading.swap_bytes > 0
        self._readings.append(reading)
        self._heaps.append(heap)
        self._besides.append(self._besides_now)
        self._besides_now = _Besides()
        self._outside.note(self.held + opened, reading, around)
        self.samples.append(
            MemorySample(
                session=self.held + opened,
                seconds=self.seconds,
                session_data_bytes=self.data_bytes,
                rss_bytes=reading.rss_bytes,
                pss_bytes=reading.pss_bytes,
                uss_bytes=reading.uss_bytes,
                working_set_bytes=around.usage.working_set_bytes if around.usage else None,
                peak_bytes=reading.peak_bytes,
            )
        )

    def keep_ends(self) -> None:
        """Take all that was opened for one warm-up: in between, readings told of what passes."""
        self.one_by_one = True
        for each in (self.samples, self._readings, self._heaps, self._besides):
            del each[1:-1]
        self.counts[:] = [sum(self.counts)]
        self._outside.keep_ends()

    def steps(self, *, data: bool = False) -> list[Step]:
        """Give the steps, as what the kernel charges or as writable address space.

        A program that passes is seen now early in its life and now late: wherever one was seen, it
        may have needed the most.
        """
        together = 1.0 if self._together_ratio is None else self._together_ratio
        each_passing = 0.0 if data else self.passing_each_bytes
        return [
            Step(
                held=taken.session,
                memory_bytes=reading.data_bytes if data else reading.charged_bytes + outside,
                transient_bytes=max(reading.transient_bytes, besides.passing_bytes(each_passing))
                if taken.session
                else 0,
                free_bytes=0 if data else heap.free_bytes,
                # The marks are of the one process, and know nothing of programs.
                peaks_bytes=heap.peaks_bytes if besides.passing_each_bytes is None else (),
                left_bytes=heap.left_bytes,
                warms=besides.warms,
                together_ratio=together,
                at_worst=self._one_told and besides.passing_each_bytes is not None,
            )
            for taken, reading, outside, heap, besides in zip(
                self.samples,
                self._readings,
                self._outside.bytes_each(),
                self._heaps,
                self._besides,
                strict=True,
            )
        ]

    @property
    def passing_each_bytes(self) -> float:
        """The most that a session's programs were seen to hold, which had gone when it was made."""
        return max((each.passing_each_bytes or 0.0 for each in self._besides), default=0.0)

    @property
    def _one_told(self) -> bool:
        """Whether a session that was made alone showed what its programs need."""
        return any(each.passing_each_bytes and each.made_together == 1 for each in self._besides)

    @property
    def memory_bytes(self) -> int:
        """Memory at the end of the latest step, as the kernel charges it."""
        return self._readings[-1].charged_bytes + self.outside_bytes

    @property
    def outside_bytes(self) -> int:
        """What the sessions hold outside of their processes, as the control group sees it."""
        return self._outside.bytes_now if self._readings else 0
