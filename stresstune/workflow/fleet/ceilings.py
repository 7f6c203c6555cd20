"""How many calls a second do the hosts make at all? Asked before a real API is called from them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from stresstune.fleet.engine import Engine
from stresstune.fleet.hosts import Host, HostLost
from stresstune.fleet.stripes import choose_callers
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.memories import for_each
from stresstune.workflow.fleet.order import CallsOrder
from stresstune.workflow.selftest import Ceiling

SELF_TEST_SECONDS = 45.0
"""So long may a host's self-test take, with the start of its emulator."""


@dataclass(frozen=True, kw_only=True)
class Ceilings:
    """What the self-tests of several hosts found.

    Attributes:
        needed_per_second: Calls a second that the run may need, from all hosts together.
        hosts: What each of them said, by its name.
    """

    needed_per_second: float
    hosts: dict[str, Ceiling] = field(default_factory=dict)

    def of(self, names: Collection[str]) -> Ceilings:
        """Return those of the hosts that make calls in the end."""
        hosts = {name: self.hosts[name] for name in sorted(names) if name in self.hosts}
        return Ceilings(needed_per_second=self.needed_per_second, hosts=hosts)

    @property
    def most_per_second(self) -> float:
        """Calls that a probe may begin in a second without measuring the hosts.

        Calls are striped evenly, so that the slowest of them says how many that are.

        >>> two = {"app-1": Ceiling(per_second=600, needed_per_second=9),
        ...        "app-2": Ceiling(per_second=40, needed_per_second=9)}
        >>> Ceilings(needed_per_second=18, hosts=two).most_per_second
        40.0
        """
        slowest = min((one.most_per_second for one in self.hosts.values()), default=math.inf)
        return max(len(self.hosts), 1) * slowest

    @property
    def words(self) -> str:
        """What a reader must know; "" where nobody was asked."""
        known = {name: one for name, one in self.hosts.items() if not one.error}
        unknown = [f"{name} ({one.error})" for name, one in self.hosts.items() if one.error]
        said = [f"self-test: it could not be made on {', '.join(unknown)}"] if unknown else []
        if known:
            each = ", ".join(f"{name} {one.per_second:.0f}" for name, one in known.items())
            said.append(f"self-test: such calls a second by host: {each}; {self._need}")
        return "; ".join(said)

    @property
    def _need(self) -> str:
        needed = f"this run needs up to {self.needed_per_second:.0f} from all of them"
        if self.needed_per_second <= self.most_per_second:
            return needed
        return (
            f"{needed}, and beyond {self.most_per_second:.0f} a second it may measure them instead "
            "of the API, so that a probe goes no faster. Give it more hosts, or less busy ones"
        )


async def ceilings_of(engine: Engine, hosts: Iterable[Host], order: CallsOrder) -> Ceilings:
    """Let the hosts that will make calls find out how many they make at all, all at once.

    Hosts that are parts of one machine are each other's load then, as they are in the run.
    """
    by_id = {host.id: host for host in hosts}
    found = Ceilings(needed_per_second=order.needed_per_second or 0.0)
    if order.needed_per_second is None:
        return found

    async def test(host_id: str) -> None:
        host = by_id[host_id]
        try:
            found.hosts[host.name] = await engine.call(
                host.speaker, on_host.self_test, order, timeout_seconds=SELF_TEST_SECONDS
            )
        except HostLost as error:
            needed = found.needed_per_second
            found.hosts[host.name] = Ceiling(needed_per_second=needed, error=str(error))

    await for_each(tuple(choose_callers(list(by_id))), test)
    return found
