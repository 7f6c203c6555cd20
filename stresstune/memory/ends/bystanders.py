"""Whom else could the kernel kill, where memory is used up on purpose?

It kills the process with the most badness: what it holds, and ``oom_score_adj`` thousandths of the
limit of the group that is short (``oom_badness`` in mm/oom_kill.c). The sessions' process has 1000
of these, so that nobody's memory alone can exceed its badness; somebody's memory and mark can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from stresstune.memory.ends.boundary import held_bytes
from stresstune.memory.ends.limits import Ceiling, Survey
from stresstune.memory.readings import cgroup, sample
from stresstune.memory.readings.kernel_files import kilobytes, read_text
from stresstune.units import format_bytes

_NEVER = -1000
"""Whoever has this mark is not killed at all."""

_NAME_LENGTH = 80


def in_danger(found: Survey, child: int) -> str:
    """Say who else could be killed as sessions fill the effective limit, or "".

    The sessions' process is reckoned with as if it held nothing: others may come before it is full.

    Args:
        found: What is known about the ends of memory.
        child: The sessions' process, which is to be killed, or one of its descendants; 0 where it
            is not started yet.
    """
    return next(_reasons(found, child), "")


def _reasons(found: Survey, child: int) -> Iterator[str]:
    binding = found.smallest
    for ceiling in found.ceilings:
        if binding is None or not _could_be_short(ceiling, binding.limit_bytes):
            continue
        if ceiling.kind == "host":
            free = _size(ceiling.limit_bytes - held_bytes(ceiling))
            yield (
                f"the host has no more than {free} left, so that it would end before "
                f"{binding.source} does, and the whole machine would suffer"
            )
        else:
            yield from _in_group(ceiling, child)


def _could_be_short(ceiling: Ceiling, reach_bytes: int) -> bool:
    """Whether somebody is killed at this end, and sessions that hold so much could bring it about.

    The nearest group is not always the one that is short: one above it may be fuller.
    """
    if ceiling.kind not in ("cgroup", "host"):
        return False
    return ceiling.limit_bytes - held_bytes(ceiling) <= reach_bytes


def _in_group(ceiling: Ceiling, child: int) -> Iterator[str]:
    group = ceiling.group
    if group is None:
        return
    if not ceiling.source.startswith(group.source):
        yield f"the limit is set by {ceiling.source}, and who else is in there cannot be seen"
    pids = cgroup.pids_in(group)
    # Asked after these, so that nobody whom it starts meanwhile is taken for another.
    own = sample.tree(child) if child else ()
    for pid in sorted(pids.difference(own)):
        if pid == 0:
            yield f"there are processes in {group.source} that cannot be seen from here"
        elif reason := _could_be_chosen(pid, ceiling.limit_bytes):
            yield (
                f"the kernel could kill {_name(pid)} in {ceiling.source} instead of the sessions' "
                f"process: {reason}"
            )


def _name(pid: int) -> str:
    if pid == os.getpid():
        return f"the calling process {pid}"
    return f"process {pid} ({sample.command_line(pid)[:_NAME_LENGTH]})"


def _could_be_chosen(pid: int, limit_bytes: int) -> str:
    """Say why a process could have more badness than one that holds nothing and has the mark."""
    try:
        mark = int(read_text(f"/proc/{pid}/oom_score_adj"))
    except (OSError, ValueError):
        return "what its oom_score_adj is cannot be read" if sample.is_running(pid) else ""
    status = kilobytes(f"/proc/{pid}/status")
    held = sum(status.get(name, 0) for name in ("VmRSS", "VmSwap", "VmPTE"))
    if not held or mark == _NEVER or held + mark * limit_bytes // 1000 <= limit_bytes:
        return ""
    what_to_do = "lower that" if pid == os.getpid() else "lower that, end it, or move it away"
    return f"it has {_size(held)} and oom_score_adj {mark} ({what_to_do})"


def _size(size_bytes: int) -> str:
    return format_bytes(size_bytes, binary=True)
