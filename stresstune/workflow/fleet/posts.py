"""Hosts that make calls, reached through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from stresstune.fleet.agent import Order, Report
from stresstune.fleet.engine import Engine
from stresstune.fleet.hosts import Host, HostLost
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.order import Failed


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
