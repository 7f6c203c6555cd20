"""Control groups: which ones hold this process, and what their files say.

Every reader takes the folder that stands for ``/``, so that it can be tested on a small tree.
Kernel documents: admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from stresstune.memory.readings.kernel_files import (
    Path,
    UnreadableError,
    read_lines,
    read_number,
    read_table,
    read_text,
)


class Group(msgspec.Struct, frozen=True):
    """One control group that has the memory controller.

    Attributes:
        version: Which interface it speaks.
        path: Its name, as seen from the mount (``/`` is the mount point itself).
        folder: Where its files are.
    """

    version: Literal[1, 2]
    path: str
    folder: str

    @property
    def source(self) -> str:
        """How a limit of this group is named to people."""
        return f"cgroup v{self.version} {self.path}"


class Membership(msgspec.Struct, frozen=True):
    """The groups that hold a process, its own first, then their ancestors.

    Attributes:
        groups: Empty where no group can hold memory back, or where ``problem`` says why not known.
        problem: Why the groups could not be found, or "".
    """

    groups: tuple[Group, ...] = ()
    problem: str = ""


class _Mount(msgspec.Struct, frozen=True):
    root: str
    point: str
    kind: str
    options: frozenset[str]


_USUAL_MOUNTS = (
    _Mount("/", "/sys/fs/cgroup/memory", "cgroup", frozenset({"memory"})),
    _Mount("/", "/sys/fs/cgroup", "cgroup2", frozenset()),
)
"""Where systemd mounts them; used only where the table of mounts cannot be read."""


def find_groups(root: Path = "/", pid: int | Literal["self"] = "self") -> Membership:
    """Find the memory groups of a process, from its own up to the mount point.

    Args:
        root: The folder that stands for ``/``.
        pid: The process, as a name under ``/proc``.
    """
    try:
        lines = read_lines(f"{root}/proc/{pid}/cgroup")
    except FileNotFoundError:
        return Membership()
    except OSError as error:
        return Membership(problem=f"/proc/{pid}/cgroup cannot be read ({error.strerror})")
    paths = _paths_by_controller(lines)
    mounts = _read_mounts(root)
    number = os.getpid() if pid == "self" else pid
    if "memory" in paths:
        return _groups_v1(root, mounts, paths["memory"], number)
    if "" in paths:
        return _groups_v2(root, mounts, paths[""], number)
    return Membership()


def _paths_by_controller(lines: list[str]) -> dict[str, str]:
    """Map controller names to paths; "" stands for the unified hierarchy."""
    found: dict[str, str] = {}
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, separator, path = rest.partition(":")
        if separator:
            found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _groups_v1(root: Path, mounts: list[_Mount], path: str, pid: int) -> Membership:
    mine = [m for m in mounts if m.kind == "cgroup" and "memory" in m.options]
    if not mine:
        return Membership(problem="the memory controller of cgroup v1 is not mounted here")
    return _chain(root, mine, path, pid, version=1)


def _groups_v2(root: Path, mounts: list[_Mount], path: str, pid: int) -> Membership:
    mine = [m for m in mounts if m.kind == "cgroup2"]
    if not mine:
        return Membership(problem="the cgroup v2 file system is not mounted here")
    return _chain(root, mine, path, pid, version=2)


def _chain(
    root: Path, mounts: list[_Mount], path: str, pid: int, *, version: Literal[1, 2]
) -> Membership:
    """List the group and its ancestors under the mount that shows it best."""
    mount, inside = min(
        ((m, _path_inside(root, m, path)) for m in mounts),
        key=lambda pair: (
            pair[1] is None,
            len(_parts(pair[0].root)),  # who shows more ancestors
            pair[0].point != "/sys/fs/cgroup",
        ),
    )
    top = _below(root, mount.point)
    if inside is None and ".." in (*_parts(mount.root), *_parts(path)):
        # It was mounted outside of our namespace, which hides the names above it, not the folders;
        # or we are outside of the namespace in which it was mounted.
        inside = _search(top, pid)
        if inside is None:
            return Membership(problem=f"no group under {mount.point} lists process {pid}")
    # A path outside of what is mounted (a container without its own namespace) leaves the mount
    # point, which is then the nearest ancestor that can be seen.
    parts = _parts(inside or "/")
    if not _shows_a_group(os.path.join(top, *parts)):
        return Membership(problem=f"{mount.point} is mounted, but shows no control group")
    return Membership(
        groups=tuple(
            Group(version, "/" + "/".join(parts[:depth]), os.path.join(top, *parts[:depth]))
            for depth in range(len(parts), -1, -1)
        )
    )


def _shows_a_group(folder: str) -> bool:
    """Whether there are control files in a folder: something else may be mounted over it."""
    try:
        return any(name.startswith(("cgroup.", "memory.")) for name in os.listdir(folder))
    except OSError:
        return False


def _search(top: str, pid: int) -> str | None:
    """Find the group that lists a process, as a path below the mount point."""
    for folder, _, names in os.walk(top):
        with contextlib.suppress(OSError):
            listed = read_text(f"{folder}/cgroup.procs") if "cgroup.procs" in names else ""
            if str(pid) in listed.split():
                return os.path.relpath(folder, top)
    return None


def _path_inside(root: Path, mount: _Mount, path: str) -> str | None:
    """Turn a process's path into one below the mount point, or None where it is not shown."""
    wanted, shown = _parts(path), _parts(mount.root)
    if ".." in wanted or wanted[: len(shown)] != shown:
        return None
    inside = wanted[len(shown) :]
    exists = os.path.isdir(os.path.join(_below(root, mount.point), *inside))
    return "/" + "/".join(inside) if exists else None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _below(root: Path, absolute: str) -> str:
    return os.path.join(root, *_parts(absolute))


def _read_mounts(root: Path) -> list[_Mount]:
    try:
        lines = read_lines(f"{root}/proc/self/mountinfo")
    except OSError:
        return [mount for mount in _USUAL_MOUNTS if os.path.isdir(_below(root, mount.point))]
    return [mount for line in lines if (mount := _parse_mount(line))]


def _parse_mount(line: str) -> _Mount | None:
    """Read a line of mountinfo; optional fields end at `` - `` (proc(5))."""
    before, separator, after = line.partition(" - ")
    fields, kind = before.split(" "), after.split(" ")
    if not separator or len(fields) < 5 or len(kind) < 3:
        return None
    root, point = (_unescape(field) for field in fields[3:5])
    return _Mount(root, point, kind[0], frozenset(kind[2].split(",")))


def _unescape(field: str) -> str:
    if "\\" not in field:
        return field
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


class Usage(msgspec.Struct, frozen=True):
    """What a group is charged, in bytes.

    Attributes:
        total_bytes: Everything, page cache too.
        inactive_file_bytes: File pages that the kernel takes back first.
        file_bytes: File pages of both lists; the kernel takes them back before it kills.
        shared_bytes: Shared memory and tmpfs, which cannot go.
        kernel_bytes: Page tables, stacks, unreclaimable slab.
    """

    total_bytes: int
    inactive_file_bytes: int = 0
    file_bytes: int = 0
    shared_bytes: int = 0
    kernel_bytes: int = 0

    @property
    def working_set_bytes(self) -> int:
        """Usage minus inactive file pages, as Kubernetes reckons it."""
        return max(0, self.total_bytes - self.inactive_file_bytes)

    @property
    def held_bytes(self) -> int:
        """What the kernel cannot take back; when this reaches the limit, it kills."""
        return max(0, self.total_bytes - self.file_bytes)


def pids_in(group: Group) -> set[int]:
    """List the processes of a group and of the groups in it."""
    pids: set[int] = set()
    for folder, _, names in os.walk(group.folder):
        with contextlib.suppress(OSError, ValueError):
            if "cgroup.procs" in names:
                pids.update(map(int, read_text(f"{folder}/cgroup.procs").split()))
    return pids


def usage_file(group: Group) -> str:
    """Name the file with the group's whole charge; a read takes 1.4 µs, so a loop may."""
    name = "memory.current" if group.version == 2 else "memory.usage_in_bytes"
    return f"{group.folder}/{name}"


def read_usage(group: Group) -> Usage | None:
    """Read what a group is charged, or None where it does not say (the root of cgroup v2)."""
    try:
        total = read_number(usage_file(group))
    except UnreadableError:
        return None
    if total is None:
        return None
    stat = read_table(f"{group.folder}/memory.stat")
    return _usage_v2(total, stat) if group.version == 2 else _usage_v1(total, stat, group.folder)


def _usage_v2(total: int, stat: Mapping[str, int]) -> Usage:
    inactive = stat.get("inactive_file", 0)
    return Usage(
        total_bytes=total,
        inactive_file_bytes=inactive,
        file_bytes=inactive + stat.get("active_file", 0),
        shared_bytes=stat.get("shmem", 0),
        kernel_bytes=max(0, stat.get("kernel", 0) - stat.get("slab_reclaimable", 0)),
    )


def _usage_v1(total: int, stat: Mapping[str, int], folder: str) -> Usage:
    # Without use_hierarchy there are no total_ keys, and the group's own are all that counts.
    def value(key: str) -> int:
        return stat.get(f"total_{key}", stat.get(key, 0))

    try:
        kernel = read_number(f"{folder}/memory.kmem.usage_in_bytes") or 0
    except UnreadableError:
        kernel = 0
    return Usage(
        total_bytes=total,
        inactive_file_bytes=value("inactive_file"),
        file_bytes=value("inactive_file") + value("active_file"),
        shared_bytes=value("shmem"),
        kernel_bytes=kernel,
    )


def read_kill_count(group: Group) -> int | None:
    """Read how often the kernel has killed in this group for lack of memory, or None."""
    name = "memory.events" if group.version == 2 else "memory.oom_control"
    return read_table(f"{group.folder}/{name}").get("oom_kill")
