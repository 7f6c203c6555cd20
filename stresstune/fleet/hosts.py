"""Which workers share one memory, and who is missing: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stresstune.model.fleet import MissingHost
from stresstune.model.record import Record


class HostLost(Exception):
    """A host gave no answer; the text says why."""


class Greeting(Record, frozen=True, kw_only=True):
    """What a worker says of itself.

    Attributes:
        memory_id: Tells one memory from another: the same for all workers that share one.
        name: The host's name.
        version: Of stresstune there.
        pid: Of the worker.
        nanny_pid: Of its nanny, or None.
        notes: What of the engine's settings a reader must know.
        file_problem: Why the config there cannot be used, or "".
        engine_version: Of dask.distributed there, or "".
        worker: What it was named (``dask worker --name``), or "".

    >>> Greeting(memory_id="a", name="app-1", version="0.1.0", pid=7).file_problem
    ''
    """

    memory_id: str
    name: str
    version: str
    pid: int
    nanny_pid: int | None = None
    notes: tuple[str, ...] = ()
    file_problem: str = ""
    engine_version: str = ""
    worker: str = ""


@dataclass(frozen=True, kw_only=True)
class Host:
    """One memory, with the workers in it.

    Attributes:
        id: As in `stresstune.model.fleet.HostCapacity`.
        name: For people; unlike every other host's.
        workers: Their addresses; the first one speaks for the host.
        greetings: What each of them said.
        left_out: Why others of its workers are not used.
    """

    id: str
    name: str
    workers: tuple[str, ...]
    greetings: tuple[Greeting, ...]
    left_out: tuple[str, ...] = ()

    @property
    def speaker(self) -> str:
        """The worker that is asked."""
        return self.workers[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of the workers, each said once."""
        said = (note for one in self.greetings for note in one.notes)
        left_out = (f"one of its workers is left out: {reason}" for reason in self.left_out)
        return tuple(dict.fromkeys((*said, *left_out)))


def group(
    answers: Mapping[str, Greeting | str], version: str, engine_version: str = ""
) -> tuple[tuple[Host, ...], tuple[MissingHost, ...]]:
    """Put workers together that share one memory.

    Args:
        answers: By address: what a worker said, or why it said nothing.
        version: Of stresstune here; another one there may measure in another way.
        engine_version: Of dask.distributed here; messages of another one may say something else.

    Returns:
        The hosts, and those that are missing. A host of which any worker can be used is there.
    """
    usable = {
        address: said
        for address, said in answers.items()
        if isinstance(said, Greeting) and not _mismatch(said, version, engine_version)
    }
    together: dict[str, list[str]] = {}
    for address, greeting in usable.items():
        together.setdefault(greeting.memory_id, []).append(address)
    shared = Counter(usable[there[0]].name for there in together.values())
    hosts = tuple(_host(usable, there, shared) for there in together.values())
    strangers: dict[str, list[str]] = {}
    missing: dict[str, MissingHost] = {}
    for address, said in answers.items():
        if address in usable:
            continue
        if isinstance(said, Greeting) and said.memory_id in together:
            reasons = strangers.setdefault(said.memory_id, [])
            reasons.append(_mismatch(said, version, engine_version))
            continue
        absent = _missing(address, said, version, engine_version)
        missing.setdefault(absent.id or absent.name, absent)
    hosts = tuple(replace(one, left_out=tuple(strangers.get(one.id, ()))) for one in hosts)
    return hosts, tuple(missing.values())


def _host(usable: Mapping[str, Greeting], there: list[str], shared: Counter[str]) -> Host:
    greetings = tuple(usable[address] for address in there)
    name = greetings[0].name
    if shared[name] > 1:  # two groups of one machine, say
        worker = greetings[0].worker
        name = f"{worker} on {name}" if worker else f"{name} at {there[0].rpartition('://')[2]}"
    return Host(id=greetings[0].memory_id, name=name, workers=tuple(there), greetings=greetings)


def _missing(address: str, said: Greeting | str, version: str, engine_version: str) -> MissingHost:
    if isinstance(said, str):
        return MissingHost(name=address, reason=said)
    reason = _mismatch(said, version, engine_version)
    return MissingHost(name=said.name, reason=reason, id=said.memory_id)


def _mismatch(said: Greeting, version: str, engine_version: str) -> str:
    """Return what is installed there and not here, or ""."""
    for name, there, here in (
        ("stresstune", said.version, version),
        ("distributed", said.engine_version, engine_version),
    ):
        if there != here:
            return f"it has {name} {there}, and this one is {here}: install the same"
    return ""


def beats_seconds(hosts: int) -> float:
    """Return how often each of so many hosts is asked whether it is still there.

    The scheduler carries some hundred messages a second; the beats take a tenth of that.

    >>> beats_seconds(3), beats_seconds(1000)
    (1.0, 100.0)
    """
    return max(1.0, hosts / 10)
