"""The state machines of limits, on an explicit clock.

Each is asked in the order of time, and says whether a call that weighs so much (1 request, or its
tokens) is admitted at that moment.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from stresstune.testing.checks import above_zero, at_least


class RateLimit(Protocol):
    """A quota of calls, or of tokens, over time."""

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        """Take the call in and return True, or refuse it and return False."""
        ...

    def retry_after_seconds(self, now_seconds: float) -> float:
        """Return how long it takes until something is admitted again, as far as is known."""
        ...


@dataclass
class FixedWindow:
    """A counter that starts anew at each turn of the window.

    Attributes:
        quota: Weight admitted in one window.
        window_seconds: Its length.
        phase_seconds: When, modulo the window, it turns.
        used: Weight that somebody else has already used in the window that is open at time 0.

    Raises:
        ValueError: A number cannot be.
    """

    quota: float
    window_seconds: float = 60.0
    phase_seconds: float = 0.0
    used: float = 0.0
    _window: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        at_least(0, quota=self.quota, used=self.used)
        above_zero(window_seconds=self.window_seconds)

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        """See `RateLimit.admit`."""
        window = int((now_seconds - self.phase_seconds) // self.window_seconds)
        if self._window is not None and window != self._window:
            self.used = 0.0
        self._window = window
        if self.used + weight > self.quota:
            return False
        self.used += weight
        return True

    def retry_after_seconds(self, now_seconds: float) -> float:
        """See `RateLimit.retry_after_seconds`."""
        return self.window_seconds - (now_seconds - self.phase_seconds) % self.window_seconds


@dataclass
class SlidingWindow:
    """A log of the last window.

    Attributes:
        quota: Weight admitted in any span of the window's length.
        window_seconds: Its length.
        counts_rejected: Refused calls are entered in the log as well.
        used: Weight that somebody else used just before time 0, spread evenly over a window.

    Raises:
        ValueError: A number cannot be.
    """

    quota: float
    window_seconds: float = 60.0
    counts_rejected: bool = False
    used: float = 0.0
    _log: deque[tuple[float, float]] = field(default_factory=deque, repr=False)
    _sum: float = field(default=0.0, repr=False)
    _begun: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        at_least(0, quota=self.quota, used=self.used)
        above_zero(window_seconds=self.window_seconds)

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        """See `RateLimit.admit`."""
        if not self._begun:
            self._begin(now_seconds)
        while self._log and self._log[0][0] <= now_seconds - self.window_seconds:
            self._sum -= self._log.popleft()[1]
        admitted = self._sum + weight <= self.quota
        if admitted or self.counts_rejected:
            self._enter(now_seconds, weight)
        return admitted

    def retry_after_seconds(self, now_seconds: float) -> float:
        """See `RateLimit.retry_after_seconds`."""
        if not self._log:
            return 0.0
        return max(0.0, self._log[0][0] + self.window_seconds - now_seconds)

    def _begin(self, now_seconds: float) -> None:
        self._begun = True
        for place in range(round(self.used)):
            age = self.window_seconds * (1 - (place + 0.5) / self.used)
            self._enter(now_seconds - age, 1.0)

    def _enter(self, now_seconds: float, weight: float) -> None:
        self._log.append((now_seconds, weight))
        self._sum += weight


@dataclass
class TokenBucket:
    """A bucket that fills steadily and is emptied by calls.

    Attributes:
        quota: Weight that flows in during one window; a quota of 0 is a `FixedWindow`.
        burst: Size of the bucket.
        window_seconds: Length of that window.
        used: Weight that is missing from the bucket at time 0.

    Raises:
        ValueError: A number cannot be.
    """

    quota: float
    burst: float
    window_seconds: float = 60.0
    used: float = 0.0
    _then: float | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        above_zero(quota=self.quota, burst=self.burst, window_seconds=self.window_seconds)
        at_least(0, used=self.used)

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        """See `RateLimit.admit`."""
        self._refill(now_seconds)
        if self.used + weight > self.burst + 1e-9:
            return False
        self.used += weight
        return True

    def retry_after_seconds(self, now_seconds: float) -> float:
        """See `RateLimit.retry_after_seconds`."""
        self._refill(now_seconds)
        return max(0.0, self.used + 1 - self.burst) * self.window_seconds / self.quota

    def _refill(self, now_seconds: float) -> None:
        if self._then is not None:
            flown = (now_seconds - self._then) * self.quota / self.window_seconds
            self.used = max(0.0, self.used - flown)
        self._then = now_seconds


@dataclass
class ConcurrencyCap:
    """So many calls at the same time.

    Attributes:
        places: Calls in flight that are admitted.

    Raises:
        ValueError: There is no place.
    """

    places: int
    _ends: list[float] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        at_least(1, places=self.places)

    def has_room(self, now_seconds: float) -> bool:
        """Return whether one more call may be in flight now."""
        # whoever has the answer finds the place free, whatever the last digit of a clock says
        self._ends = [end for end in self._ends if end > now_seconds + 1e-6]
        return len(self._ends) < self.places

    def occupy(self, until_seconds: float) -> None:
        """Hold one place until then."""
        self._ends.append(until_seconds)
