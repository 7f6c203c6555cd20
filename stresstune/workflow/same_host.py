"""Which of the hosts that several files tell of are one: pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from msgspec.structs import replace

from stresstune.memory.ends.identity import HOST_VARIABLE
from stresstune.model.fleet import HostCapacity


@dataclass
class Found:
    """One host, and where it was found.

    Attributes:
        host: What is known of it: the least, where it was measured more than once.
        files: That tell of it.
        ids: By which it is known.
    """

    host: HostCapacity
    files: set[str]
    ids: set[str]

    def take(self, other: Found) -> None:
        """Be that one too; the name stays."""
        least = min(self.host, other.host, key=_fitting)
        self.host = replace(least, id=self.host.id, name=self.host.name)
        self.files |= other.files
        self.ids |= other.ids


def ids_of(host: HostCapacity) -> set[str]:
    """Return what tells a host from others: a stated limit stands for another machine than here.

    >>> ids_of(HostCapacity(id="web-1", name="web-1"))
    {'web-1'}
    """
    memory = host.memory
    if memory is None or not memory.memory_id:
        return {host.id}
    is_named = memory.memory_id == memory.host_id
    return {host.id} if memory.is_modelled and not is_named else {host.id, memory.memory_id}


def same_evidence(host: HostCapacity, found: Collection[Found]) -> HostCapacity | None:
    """Return the host whose evidence is this one's, to the last reading."""
    if host.memory is None or not host.memory.samples:
        return None
    return next((one.host for one in found if one.host.memory == host.memory), None)


def joined(found: Sequence[Found]) -> tuple[list[HostCapacity], list[str]]:
    """Take hosts for one that were started anew between two files; returns what to say of them.

    They are of one machine, name and group then. Where one file tells of several such, they are
    parts of one machine, and which of them is which after a start cannot be told.
    """
    alike: dict[str, list[Found]] = {}
    for one in found:
        alike.setdefault(_host_id(one.host) or one.host.id, []).append(one)
    hosts, notes = [], []
    for group in alike.values():
        first, *others = group
        if any(one.files & other.files for one, other in combinations(group, 2)):
            hosts += [one.host for one in group]
            continue
        names = " and ".join(one.host.name for one in group)
        for other in others:
            first.take(other)
        hosts.append(first.host)
        if others:
            notes.append(
                f"{names} are of one machine, name and group, started anew in between: they count "
                "once, with the least. If they are several hosts, give each a name of its own "
                f"({HOST_VARIABLE}), and measure again"
            )
    return hosts, notes


def modelled_alike(hosts: Sequence[HostCapacity]) -> list[str]:
    """Say which hosts may be one: measured in one place, with one stated limit.

    >>> modelled_alike([HostCapacity(id="a", name="a"), HostCapacity(id="b", name="b")])
    []
    """
    places: dict[tuple[str, int | None], list[str]] = {}
    for host in hosts:
        memory = host.memory
        if memory and memory.is_modelled and memory.memory_id not in {"", memory.host_id}:
            places.setdefault((memory.memory_id, memory.limit_bytes), []).append(host.name)
    return [
        f"{', '.join(names)} were measured on one machine with one stated limit: each counts as a "
        "host of its own; if they are one, take the older files away"
        for names in places.values()
        if len(names) > 1
    ]


def _host_id(host: HostCapacity) -> str:
    return host.memory.host_id if host.memory and not host.memory.is_modelled else ""


def _fitting(host: HostCapacity) -> float:
    known = host.memory is not None and host.memory.sessions_that_fit is not None
    return host.memory.sessions_that_fit or 0 if known and host.memory else math.inf
