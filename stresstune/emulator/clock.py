"""The emulator's clock: anyio's, faster if wanted."""

from __future__ import annotations

import anyio


class Clock:
    """Seconds since the start, and sleep; both run ``scale`` times faster than anyio's clock.

    Args:
        scale: 1 is the pace of the wall.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._start_seconds = anyio.current_time()

    def now(self) -> float:
        """Return the seconds since the start."""
        return (anyio.current_time() - self._start_seconds) * self._scale

    def wall_seconds(self, seconds: float) -> float:
        """Return how long so many emulated seconds take on anyio's clock."""
        return seconds / self._scale

    async def sleep(self, seconds: float) -> None:
        """Sleep so many emulated seconds."""
        await anyio.sleep(self.wall_seconds(seconds))
