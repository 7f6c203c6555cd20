"""Processes that are told to end, and that are waited for until they are gone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Collection

from stresstune.memory.readings import sample

LOOK_SECONDS = 0.005
"""So often is looked."""

GIVEN_BACK_SECONDS = 2.0
"""The kernel takes a tenth of a second for a gigabyte, in which it is charged to the group."""


def tell(pids: Collection[int], signal_number: int) -> None:
    """Send a signal to each that is still there and ours to tell."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal_number)


def wait_until_gone(pids: Collection[int], seconds: float) -> None:
    """Wait, no longer than this, until processes have ended and given their memory back."""
    deadline = time.monotonic() + seconds
    while any(sample.is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
