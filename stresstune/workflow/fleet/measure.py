"""A run over a fleet, where the command was given."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from stresstune.api.probe import ApiRun
from stresstune.errors import Locked, MeasurementError, TargetUnusable
from stresstune.fleet import engine as engines
from stresstune.fleet.hosts import Greeting, Host, HostLost, beats_seconds, group
from stresstune.fleet.stripes import choose_callers
from stresstune.fleet.target import FleetTarget, Line
from stresstune.memory.sources import Simulated, Source
from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity, HostCapacity, MissingHost
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.calls import of_fleet, until_alone
from stresstune.workflow.fleet.memories import for_each, memory_of, while_it_beats
from stresstune.workflow.fleet.order import CallsOrder, Failed, Look, MemoryOrder
from stresstune.workflow.fleet.posts import WorkerPost
from stresstune.workflow.here import installed_version

OnProgress = Callable[[Progress], None]

WORKERS_SECONDS = 60.0

END_SECONDS = 5.0

GREETING_SECONDS = 10.0
"""So long may a worker take to say who it is, with its imports."""

MEMORY_SECONDS = 60.0
"""What a prediction on one host may take."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run over a fleet is to measure.

    Attributes:
        workload: What the replicas are meant to carry together.
        budget: What the probe of the API may spend, in all.
        calls: What is called, or None to leave the API out.
        memory: Whether memory is measured.
        source: What a session is.
        limit_bytes: Memory to reckon with on each host, or None for what there is.
        headroom_ratio: See `stresstune.model.policy.Policy`.
        memory_seconds: What the probe of one host's memory may take.
        look: What each worker is asked first.
        name: What is called, for people.
        simulated: It is the emulator.
        workers: Wait, for a minute at the most, until so many are there.
    """

    workload: Workload
    budget: Budget = field(default_factory=Budget)
    calls: CallsOrder | None = None
    memory: bool = True
    source: Source = field(default_factory=Simulated)
    limit_bytes: int | None = None
    headroom_ratio: float = 0.2
    memory_seconds: float = MEMORY_SECONDS
    look: Look = field(default_factory=Look)
    name: str = ""
    simulated: bool = False
    workers: int = 0


@dataclass
class FleetRun:
    """A run over a fleet: what it has seen so far can be read at any time.

    Attributes:
        asked: What is to be measured.
        tell: Told what is being asked, and what is known so far.
    """

    asked: Asked
    on_progress: OnProgress | None = None
    hosts: dict[str, Host] = field(default_factory=dict)
    missing: list[MissingHost] = field(default_factory=list)
    memories: dict[str, MemoryCapacity] = field(default_factory=dict)
    api: ApiCapacity | None = None
    notes: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run_id = secrets.token_hex(8)
        self._began = time.monotonic()
        self._probing: ApiRun | None = None
        self.messages = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
        return not self.memories and self.api is None

    async def run(self, client: object) -> FleetCapacity:
        """Measure everything that was asked for.

        Raises:
            MeasurementError: There is no scheduler, or no worker that can be used.
            Locked: Somebody else is measuring this fleet.
            TargetUnusable: No host can make calls that are answered.
        """
        async with engines.connect(client) as engine, self._alone(engine):
            try:
                await self._greet(engine)
                if self.asked.memory:
                    await self._measure_memories(engine)
                if self.asked.calls is not None and self.hosts:
                    await self._probe_api(engine, self.asked.calls)
            except BaseException:
                await self._end(engine)
                raise
            finally:
                self.messages = engine.messages
        return self.capacity()

    def capacity(self) -> FleetCapacity:
        """Return what is known by now."""
        if self.api is None and self._probing is not None and self._probing.evidence.attempts:
            self.api = of_fleet(self._probing.capacity(), self.lines)
        lines = {line.post.id: line for line in self.lines}
        return FleetCapacity(
            hosts=tuple(
                self._host(host, lines.get(host.id))
                for host in sorted(self.hosts.values(), key=lambda host: host.name)
            ),
            api=self.api,
            missing=tuple(self.missing),
            notes=tuple(self.notes),
            seconds=time.monotonic() - self._began,
        )

    def _host(self, host: Host, line: Line | None) -> HostCapacity:
        return HostCapacity(
            id=host.id,
            name=host.name,
            memory=self.memories.get(host.id),
            workers=host.workers,
            calls=line.calls if line else 0,
            lateness=line.lateness if line else HostCapacity(id="", name="").lateness,
            clock_error_seconds=line.clock.error_seconds if line and line.clock.is_known else 0.0,
            notes=host.notes,
        )

    @asynccontextmanager
    async def _alone(self, engine: engines.Engine) -> AsyncIterator[None]:
        """Measure this fleet alone: two runs would measure each other."""
        owner = f"{_user()}@{socket.gethostname()}, process {os.getpid()}, since {_clock()}"
        other = await engine.try_lock(owner)
        if other:
            raise Locked(
                f"another run is measuring the fleet at {engine.address}: {other}. Wait until it "
                "has ended; where it was killed, its turn ends by itself within a minute"
            )
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await engine.unlock()

    async def _greet(self, engine: engines.Engine) -> None:
        addresses = await engine.workers(self.asked.workers, WORKERS_SECONDS)
        if not addresses:
            raise MeasurementError(
                f"no worker is connected to {engine.address}: start `dask worker {engine.address}` "
                "on each host"
            )

        async def greet(address: str) -> Greeting | str:
            try:
                said = await engine.call(
                    address, on_host.look, self.asked.look, timeout_seconds=GREETING_SECONDS
                )
            except HostLost as error:
                return _not_there(error)
            return said if isinstance(said, Greeting) else f"it answered {type(said).__name__}"

        answers = await for_each(addresses, greet)
        hosts, missing = group(answers, installed_version())
        self.hosts = {host.id: host for host in hosts}
        self.missing += missing
        for absent in missing:
            self.tell("memory", f"{absent.name} is missing: {absent.reason}")
        workers = sum(len(host.workers) for host in hosts)
        self.tell("memory", f"{_hosts(len(hosts))}, {workers} workers, {len(missing)} missing")

    async def _measure_memories(self, engine: engines.Engine) -> None:
        self.tell("memory", f"opening sessions on each host ({self.asked.source.name})")

        async def measure(host_id: str) -> None:
            host = self.hosts[host_id]
            work = memory_of(engine, host, self._memory_order(host))
            found = await while_it_beats(engine, host, work, beats_seconds(len(self.hosts)))
            if isinstance(found, MemoryCapacity):
                self.memories[host.id] = found
                self._tell_memory(host, found)
            else:
                self._lose(host.id, found.reason)

        await for_each(tuple(self.hosts), measure)

    async def _end(self, engine: engines.Engine) -> None:
        """Leave nothing behind on the hosts of a run that was given up."""

        async def end(host_id: str) -> None:
            with suppress(HostLost):
                worker = self.hosts[host_id].speaker
                await engine.call(worker, on_host.end_run, self.run_id, timeout_seconds=3.0)

        with anyio.CancelScope(shield=True), anyio.move_on_after(END_SECONDS):
            await for_each(tuple(self.hosts), end)

    def _memory_order(self, host: Host) -> MemoryOrder:
        pids = [pid for one in host.greetings for pid in (one.pid, one.nanny_pid) if pid]
        return MemoryOrder(
            run_id=self.run_id,
            workload=self.asked.workload,
            source=self.asked.source,
            limit_bytes=self.asked.limit_bytes,
            headroom_ratio=self.asked.headroom_ratio,
            max_seconds=self.asked.memory_seconds,
            engine_pids=tuple(dict.fromkeys(pids)),
        )

    async def _probe_api(self, engine: engines.Engine, order: CallsOrder) -> None:
        posts = await self._opened(engine, order)
        target = FleetTarget(posts, name=self.asked.name, simulated=self.asked.simulated)
        self.lines = target.lines
        run = self._probing = ApiRun(self.asked.workload, self.asked.budget, self.on_progress)
        names = ", ".join(post.name for post in posts)
        self.tell("api", f"calls are made from {_hosts(len(posts))}: {names}")
        try:
            with anyio.move_on_after(self.asked.budget.max_seconds + GREETING_SECONDS):
                self.api = await until_alone(run, target)
        except TargetUnusable:
            if not target.alone.is_set():
                raise
        finally:
            for line in target.lines:
                if line.lost_because:
                    self._lose(line.post.id, f"lost while the API was probed: {line.lost_because}")
        if self.api is None and target.alone.is_set():
            self.notes.append("no host was left to call the API from: see the missing ones")
        self.api = of_fleet(self.api or run.capacity(), self.lines)

    async def _opened(self, engine: engines.Engine, order: CallsOrder) -> list[WorkerPost]:
        """Open the target on the hosts that make calls."""
        posts: list[WorkerPost] = []
        reasons: list[str] = []

        async def open_one(host_id: str) -> None:
            host = self.hosts[host_id]
            try:
                said = await engine.call(
                    host.speaker,
                    on_host.open_calls,
                    replace(order, run_id=self.run_id),
                    timeout_seconds=on_host.OPEN_SECONDS + GREETING_SECONDS,
                )
            except HostLost as error:
                self._lose(host.id, f"lost before the API was probed: {error}")
                reasons.append(f"{host.name}: {error}")
                return
            if isinstance(said, Failed):
                reasons.append(f"{host.name}: {said.reason}")
                self.notes.append(f"{host.name} makes no calls to the API: {said.reason}")
                return
            posts.append(WorkerPost(engine=engine, host=host, run_id=self.run_id))

        await for_each(tuple(choose_callers(list(self.hosts))), open_one)
        if not posts:
            raise TargetUnusable(
                f"no host can call {self.asked.name or 'the API'}: {'; '.join(reasons)}"
            )
        return sorted(posts, key=lambda post: post.name)

    def _lose(self, host_id: str, reason: str) -> None:
        host = self.hosts.pop(host_id, None)
        if host is None:
            return
        self.memories.pop(host_id, None)
        self.missing.append(MissingHost(name=host.name, reason=reason, id=host_id))
        self.tell("memory", f"{host.name} is missing: {reason}")

    def _tell_memory(self, host: Host, found: MemoryCapacity) -> None:
        fits = "unknown" if found.sessions_that_fit is None else f"{found.sessions_that_fit} fit"
        done = f"{len(self.memories)} of {len(self.hosts)} hosts"
        self.tell("memory", f"{host.name}: {fits} ({done})")

    def tell(self, stage: Any, words: str) -> None:  # noqa: ANN401 - "memory" or "api"
        """Say what is known so far."""
        if self.on_progress is not None:
            self.on_progress(Progress(stage=stage, message=words))


def _not_there(error: HostLost) -> str:
    words = str(error)
    if "ModuleNotFoundError" in words or "AttributeError" in words or "ImportError" in words:
        return f"it has no stresstune that this one can talk to ({words}): install the same there"
    return words


def _hosts(count: int) -> str:
    return f"{count} host{'' if count == 1 else 's'}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _clock() -> str:
    return time.strftime("%H:%M:%S")
