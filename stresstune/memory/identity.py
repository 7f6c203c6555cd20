"""Which memory is this? Two processes that share one limit have the same."""

from __future__ import annotations

import hashlib
import os
import platform

from stresstune.memory.kernel_files import Path, read_text
from stresstune.memory.limits import Ceiling, survey


def memory_identity(root: Path = "/") -> str:
    """Name the memory that ends for this process where it ends for its neighbours.

    It is the running machine (its boot) and the control group that sets the effective limit, by its
    inode, so that it is the same through every namespace; where none does, the machine's memory
    itself. What is only stated (``--limit``) changes nothing.

    Args:
        root: The folder that stands for ``/``, for tests on small trees.

    >>> memory_identity() == memory_identity()
    True
    """
    ends = [one for one in survey(root=root).ceilings if one.kind in {"cgroup", "host"}]
    smallest = min(ends, key=lambda one: one.limit_bytes, default=None)
    text = f"{_boot(root)} {_group(smallest)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _boot(root: Path) -> str:
    try:
        return read_text(f"{root}/proc/sys/kernel/random/boot_id").strip()
    except OSError:
        return platform.node()


def _group(ceiling: Ceiling | None) -> str:
    if ceiling is None or ceiling.group is None:
        return "host"
    try:
        return f"{ceiling.group.version}:{os.stat(ceiling.group.folder).st_ino}"
    except OSError:
        return f"{ceiling.group.version}:{ceiling.group.path}"
