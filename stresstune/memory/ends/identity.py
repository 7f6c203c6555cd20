"""Which memory is this? Two processes that share one limit have the same.

Names are cut hashes, which give nothing away: a boot is a random number, and a machine's own id is
never told without the host's name in the same hash.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from stresstune.memory.ends.limits import Ceiling, survey
from stresstune.memory.readings.kernel_files import Path, read_text

HOST_VARIABLE = "STRESSTUNE_FLEET_HOST"
"""Environment variable: who measures here is a host of its own, of this name."""

_MACHINE_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")


class Identity(NamedTuple):
    """Names of a memory that two measurements can be compared by.

    Attributes:
        memory_id: The memory itself, until its machine or its control group is started anew.
        host_id: The host, also after that; "" where nothing tells it from others.
    """

    memory_id: str
    host_id: str


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
    return _memory_id(_end(survey(root=root).ceilings), root)


def identify(ceilings: Sequence[Ceiling], root: Path = "/") -> Identity:
    """Name the memory that ends there, and the host that it is of.

    Args:
        ceilings: All ends that were found for a process.
        root: As in `memory_identity`.
    """
    if stated := os.environ.get(HOST_VARIABLE, ""):
        return Identity(stated, stated)
    end = _end(ceilings)
    return Identity(_memory_id(end, root), _host_id(end, root))


def _end(ceilings: Sequence[Ceiling]) -> Ceiling | None:
    ends = [one for one in ceilings if one.kind in {"cgroup", "host"}]
    return min(ends, key=lambda one: one.limit_bytes, default=None)


def _memory_id(end: Ceiling | None, root: Path) -> str:
    text = f"{_boot(root)} {_group(end)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _host_id(end: Ceiling | None, root: Path) -> str:
    """Hash what stays when a machine is started anew; clones have unlike names, as a rule."""
    name = platform.node()
    known = [_machine(root), "" if name.startswith("localhost") else name]
    if not any(known):
        return ""
    group = f"{end.group.version}:{end.group.path}" if end and end.group else "host"
    text = "\0".join(("stresstune host", *known, group))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _machine(root: Path) -> str:
    for file in _MACHINE_FILES:
        with suppress(OSError):
            found = read_text(f"{root}{file}").strip()
            if found and found != "uninitialized":
                return found
    return ""


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
