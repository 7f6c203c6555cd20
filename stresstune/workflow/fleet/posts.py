"""Hosts that make calls, reached through the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from stresstune.fleet.agent import Order, Report
from stresstune.fleet.engine import Engine
from stresstune.fleet.hosts import Host, HostLost
from stresstune.fleet.stripes import choose_callers
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.memories import for_each
from stresstune.workflow.fleet.order import CallsOrder, Failed

LAG_SECONDS = 10.0
"""A host's answer may be so much later than what it was asked for takes."""


@dataclass(frozen=True, kw_only=True)
class WorkerPost:
    """One worker of a host, whose agent is open.

    Attributes:
        engine: How it is reached.
        host: Where it is.
        run_id: Which of its agents.
    """

    engine: Engine
    host: Host
    run_id: str

    @property
    def id(self) -> str:
        """The host."""
        return self.host.id

    @property
    def name(self) -> str:
        """Likewise, for people."""
        return self.host.name

    async def exchange(
        self, orders: Sequence[Order], wait_seconds: float, timeout_seconds: float
    ) -> Report:
        """Hand over orders, and hear of calls that ended.

        Raises:
            HostLost: There was no answer in time, or the worker is another one by now.
        """
        said = await self.engine.call(
            self.host.speaker,
            on_host.exchange,
            self.run_id,
            tuple(orders),
            wait_seconds,
            timeout_seconds=timeout_seconds,
        )
        if isinstance(said, Failed):
            raise HostLost(said.reason)
        report: Report = said
        return report

    async def close(self) -> None:
        """Let it end; where it cannot be reached, it ends by itself."""
        with suppress(HostLost):
            await self.engine.call(
                self.host.speaker, on_host.close_calls, self.run_id, timeout_seconds=8.0
            )


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Hosts that were asked to make calls.

    Attributes:
        posts: Those that can, by their names.
        refused: Why others cannot, by their names.
        lost: Why others gave no answer, by their ids.
        reasons: Why there are not more of them, each with the host's name.
    """

    posts: list[WorkerPost] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


async def open_posts(engine: Engine, hosts: Iterable[Host], order: CallsOrder) -> Opened:
    """Open the target on the hosts that make calls."""
    by_id = {host.id: host for host in hosts}
    opened = Opened()

    async def open_one(host_id: str) -> None:
        host = by_id[host_id]
        timeout = on_host.OPEN_SECONDS + LAG_SECONDS
        try:
            said = await engine.call(
                host.speaker, on_host.open_calls, order, timeout_seconds=timeout
            )
        except HostLost as error:
            said = Failed(reason=str(error))
            opened.lost[host_id] = said.reason
        else:
            if isinstance(said, Failed):
                opened.refused[host.name] = said.reason
        if isinstance(said, Failed):
            opened.reasons.append(f"{host.name}: {said.reason}")
        else:
            opened.posts.append(WorkerPost(engine=engine, host=host, run_id=order.run_id))

    await for_each(tuple(choose_callers(list(by_id))), open_one)
    opened.posts.sort(key=lambda post: post.name)
    return opened
