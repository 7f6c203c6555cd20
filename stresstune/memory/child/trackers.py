"""Python's trackers of shared memory: each removes what its processes left, as the last one ends.

Sessions may lie in `multiprocessing.shared_memory`, which outlives whoever made it and is charged
further. So a tracker is not ended with the rest, but given the time to do its work.
"""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.memory.child import gone
from stresstune.memory.child.tie import TRACKER
from stresstune.memory.readings import sample

_SECONDS = 5.0
"""On a busy machine; on an idle one it is done within a tenth of one."""


def end_all_but_trackers(pids: Sequence[int], signal: int) -> list[int]:
    """End processes, and give the trackers among them, which end by themselves."""
    trackers = [pid for pid in pids if TRACKER in sample.command_line(pid)]
    gone.tell([pid for pid in pids if pid not in trackers], signal)
    return trackers


def wait_for(trackers: Sequence[int]) -> None:
    """Wait, but not for ever, until trackers have done their work, of which nobody else is left."""
    gone.wait_until_gone(trackers, _SECONDS)
