"""May the crash point be reached, and was it the kernel that killed?"""

from __future__ import annotations

from pathlib import Path

from stresstune.errors import ProbeUnsafe
from stresstune.memory.ends import bystanders
from stresstune.memory.ends.limits import Survey
from stresstune.memory.readings import cgroup
from stresstune.memory.readings.kernel_files import read_table

_VOLUNTEER_SCORE = 1000
_OWN_SCORE = Path("/proc/self/oom_score_adj")


def refusal(found: Survey, child_score: int = _VOLUNTEER_SCORE, child: int = 0) -> str:
    """Say why the kernel must not be made to kill here, or "" where it may.

    Args:
        found: What is known about the ends of memory.
        child_score: The OOM score adjustment that the sessions' process could give itself; before
            it is started, what it should be.
        child: That process; 0 before it is started.
    """
    binding = found.smallest
    if binding is None:
        return "the limit is unknown"
    reasons = {
        f"{binding.source} is only reckoned with, so there is nothing to crash into": (
            binding.kind == "modelled"
        ),
        "the limit is the host's memory, and the whole machine would suffer": (
            binding.kind == "host"
        ),
        "memory.oom.group is set, so the kernel would kill everything in the group": (
            found.oom_group
        ),
        "the OOM killer is off in this group, so everything in it would stop": found.kill_disabled,
        f"the sessions' process could not mark itself (oom_score_adj is {child_score})": (
            child_score != _VOLUNTEER_SCORE
        ),
        "the calling process is itself marked for the OOM killer (oom_score_adj 1000)": (
            own_score() >= _VOLUNTEER_SCORE
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), "") or (
        bystanders.in_danger(found, child)
    )


def check(found: Survey, child_score: int = _VOLUNTEER_SCORE, child: int = 0) -> None:
    """Refuse to go on where the kernel must not be made to kill; see `refusal`.

    Raises:
        ProbeUnsafe: It could kill more than the sessions' process.
    """
    if reason := refusal(found, child_score, child):
        raise ProbeUnsafe(
            f"going on until the crash is refused: {reason}; go on until the guard (--until guard)"
        )


def own_score() -> int:
    """Read the OOM score adjustment of the calling process; 0 where there is none."""
    try:
        return int(_OWN_SCORE.read_text())
    except (OSError, ValueError):
        return 0


def kill_count(found: Survey) -> int | None:
    """Read how often the kernel has killed inside the limit, or None where it does not say."""
    counts = [
        count for group in found.groups if (count := cgroup.read_kill_count(group)) is not None
    ]
    if counts:
        return sum(counts)
    return read_table("/proc/vmstat").get("oom_kill")
