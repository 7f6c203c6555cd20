"""Probe a service of your own: any async callable is a target.

    python examples/own_target.py

It returns where the call was good and raises where it was not; a ``status_code`` on the error says
how (429 refused, 503 overloaded). Here the service is a model in this process with four places.
"""

import asyncio

import stresstune


class BusyError(Exception):
    """All places are taken."""

    status_code = 503


class OwnModel:
    """A model that works on four pictures at a time and turns the next one away."""

    def __init__(self, places: int = 4) -> None:
        self._free = places

    async def __call__(self) -> str:
        """Caption one picture."""
        if not self._free:
            raise BusyError("no place is free")
        self._free -= 1
        try:
            await asyncio.sleep(0.1)
            return "a cat"
        finally:
            self._free += 1


if __name__ == "__main__":
    found = stresstune.probe_api(
        OwnModel(),
        stresstune.Workload(sessions=30, think_seconds=1.0),
        budget=stresstune.Budget(max_requests=400, max_seconds=60),
    )
    for limit in found.limits:
        print(f"{limit.kind}: {limit.value:g} ({limit.provenance})")
    print(f"that carries {found.max_sessions(think_seconds=1.0)} students, 1 s between two calls")
    print(f"with 5 s between two calls it carries {found.max_sessions(think_seconds=5.0)}")
