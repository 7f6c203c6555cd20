"""Where does memory end for this process?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

import msgspec

from stresstune.errors import UsageError
from stresstune.memory.readings import cgroup, kernel_files
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.kernel_files import Path, UnreadableError
from stresstune.model.memory import MemoryLimit
from stresstune.units import format_bytes, parse_bytes

LIMIT_VARIABLE = "STRESSTUNE_MEMORY_LIMIT"
"""Environment variable with a limit to reckon with, such as ``2GB``; see `parse_bytes`."""

Kind = Literal["cgroup", "host", "data", "modelled"]
"""What sort of end it is: ``modelled`` is a machine that is only reckoned with (``--limit``)."""

_HERE = "/"
_NO_HOST = "the host's memory cannot be read"


class Ceiling(msgspec.Struct, frozen=True):
    """One end of memory.

    Attributes:
        kind: What sort of end.
        source: How it is named to people.
        limit_bytes: Where it is.
        group: The control group that sets it, if one does.
    """

    kind: Kind
    source: str
    limit_bytes: int
    group: Group | None = None


class Survey(msgspec.Struct, frozen=True):
    """Everything that was found about the ends of memory.

    Attributes:
        ceilings: All ends that are known, in the order in which a tie is decided.
        groups: The control groups of the process, its own first.
        problem: Why an end that may be smaller could not be read, or "".
        oom_group: The kernel would kill a whole group, not one process.
        kill_disabled: The kernel would stop processes for ever instead of killing one (cgroup v1).
        notes: What deserves to be known.
    """

    ceilings: tuple[Ceiling, ...]
    groups: tuple[Group, ...] = ()
    problem: str = ""
    oom_group: bool = False
    kill_disabled: bool = False
    notes: tuple[str, ...] = ()

    @property
    def smallest(self) -> Ceiling | None:
        """The effective limit, or None where it is unknown."""
        known = [c for c in self.ceilings if not self.problem or c.kind == "modelled"]
        return min(known, key=lambda ceiling: ceiling.limit_bytes, default=None)

    @property
    def source(self) -> str:
        """Who sets the effective limit, or why it is unknown."""
        if self.smallest is not None:
            return self.smallest.source
        return f"unknown: {self.problem or _NO_HOST}"


def read_limit(*, override_bytes: int | None = None, root: Path = _HERE) -> MemoryLimit:
    """Find the smallest limit on memory that holds for this process.

    Looked at: the host's memory, every cgroup v1 or v2 limit up to the root (memory.high too, since
    above it the kernel slows a process to a crawl), RLIMIT_DATA, the environment variable
    ``STRESSTUNE_MEMORY_LIMIT`` and the override.

    Args:
        override_bytes: A limit stated by the caller, in bytes.
        root: The folder that stands for ``/``, for tests on small trees.

    Returns:
        The limit with its source. Where a limit is there but cannot be read, ``limit_bytes`` is
        None and the source says why; the host's size is never put in its place.

    Raises:
        ValueError: The override is not above 0.
        UsageError: The environment variable is not a size.

    >>> limit = read_limit(override_bytes=1_000_000)
    >>> limit.limit_bytes, limit.source
    (1000000, '--limit')
    """
    found = survey(override_bytes=override_bytes, root=root)
    smallest = found.smallest
    return MemoryLimit(
        limit_bytes=smallest.limit_bytes if smallest else None,
        source=found.source,
        used_bytes=_used_bytes(smallest, root) if smallest else 0,
        oom_group=found.oom_group,
        notes=found.notes,
    )


def find_limit(*, override_bytes: int | None = None, root: Path = _HERE) -> tuple[int | None, str]:
    """Find the effective limit and its source, as `read_limit`, and nothing else: it is quicker.

    >>> find_limit(override_bytes=1_000_000)
    (1000000, '--limit')
    """
    found = _ends(override_bytes, root, "self")
    return found.smallest.limit_bytes if found.smallest else None, found.source


def survey(
    *, override_bytes: int | None = None, root: Path = _HERE, pid: int | Literal["self"] = "self"
) -> Survey:
    """Find every end of memory for a process (by default this one); otherwise as `read_limit`."""
    found = _ends(override_bytes, root, pid)
    return msgspec.structs.replace(
        found,
        oom_group=any(_says(f"{group.folder}/memory.oom.group", 1) for group in found.groups),
        kill_disabled=any(_kill_disabled(group) for group in found.groups),
        notes=(*found.notes, *_notes(found.groups, root)),
    )


def _ends(override_bytes: int | None, root: Path, pid: int | Literal["self"]) -> Survey:
    """Find the ends alone, and what keeps one from being read: it stands in the notes too."""
    membership = cgroup.find_groups(root, pid)
    problems = [membership.problem] if membership.problem else []
    shown: list[Ceiling] = []
    for group in _effective(membership.groups):
        try:
            shown += _group_ceilings(group)
        except UnreadableError as error:
            problems.append(str(error))
    return Survey(
        ceilings=(
            *_stated(override_bytes),
            *_data_limit(root, pid),
            *shown,
            *_beyond_the_mount(membership.groups, shown),
            *_host(root),
        ),
        groups=membership.groups,
        problem="; ".join(problems),
        notes=tuple(problems),
    )


def _stated(override_bytes: int | None) -> Iterator[Ceiling]:
    if override_bytes is not None:
        if override_bytes <= 0:
            raise ValueError(f"a memory limit is above 0 bytes, not {override_bytes}")
        yield Ceiling("modelled", "--limit", override_bytes)
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if text:
        try:
            yield Ceiling("modelled", LIMIT_VARIABLE, parse_bytes(text))
        except ValueError as error:
            raise UsageError(f"the environment variable {LIMIT_VARIABLE}: {error}") from error


def _data_limit(root: Path, pid: int | Literal["self"]) -> Iterator[Ceiling]:
    """Read the soft RLIMIT_DATA: beyond it, allocations fail."""
    for line in _lines(f"{root}/proc/{pid}/limits"):
        if line.startswith("Max data size"):
            soft = line.removeprefix("Max data size").split()[0]
            if soft.isdecimal():
                yield Ceiling("data", "RLIMIT_DATA", int(soft))


def _effective(groups: tuple[Group, ...]) -> Iterator[Group]:
    """Give the groups whose limits count."""
    for index, group in enumerate(groups):
        # An old v1 ancestor may leave its children's charge to themselves.
        separate = group.version == 1 and _says(f"{group.folder}/memory.use_hierarchy", 0)
        if index == 0 or not separate:
            yield group


def _group_ceilings(group: Group) -> Iterator[Ceiling]:
    if group.version == 1:
        limit = kernel_files.read_number(f"{group.folder}/memory.limit_in_bytes")
        if limit is not None:
            yield Ceiling("cgroup", group.source, limit, group)
        return
    for name, label in (("memory.max", ""), ("memory.high", " (memory.high)")):
        limit = kernel_files.read_number(f"{group.folder}/{name}")
        if limit is not None:
            yield Ceiling("cgroup", group.source + label, limit, group)


def _beyond_the_mount(groups: tuple[Group, ...], shown: list[Ceiling]) -> Iterator[Ceiling]:
    """Read the smallest limit of ancestors that a container cannot see (v1 tells it)."""
    if not groups or groups[0].version == 2:
        return
    stat = kernel_files.read_table(f"{groups[0].folder}/memory.stat")
    limit = stat.get("hierarchical_memory_limit", kernel_files.UNLIMITED_FROM_BYTES)
    if limit < min([kernel_files.UNLIMITED_FROM_BYTES, *(each.limit_bytes for each in shown)]):
        yield Ceiling("cgroup", f"cgroup v1 above {groups[-1].path}", limit, groups[-1])


def _host(root: Path) -> Iterator[Ceiling]:
    total, _ = read_host(root)
    if total is not None:
        yield Ceiling("host", "host", total)


def read_host(root: Path = _HERE) -> tuple[int | None, int]:
    """Read the host's memory: how much there is (None if unknown) and how much is available."""
    table = {
        name: int(rest.split()[0]) * 1024
        for name, _, rest in (line.partition(":") for line in _lines(f"{root}/proc/meminfo"))
        if rest.split()[:1] and rest.split()[0].isdecimal()
    }
    if "MemTotal" in table:
        return table["MemTotal"], table.get("MemAvailable", table.get("MemFree", 0))
    if os.fspath(root) == _HERE:
        from stresstune.memory.readings import sample  # noqa: PLC0415 - psutil only where /proc is not

        return sample.host_memory()
    return None, 0


def _used_bytes(ceiling: Ceiling, root: Path) -> int:
    if ceiling.kind == "host":
        total, available = read_host(root)
        return max(0, (total or 0) - available)
    if ceiling.kind == "data":
        return read_status_bytes("VmData", root)
    usage = cgroup.read_usage(ceiling.group) if ceiling.group else None
    return usage.working_set_bytes if usage else 0


def read_status_bytes(key: str, root: Path = _HERE, pid: int | Literal["self"] = "self") -> int:
    """Read one size from ``/proc/PID/status``, in bytes; 0 where it is not there."""
    for line in _lines(f"{root}/proc/{pid}/status"):
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    return 0


def _notes(groups: tuple[Group, ...], root: Path) -> Iterator[str]:
    swap = _swap_bytes(groups, root)
    if swap:
        yield (
            f"{format_bytes(swap, binary=True)} of swap could be used beyond the limit; it is not "
            "counted, since an app that swaps is too slow to use"
        )
    if any(_says(f"{group.folder}/memory.oom.group", 1) for group in groups):
        yield "memory.oom.group is set: the kernel would kill the whole group, not one process"
    if any(_kill_disabled(group) for group in groups):
        yield "the OOM killer is off here: at the limit, processes stop until somebody acts"


def _swap_bytes(groups: tuple[Group, ...], root: Path) -> int:
    host = 0
    for line in _lines(f"{root}/proc/meminfo"):
        if line.startswith("SwapTotal:"):
            host = int(line.split()[1]) * 1024
    for group in groups:
        try:
            limit = kernel_files.read_number(f"{group.folder}/memory.swap.max")
        except UnreadableError:
            continue
        host = host if limit is None else min(host, limit)
    return host


def _kill_disabled(group: Group) -> bool:
    control = kernel_files.read_table(f"{group.folder}/memory.oom_control")
    return control.get("oom_kill_disable") == 1


def _says(path: Path, number: int) -> bool:
    try:
        return kernel_files.read_number(path) == number
    except UnreadableError:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return kernel_files.read_lines(path)
    except OSError:
        return []
