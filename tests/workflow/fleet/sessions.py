"""Sessions that take their time, so that something can happen meanwhile."""

from __future__ import annotations

import time


def slow() -> bytes:
    time.sleep(0.2)
    return b"x" * 5_000_000
