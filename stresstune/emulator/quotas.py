"""How a service counts: windows, buckets, places. Pure; the time is handed in.

A *meter* answers whether an amount fits now, takes it, and says how long it would have to wait.
Times are seconds on any clock that does not run backwards; amounts are requests or tokens.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Literal, Protocol

WindowKind = Literal["fixed", "sliding", "bucket"]


class Meter(Protocol):
    """A quota that is counted over time."""

    def fits(self, now_seconds: float, amount: int) -> bool:
        """Tell whether the amount could be admitted now."""

    def take(self, now_seconds: float, amount: int) -> None:
        """Count the amount, whether or not it fits."""

    def wait_seconds(self, now_seconds: float, amount: int) -> float:
        """Tell how long until the amount fits if nobody else comes."""


class FixedWindow:
    """Counts from zero again at the start of each window.

    Args:
        limit: Amount in a window; 0 admits nothing, ever.
        window_seconds: Length of a window.
        phase_seconds: How much of the first window is over at time 0.

    >>> minute = FixedWindow(2, 60.0)
    >>> minute.take(1.0, 2)
    >>> minute.fits(59.0, 1), minute.wait_seconds(59.0, 1), minute.fits(60.0, 1)
    (False, 1.0, True)
    """

    def __init__(self, limit: int, window_seconds: float, phase_seconds: float = 0.0) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._phase_seconds = phase_seconds
        self._index = 0
        self._used = 0

    def fits(self, now_seconds: float, amount: int) -> bool:
        """Tell whether the amount fits into what is left of this window."""
        self._turn(now_seconds)
        return self._used + amount <= self._limit

    def take(self, now_seconds: float, amount: int) -> None:
        """Count the amount in this window."""
        self._turn(now_seconds)
        self._used += amount

    def wait_seconds(self, now_seconds: float, amount: int) -> float:
        """Tell how long until the next window, or 0 if it fits now."""
        if self.fits(now_seconds, amount):
            return 0.0
        return self._window_seconds - (now_seconds + self._phase_seconds) % self._window_seconds

    def _turn(self, now_seconds: float) -> None:
        index = math.floor((now_seconds + self._phase_seconds) / self._window_seconds)
        if index != self._index:
            self._index, self._used = index, 0


class SlidingWindow:
    """Remembers each amount for the length of the window (a sliding log).

    >>> minute = SlidingWindow(2, 60.0)
    >>> minute.take(0.0, 1); minute.take(30.0, 1)
    >>> minute.fits(59.0, 1), minute.wait_seconds(59.0, 1), minute.fits(60.0, 1)
    (False, 1.0, True)
    """

    def __init__(self, limit: int, window_seconds: float) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._log: deque[tuple[float, int]] = deque()
        self._used = 0

    def fits(self, now_seconds: float, amount: int) -> bool:
        """Tell whether the amount fits into the window that ends now."""
        self._forget(now_seconds)
        return self._used + amount <= self._limit

    def take(self, now_seconds: float, amount: int) -> None:
        """Count the amount until it is one window old."""
        self._forget(now_seconds)
        self._log.append((now_seconds, amount))
        self._used += amount

    def wait_seconds(self, now_seconds: float, amount: int) -> float:
        """Tell when enough of the log has grown old; one whole window if it never can."""
        self._forget(now_seconds)
        excess = self._used + amount - self._limit
        if excess <= 0:
            return 0.0
        for taken_seconds, taken in self._log:
            excess -= taken
            if excess <= 0:
                return taken_seconds + self._window_seconds - now_seconds
        return self._window_seconds

    def _forget(self, now_seconds: float) -> None:
        while self._log and self._log[0][0] + self._window_seconds <= now_seconds:
            self._used -= self._log.popleft()[1]


class TokenBucket:
    """Fills evenly up to a burst, and is emptied by what it admits.

    Args:
        limit: Amount that flows in during one window.
        window_seconds: Length of that window.
        burst: What the bucket holds; it is full at time 0.

    >>> bucket = TokenBucket(60, 60.0, burst=2)
    >>> bucket.take(0.0, 2)
    >>> bucket.fits(0.5, 1), bucket.wait_seconds(0.5, 1), bucket.fits(1.0, 1)
    (False, 0.5, True)
    """

    def __init__(self, limit: int, window_seconds: float, burst: int) -> None:
        self._per_second = limit / window_seconds
        self._window_seconds = window_seconds
        self._burst = float(burst)
        self._level = float(burst)
        self._at_seconds = 0.0

    def fits(self, now_seconds: float, amount: int) -> bool:
        """Tell whether the bucket holds the amount."""
        self._fill(now_seconds)
        return self._level >= amount - 1e-9  # 60 refills of 1/60 are a hair below 1

    def take(self, now_seconds: float, amount: int) -> None:
        """Take the amount out; the bucket is never less than empty."""
        self._fill(now_seconds)
        self._level = max(0.0, self._level - amount)

    def wait_seconds(self, now_seconds: float, amount: int) -> float:
        """Tell how long until it holds the amount; one whole window if it never can."""
        self._fill(now_seconds)
        if self._per_second <= 0 or amount > self._burst:
            return self._window_seconds
        return max(0.0, (amount - self._level) / self._per_second)

    def _fill(self, now_seconds: float) -> None:
        flown = (now_seconds - self._at_seconds) * self._per_second
        self._level = min(self._burst, self._level + flown)
        self._at_seconds = now_seconds


class Gate:
    """Lets so many in at a time, and counts who is inside.

    Args:
        limit: How many may be inside, or None for any number.

    >>> gate = Gate(1)
    >>> gate.enter(), gate.enter(), gate.inside
    (True, False, 1)
    >>> gate.leave(); gate.enter()
    True
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.inside = 0
        self.most_inside = 0

    def enter(self) -> bool:
        """Go in if there is room."""
        if self._limit is not None and self.inside >= self._limit:
            return False
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        return True

    def leave(self) -> None:
        """Come out again, once for each successful ``enter``."""
        self.inside -= 1


class Places:
    """A server with so many places, and a queue in front of them: first come, first served.

    A call that was let in keeps its place until it is served, also when nobody waits for the
    answer any more, as in a real server.

    Args:
        count: Calls that are served at the same time.
        queue: Calls that may wait, or None for any number.

    >>> one = Places(1)
    >>> one.book(0.0, 2.0), one.book(0.0, 2.0), one.book(3.0, 2.0)
    (0.0, 2.0, 1.0)
    """

    def __init__(self, count: int, queue: int | None = None) -> None:
        self._free_at = [0.0] * count
        self._queue = queue
        self._starts: deque[float] = deque()

    def book(self, now_seconds: float, service_seconds: float) -> float | None:
        """Take the next place.

        Returns:
            Seconds to wait before being served, or None where the queue is full.
        """
        while self._starts and self._starts[0] <= now_seconds:
            self._starts.popleft()
        start_seconds = max(now_seconds, self._free_at[0])
        if start_seconds > now_seconds:
            if self._queue is not None and len(self._starts) >= self._queue:
                return None
            self._starts.append(start_seconds)
        heapq.heapreplace(self._free_at, start_seconds + service_seconds)
        return start_seconds - now_seconds


def make_meter(
    window: WindowKind,
    limit: int,
    window_seconds: float,
    *,
    burst: int | None = None,
    phase_seconds: float = 0.0,
) -> Meter:
    """Make the meter of a kind.

    Args:
        window: Which kind.
        limit: Amount in a window.
        window_seconds: Length of the window.
        burst: What a bucket holds; a sixth of the limit, and at least 1, if it is not given.
        phase_seconds: How much of a fixed window is over at time 0.
    """
    if window == "fixed":
        return FixedWindow(limit, window_seconds, phase_seconds)
    if window == "sliding":
        return SlidingWindow(limit, window_seconds)
    return TokenBucket(limit, window_seconds, default_burst(limit) if burst is None else burst)


def default_burst(limit: int) -> int:
    """Return what a bucket holds where nothing else was said: ten seconds' worth of a minute.

    >>> default_burst(60), default_burst(3), default_burst(0)
    (10, 1, 0)
    """
    return max(min(limit, 1), limit // 6)
