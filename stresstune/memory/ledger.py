"""Keeps what a probe has measured, step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from stresstune.memory import cgroup, sample
from stresstune.memory.cgroup import Group, Usage
from stresstune.memory.fit import EQUAL_SPREAD_RATIO, Step, fit_line
from stresstune.memory.sample import Reading
from stresstune.model.memory import MemorySample

_OUTSIDE_NOISE_RATIO = 0.02
_OUTSIDE_NOISE_BYTES = 4 * 2**20
_KERNEL_PER_CACHE_RATIO = 0.0275
"""What the kernel keeps for each byte of a file in memory (a buffer head of 104 bytes and a part of
a tree for each page of 4096), and gives back with it."""

_STEPS_TO_FOLLOW = 5
_FOLLOWS_T = 10.0
"""Standard errors of the slope: what comes by itself seldom rises so evenly."""


@dataclass(slots=True)
class Ledger:
    """The readings of a probe.

    Attributes:
        group: The nearest control group, where there is one: it sees what the processes do not
            (files in tmpfs, socket buffers).
        itself: The sessions' process counts, and not its descendants only.
        quiet: Hardly anybody else is in the group, so that little that follows the sessions is
            theirs.
    """

    group: Group | None
    itself: bool = True
    quiet: bool = True
    samples: list[MemorySample] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    data_bytes: int = 0
    empty_handed: int = 0
    swapped: bool = False
    slowest_seconds: float = 0.0
    _readings: list[Reading] = field(default_factory=list)
    _usages: list[Usage | None] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @property
    def held(self) -> int:
        """Sessions held."""
        return self.samples[-1].session if self.samples else 0

    @property
    def seconds(self) -> float:
        """Time since the probe began."""
        return time.monotonic() - self._began

    @property
    def alone(self) -> bool:
        """Whether the sessions are all in the one process that opens them."""
        return self.itself and (not self._readings or self._readings[-1].processes == 1)

    @property
    def baseline(self) -> Reading | None:
        """The empty process."""
        return self._readings[0] if self._readings else None

    def start_step(self, pid: int) -> None:
        """Begin a new high-water mark."""
        sample.reset_peaks(pid)

    def take(self, pid: int, opened: int, *, exact: bool) -> bool:
        """Measure after a step; False where the process is gone."""
        usage = cgroup.read_usage(self.group) if self.group else None
        reading = sample.read_tree(pid, exact=exact, itself=self.itself)
        if reading is None:
            return False
        self.add(reading, usage, opened)
        return True

    def add(self, reading: Reading, usage: Usage | None, opened: int) -> None:
        """Note a reading, after so many more sessions were opened."""
        if self.samples:
            self.counts.append(opened)
        self.swapped = self.swapped or reading.swap_bytes > 0
        self._readings.append(reading)
        self._usages.append(usage)
        self.samples.append(
            MemorySample(
                session=self.held + opened,
                seconds=self.seconds,
                session_data_bytes=self.data_bytes,
                rss_bytes=reading.rss_bytes,
                pss_bytes=reading.pss_bytes,
                uss_bytes=reading.uss_bytes,
                working_set_bytes=usage.working_set_bytes if usage else None,
                peak_bytes=reading.peak_bytes,
            )
        )

    def steps(self, *, data: bool = False) -> list[Step]:
        """Give the steps, as what the kernel charges or as writable address space."""
        return [
            Step(
                held=taken.session,
                memory_bytes=reading.data_bytes if data else reading.charged_bytes + outside,
                transient_bytes=reading.transient_bytes if taken.session else 0,
            )
            for taken, reading, outside in zip(
                self.samples, self._readings, self._outside_bytes(), strict=True
            )
        ]

    @property
    def memory_bytes(self) -> int:
        """Memory at the end of the latest step, as the kernel charges it."""
        return self._readings[-1].charged_bytes + self.outside_bytes

    @property
    def outside_bytes(self) -> int:
        """What the sessions hold outside of their processes, as the control group sees it."""
        return self._seen_outside(-1) if self._counts_outside() else 0

    def _outside_bytes(self) -> list[int]:
        counts = self._counts_outside()
        return [self._seen_outside(at) if counts else 0 for at in range(len(self._readings))]

    def _seen_outside(self, at: int) -> int:
        first_usage, first = self._usages[0], self._readings[0]
        return _outside(self._usages[at], first_usage, self._readings[at], first)

    def _counts_outside(self) -> bool:
        """Whether it is the sessions' at all.

        Others in the group make kernel memory come and go; what does not follow the sessions, and
        is little, is noise.
        """
        if not self._readings:
            return False
        grown_bytes = self._readings[-1].charged_bytes - self._readings[0].charged_bytes
        seen_bytes = self._seen_outside(-1)
        if seen_bytes > max(_OUTSIDE_NOISE_BYTES, _OUTSIDE_NOISE_RATIO * grown_bytes):
            return True
        if not self.quiet or seen_bytes <= EQUAL_SPREAD_RATIO * grown_bytes:
            return False
        return self._follows_the_sessions()

    def _follows_the_sessions(self) -> bool:
        points = [
            (1.0, float(taken.session), float(self._seen_outside(at)))
            for at, taken in enumerate(self.samples)
        ]
        if len(points) < _STEPS_TO_FOLLOW:
            return False
        line = fit_line(points)
        return line.slope > _FOLLOWS_T * line.slope_error


def _outside(
    usage: Usage | None, usage_before: Usage | None, reading: Reading, before: Reading
) -> int:
    if usage is None or usage_before is None:
        return 0
    shared = (usage.shared_bytes - usage_before.shared_bytes) - (
        reading.shared_bytes - before.shared_bytes
    )
    cached = max(0, usage.file_bytes - usage_before.file_bytes)
    kernel = (usage.kernel_bytes - usage_before.kernel_bytes) - (
        reading.page_table_bytes - before.page_table_bytes + round(_KERNEL_PER_CACHE_RATIO * cached)
    )
    return max(0, shared) + max(0, kernel)
