"""What several hosts printed, put together: pure.

A file is a host, unless it says that it is of the same one as another file. What is the very same
evidence counts once, however many files it is in: every reading of a probe carries its moment to
the nanosecond, so that two runs are never equal, also on hosts of the same name and size. What only
looks alike counts as often as it is there, and so does what was measured under a limit that was
only stated, since that stands for another machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity, HostCapacity, MissingHost
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.policy.api import is_measured
from stresstune.units import format_bytes
from stresstune.workflow.same_host import Found, ids_of, joined, modelled_alike, same_evidence

THINK_SECONDS = 2.0
"""The pause at which probes of one API are compared; the default of a workload."""

UNLIKE_RATIO = 1.5
"""Sessions of one app are about as large on every host; beyond this ratio something is amiss."""

Api = ApiCapacity | LoadResult


class Gathered:
    """A fleet that is put together file by file.

    Attributes:
        is_empty: Whether nothing was measured.
        missing: Of whom nothing is known, and why.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.missing: list[MissingHost] = []
        self._found: list[Found] = []
        self._apis: list[tuple[str, Api]] = []
        self._notes: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
        return not self._found and not self._apis

    def add(
        self,
        name: str,
        *,
        memory: MemoryCapacity | None = None,
        api: Api | None = None,
        fleet: FleetCapacity | None = None,
    ) -> None:
        """Take one file into account.

        Args:
            name: Of the file: its host.
            memory: What it says of one host's memory.
            api: What it says of the API.
            fleet: What it says of many hosts.
        """
        if memory is not None:
            self._add_host(name, HostCapacity(id=name, name=name, memory=memory))
        if fleet is not None:
            for host in fleet.hosts:
                self._add_host(name, host)
            self.missing += fleet.missing
            self._notes += fleet.notes
        if api is not None and all(api != other for _, other in self._apis):
            self._apis.append((name, api))

    def fleet(self) -> FleetCapacity:
        """Return all of it."""
        api, of_api = most_careful(self._apis)
        together, anew = joined(self._found)
        hosts = tuple(_with_names_of_their_own(together))
        missing, known = self._still_missing(hosts)
        notes = dict.fromkeys(
            (*self._notes, *anew, *modelled_alike(hosts), *known, *of_api, *unlike(hosts))
        )
        return FleetCapacity(hosts=hosts, api=api, missing=missing, notes=tuple(notes))

    def _add_host(self, file: str, host: HostCapacity) -> None:
        if twin := same_evidence(host, self._found):
            named = file if host.name == twin.name else host.name
            self._notes.append(
                f"{named} is the same evidence as {twin.name}, to the last reading: it counts once"
            )
            return
        new = Found(host, {file}, ids_of(host))
        known = next((one for one in self._found if one.ids & new.ids), None)
        if known is None:
            self._found.append(new)
            return
        again = "was measured more than once: the least counts"
        names = (known.host.name, host.name)
        is_one = f"{names[0]} and {names[1]} are one host, which {again}"
        self._notes.append(f"{host.name} {again}" if names[0] == names[1] else is_one)
        known.take(new)

    def _still_missing(
        self, hosts: Iterable[HostCapacity]
    ) -> tuple[tuple[MissingHost, ...], list[str]]:
        """Return each once, and what to say of those of which another file tells."""
        there = {word for host in hosts for word in (host.id, host.name)}
        known = [one for one in self.missing if there & {one.id, one.name}]
        missing = dict.fromkeys(one for one in self.missing if one not in known)
        return tuple(missing), [f"{one}; another file tells of it, which counts" for one in known]


def most_careful(apis: Sequence[tuple[str, Api]]) -> tuple[Api | None, tuple[str, ...]]:
    """Choose among several probes of the one API: the one by which it carries the fewest.

    An emulator tells nothing of the real API, so that it counts only where it is all there is.

    Args:
        apis: What was found, each with the name of the host that found it.

    Returns:
        The one that is used, and what to say of it.
    """
    if not apis:
        return None, ()
    real = [one for one in apis if not one[1].simulated] or list(apis)
    told = [one for one in real if _is_conclusive(one[1])] or real[:1]
    name, api = min(told, key=lambda one: _carried(one[1]))
    notes = []
    if len(real) > 1:
        notes.append(
            f"the API was measured {len(real)} times: what {name} found is used, the least"
        )
    if left := [one for one, _ in apis if one not in {real_one for real_one, _ in real}]:
        notes.append(f"{', '.join(left)}: an emulator was probed, and the real API counts instead")
    return api, tuple(notes)


def unlike(hosts: Sequence[HostCapacity]) -> tuple[str, ...]:
    """Say where sessions are so unlike that the hosts were hardly measured for the same app.

    >>> unlike([HostCapacity(id="a", name="a")])
    ()
    """
    sizes = {
        host.name: host.memory.bytes_per_session
        for host in hosts
        if host.memory and host.memory.bytes_per_session is not None and not host.memory.at_least
    }
    if not sizes:
        return ()
    small, large = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    if sizes[large].low <= UNLIKE_RATIO * sizes[small].high:
        return ()
    words = (
        f"a session is {format_bytes(sizes[small])} on {small} and {format_bytes(sizes[large])} on "
        f"{large}: were both measured for the same app and the same workload?"
    )
    return (words,)


def _with_names_of_their_own(hosts: Iterable[HostCapacity]) -> Iterator[HostCapacity]:
    """Yield hosts by name; where several have one, each with its id, so that it can be meant."""
    hosts = sorted(hosts, key=lambda host: host.name)
    count = Counter(host.name for host in hosts)
    for host in hosts:
        yield replace(host, name=f"{host.name} ({host.id})") if count[host.name] > 1 else host


def _is_conclusive(api: Api) -> bool:
    if isinstance(api, LoadResult):
        return api.tier != "inconclusive"
    return is_measured(api)


def _carried(api: Api) -> tuple[int, int]:
    """Order probes by what they say of full pace; a classic test knows no quota and comes last."""
    return (1, 0) if isinstance(api, LoadResult) else (0, api.max_sessions(THINK_SECONDS))
