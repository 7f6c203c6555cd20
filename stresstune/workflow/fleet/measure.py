"""A run over a fleet, where the command was given."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import anyio

from stresstune.errors import MeasurementError, TargetUnusable
from stresstune.fleet import engine as engines
from stresstune.fleet.hosts import Host, HostLost, beats_seconds
from stresstune.fleet.target import Line
from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity, HostCapacity, MissingHost
from stresstune.model.histogram import added
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Progress
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.asked import Asked, OnProgress
from stresstune.workflow.fleet.ceilings import ceilings_of
from stresstune.workflow.fleet.memories import for_each, memory_of, while_it_beats
from stresstune.workflow.fleet.order import CallsOrder, MemoryOrder
from stresstune.workflow.fleet.posts import WorkerPost, open_posts
from stresstune.workflow.fleet.probing import API_GRACE_SECONDS, Probing
from stresstune.workflow.fleet.roll_call import REJOIN_SECONDS, call_roll, rejoined
from stresstune.workflow.fleet.turn import alone, is_ours_again

WORKERS_SECONDS = 60.0

END_SECONDS = 5.0

LEAST_SECONDS = 5.0
"""A second prediction, on a host that came back, is given so much at the least."""


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

    def __post_init__(self) -> None:
        self.run_id = secrets.token_hex(8)
        self._began = time.monotonic()
        self._probing: Probing | None = None
        self._adrift: set[str] = set()
        self._may_wait = True
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
        async with engines.connect(client) as engine, alone(engine):
            self._engine = engine
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
        if self.api is None and self._probing is not None:
            self.api = self._probing.capacity()
        return FleetCapacity(
            hosts=tuple(
                self._host(host, self._probing.lines_of(host.id) if self._probing else [])
                for host in sorted(self.hosts.values(), key=lambda host: host.name)
            ),
            api=self.api,
            missing=tuple(self.missing),
            notes=tuple(self.notes),
            seconds=time.monotonic() - self._began,
        )

    def _host(self, host: Host, lines: Sequence[Line]) -> HostCapacity:
        errors = [line.clock.error_seconds for line in lines if line.clock.is_known]
        return HostCapacity(
            id=host.id,
            name=host.name,
            memory=self.memories.get(host.id),
            workers=host.workers,
            calls=sum(line.calls for line in lines),
            lateness=added(line.lateness for line in lines),
            clock_error_seconds=max(errors, default=0.0),
            notes=host.notes,
        )

    async def _greet(self, engine: engines.Engine) -> None:
        addresses = await engine.workers(self.asked.workers, WORKERS_SECONDS)
        if not addresses:
            raise MeasurementError(
                f"no worker is connected to {engine.address}: start `dask worker {engine.address}` "
                "on each host"
            )
        hosts, missing = await call_roll(engine, addresses, self.asked.look)
        self.hosts = {host.id: host for host in hosts}
        self.missing += missing
        for absent in missing:
            self.tell("memory", f"{absent.name} is missing: {absent.reason}")
        for host in hosts:
            if problem := host.greetings[0].file_problem:
                self.tell("memory", f"{host.name}: nothing can be written there: {problem}")
        workers = sum(len(host.workers) for host in hosts)
        self.tell("memory", f"{_hosts(len(hosts))}, {workers} workers, {len(missing)} missing")

    async def _measure_memories(self, engine: engines.Engine) -> None:
        self.tell("memory", f"opening sessions on each host ({self.asked.source.name})")
        until = anyio.current_time() + self.asked.memory_seconds
        await self._measure_on(engine, tuple(self.hosts), self.asked.memory_seconds)
        if await self._is_back(engine, until):
            again = tuple(one.id for one in self._reachable if one.id not in self.memories)
            await self._measure_on(engine, again, max(until - anyio.current_time(), LEAST_SECONDS))

    async def _measure_on(
        self, engine: engines.Engine, hosts: Sequence[str], max_seconds: float
    ) -> None:
        async def measure(host_id: str) -> None:
            host = self.hosts[host_id]
            work = memory_of(engine, host, self._memory_order(host, max_seconds))
            found = await while_it_beats(engine, host, work, beats_seconds(len(self.hosts)))
            if isinstance(found, MemoryCapacity):
                self.memories[host.id] = found
                self._tell_memory(host, found)
            else:
                self._lose(host.id, found.reason)

        await for_each(tuple(hosts), measure)

    async def _is_back(self, engine: engines.Engine, until: float) -> bool:
        """Wait for a scheduler that went away, and for its hosts, as long as the budget allows.

        Returns:
            Whether there are hosts that came back; their workers have other addresses by now.
        """
        if not engine.is_lost or not self._may_wait:
            return False
        patience = max(0.0, min(REJOIN_SECONDS, until - anyio.current_time()))
        self.tell("memory", f"the scheduler went away: waiting up to {patience:.0f} s for it")
        wanted = {*self.hosts, *self._adrift}
        back: dict[str, Host] = {}
        until = anyio.current_time() + patience
        if await engine.reopen(patience) and await is_ours_again(engine):
            left = until - anyio.current_time()
            back = await rejoined(engine, wanted, self.asked.look, left)
        for host in back.values():
            self.hosts[host.id] = host
            self.missing = [one for one in self.missing if one.id != host.id]
        self._adrift, self._may_wait = wanted - back.keys(), bool(back)
        words = f"the scheduler went away in mid-run; {len(back)} of {_hosts(len(wanted))}"
        self.notes.append(f"{words} came back to it within {patience:.0f} s")
        self.tell("memory", self.notes[-1])
        return bool(back)

    async def _end(self, engine: engines.Engine) -> None:
        """Leave nothing behind on the hosts of a run that was given up."""

        async def end(host_id: str) -> None:
            with suppress(HostLost):
                worker = self.hosts[host_id].speaker
                await engine.call(worker, on_host.end_run, self.run_id, timeout_seconds=3.0)

        with anyio.CancelScope(shield=True), anyio.move_on_after(END_SECONDS):
            await for_each(tuple(self.hosts), end)

    def _memory_order(self, host: Host, max_seconds: float) -> MemoryOrder:
        pids = [pid for one in host.greetings for pid in (one.pid, one.nanny_pid) if pid]
        return MemoryOrder(
            run_id=self.run_id,
            workload=self.asked.workload,
            source=self.asked.source,
            limit_bytes=self.asked.limit_bytes,
            headroom_ratio=self.asked.headroom_ratio,
            max_seconds=max_seconds,
            engine_pids=tuple(dict.fromkeys(pids)),
        )

    async def _probe_api(self, engine: engines.Engine, order: CallsOrder) -> None:
        until = anyio.current_time() + self.asked.budget.max_seconds + API_GRACE_SECONDS
        if order.needed_per_second is not None:
            self.tell("api", "self-test: each host makes calls to an emulator for a second")
        ceilings = await ceilings_of(engine, self._reachable, order)
        posts = await self._posts(engine, order, until)
        if not posts:
            self.notes.append("the API was not probed: the scheduler went away before it was")
            return
        self._probing = Probing(
            asked=self.asked,
            ceilings=ceilings,
            reopen=partial(self._reopened, engine, replace(order, run_id=self.run_id)),
            lose=self._lose,
            say=partial(self.tell, "api"),
            on_progress=self.on_progress,
        )
        try:
            await self._probing.probe(posts)
        finally:
            self.notes += self._probing.notes
        self.api = self._probing.api
        await self._is_back(engine, until)

    async def _reopened(
        self, engine: engines.Engine, order: CallsOrder, ids: Sequence[str]
    ) -> list[WorkerPost]:
        hosts = [self.hosts[one] for one in ids if one in self.hosts]
        return (await open_posts(engine, hosts, order)).posts

    async def _posts(
        self, engine: engines.Engine, order: CallsOrder, until: float
    ) -> list[WorkerPost]:
        """Open the target on the hosts that make calls; none where the scheduler is lost."""
        order = replace(order, run_id=self.run_id)
        opened = await open_posts(engine, self._reachable, order)
        if not opened.posts and await self._is_back(engine, until):
            opened = await open_posts(engine, self._reachable, order)
        for host_id, reason in opened.lost.items():
            self._lose(host_id, f"lost before the API was probed: {reason}")
        for name, reason in opened.refused.items():
            self.notes.append(f"{name} makes no calls to the API: {reason}")
        if not opened.posts and (opened.refused or not self._adrift):
            name = self.asked.name or "the API"
            raise TargetUnusable(f"no host can call {name}: {'; '.join(opened.reasons)}")
        return opened.posts

    @property
    def _reachable(self) -> list[Host]:
        return [host for host in self.hosts.values() if host.id not in self._adrift]

    def _lose(self, host_id: str, reason: str) -> None:
        """Give a host up; one that was measured before the scheduler went away still counts."""
        host = self.hosts.get(host_id)
        if host is None:
            return
        if self._engine.is_lost:
            self._adrift.add(host_id)
            if host_id in self.memories or not self.asked.memory:
                return
        del self.hosts[host_id]
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


def _hosts(count: int) -> str:
    return f"{count} host{'' if count == 1 else 's'}"
