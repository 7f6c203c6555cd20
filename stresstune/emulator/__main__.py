"""The emulator as a child process: told what to be on stdin, ended by the end of stdin.

Not for people; they have ``stresstune emulate``. The first line of stdin is the profile, the
address and the port as JSON; the first line of stdout is the port, or what went wrong. When the
parent dies, however it dies, stdin ends, and so does the child. A process that was forked off the
parent may hold the other end of stdin open, so once a second the child looks who its parent is.
"""

from __future__ import annotations

import os
import resource
import sys

import anyio
import msgspec

from stresstune.emulator.counts import Counts
from stresstune.emulator.process import Order, Started
from stresstune.emulator.server import Server
from stresstune.errors import UsageError


async def _serve(order: Order, parent: int) -> None:
    try:
        server = Server(order.profile, host=order.host, port=order.port)
    except UsageError as error:
        _tell(Started(error=str(error)))
        return
    async with anyio.create_task_group() as tasks:

        def end_with_parent(_: Counts) -> None:
            if os.getppid() != parent:
                tasks.cancel_scope.cancel()

        tasks.start_soon(server.run, end_with_parent)
        _tell(Started(port=server.port))
        await anyio.wait_readable(sys.stdin.fileno())
        tasks.cancel_scope.cancel()


def _tell(started: Started) -> None:
    sys.stdout.write(msgspec.json.encode(started).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the order, serve until the parent lets go."""
    parent = os.getppid()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    said = sys.stdin.readline()
    if said:  # else the parent was interrupted before it could say anything
        anyio.run(_serve, msgspec.json.decode(said, type=Order), parent)


if __name__ == "__main__":
    main()
