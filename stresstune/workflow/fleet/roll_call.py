"""Who is there: asked at the beginning, and again where the scheduler was started anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import anyio

from stresstune.errors import MeasurementError
from stresstune.fleet.engine import Engine
from stresstune.fleet.hosts import Greeting, Host, HostLost, group
from stresstune.model.fleet import MissingHost
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.memories import for_each
from stresstune.workflow.fleet.order import Look
from stresstune.workflow.here import installed_version

GREETING_SECONDS = 10.0
"""So long may a worker take to say who it is, with its imports."""

REJOIN_SECONDS = 30.0
"""So long is a scheduler waited for that went away, and the hosts that it had. Whatever starts it
anew (systemd, Kubernetes) takes seconds for it, and as many for the workers."""

POLL_SECONDS = 0.2

STRANGERS = ("ImportError", "ModuleNotFoundError", "AttributeError", "TypeError")
"""What is raised where messages of another version are read, here or there."""

Called = tuple[tuple[Host, ...], tuple[MissingHost, ...]]


async def call_roll(engine: Engine, addresses: Sequence[str], look: Look) -> Called:
    """Ask workers who they are; returns the hosts, and those that are missing."""

    async def greet(address: str) -> Greeting | str:
        try:
            said = await engine.call(address, on_host.look, look, timeout_seconds=GREETING_SECONDS)
        except HostLost as error:
            return _not_there(error)
        return said if isinstance(said, Greeting) else f"it answered {type(said).__name__}"

    answers = await for_each(tuple(addresses), greet)
    return group(answers, installed_version(), engine.version)


async def rejoined(
    engine: Engine, wanted: Collection[str], look: Look, wait_seconds: float
) -> dict[str, Host]:
    """Wait for the hosts of a scheduler that went away; dask's workers get another address then.

    Args:
        engine: Connected to the scheduler that took its place.
        wanted: The hosts.
        look: What their workers are asked.
        wait_seconds: Then go on with those that are there.

    Returns:
        Those that came, by their ids.
    """
    back: dict[str, Host] = {}
    seen: set[str] = set()
    with anyio.move_on_after(wait_seconds):
        while not back.keys() >= set(wanted):
            try:
                there = await engine.workers()
            except MeasurementError:  # it went away once more
                break
            hosts, _ = await call_roll(engine, [one for one in there if one not in seen], look)
            seen.update(there)
            back.update({host.id: host for host in hosts if host.id in wanted})
            await anyio.sleep(POLL_SECONDS)
    return back


async def speakers(engine: Engine, known: Mapping[str, str]) -> dict[str, str]:
    """Return which worker speaks for each host by now: after a restart it is another one.

    Args:
        engine: The fleet.
        known: Who spoke for each host when it was measured.

    Raises:
        MeasurementError: The scheduler went away.
    """
    there = set(await engine.workers())
    found = {host: worker for host, worker in known.items() if worker in there}
    if gone := known.keys() - found.keys():
        back = await rejoined(engine, gone, Look(), GREETING_SECONDS)
        found.update({host.id: host.speaker for host in back.values()})
    return found


def _not_there(error: HostLost) -> str:
    words = str(error)
    if any(name in words for name in STRANGERS):
        return f"it has no stresstune that this one can talk to ({words}): install the same there"
    return words
