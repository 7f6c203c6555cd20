"""The processes of an app: one that ends takes with it the sessions that it held."""

from __future__ import annotations

from stresstune.memory.readings import sample

_LEAST_BYTES = 512 * 1024
"""A process that grew by less while sessions came has held none: it only helped for a moment."""


class Workers:
    """Notices that one of them has gone, though another may have come in its place."""

    def __init__(self) -> None:
        self._first_bytes: dict[int, int] = {}
        self._bytes: dict[int, int] = {}

    def lost(self, client: int) -> str:
        """Look at an app's processes, and say who ended since the latest look; "" if nobody did.

        Args:
            client: The process whose descendants they are.
        """
        before = self._bytes
        pids = sample.descendants(client)
        self._bytes = {pid: size for pid in pids if (size := sample.quick_bytes(pid))}
        self._first_bytes = {**self._bytes, **self._first_bytes}
        for pid in before.keys() - self._bytes.keys():
            if before[pid] - self._first_bytes[pid] >= _LEAST_BYTES:
                return (
                    f"process {pid} of the app ended, and the sessions that it held with it; "
                    "is it replaced after a number of requests?"
                )
        return ""
