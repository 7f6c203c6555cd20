"""What programs hold that a session runs and waits for: they are gone before it is measured.

A converter of 60 MB that lives for half a second is no part of what the session keeps, and leaves
no high-water mark behind. So it is looked at while it runs.
"""

from __future__ import annotations

import math
import time
from collections import deque

from stresstune.memory.readings import cgroup, sample
from stresstune.memory.readings.cgroup import Group

_LOOK_EVERY_SECONDS = 0.005
_LOOK_OUT_EVERY_SECONDS = 0.035
"""While nobody has ever come, looking out is the most that watching costs (of one core, all of it
takes 1.7 %, and at 25 ms 2.0 %); what lives for less than this hardly has the time to take much."""

_COST_SHARE = 0.02
"""Where many processes are to be looked through, it is done less often: no more than this share."""

_MOST_LOOKS = 1000


class Passing:
    """Looks at the descendants that come during a step, and go."""

    def __init__(self, group: Group | None) -> None:
        """Prepare to look.

        Args:
            group: The nearest control group. What processes say of themselves counts pages twice
                that they share, and one that is being started has all pages of its parent; but no
                more than the group was charged.
        """
        self._group = group
        self._before: frozenset[int] = frozenset()
        self._came: set[int] = set()
        self._is_usual = False
        self._pid = 0
        self._looks: deque[tuple[int, int]] = deque(maxlen=_MOST_LOOKS)
        self.due = 0.0 if group else math.inf
        """When the next look is worth its time, on `time.monotonic`'s clock."""

    def begin(self, pid: int) -> None:
        """Begin a step; who is there already is not passing."""
        self._before = frozenset(sample.descendants(pid)) if self._group else frozenset()
        self.due = (
            min(self.due, time.monotonic() + _LOOK_EVERY_SECONDS) if self._group else math.inf
        )
        self._looks.clear()
        self._came.clear()
        self._pid = pid

    def look(self, pid: int) -> None:
        """Note what is held now by who came since the step began."""
        began = time.monotonic()
        if self._group is None or began < self.due:
            return
        came = set(sample.descendants(pid)) - self._before
        if came and (usage := cgroup.read_usage(self._group)):
            theirs = sum(sample.quick_bytes(each) for each in came)
            self._looks.append((theirs, usage.held_bytes))
            self._came |= came
        self._is_usual = self._is_usual or bool(came)
        ended = time.monotonic()
        every = _LOOK_EVERY_SECONDS if self._is_usual else _LOOK_OUT_EVERY_SECONDS
        self.due = ended + max(every, (ended - began) / _COST_SHARE)

    @property
    def has_seen_any(self) -> bool:
        """Whether anybody has come since the step began."""
        return bool(self._came)

    def most_bytes(self) -> int | None:
        """Give the most that was held for a moment by who has gone since, when the step is over.

        Returns:
            0 where somebody was seen too early to hold anything; None where nobody was, or all are
            still there.
        """
        gone = self._came - set(sample.descendants(self._pid)) if self._came else set()
        usage = cgroup.read_usage(self._group) if self._group and gone else None
        if usage is None:
            return None
        moments = (min(theirs, held - usage.held_bytes) for theirs, held in self._looks)
        return max(0, *moments)
