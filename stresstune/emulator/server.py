"""The emulator on a port."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable

import anyio
import anyio.abc

from stresstune.emulator.counts import Counts
from stresstune.emulator.profile import Profile
from stresstune.emulator.service import Service
from stresstune.emulator.wire import Connection
from stresstune.errors import UsageError

_log = logging.getLogger(__name__)

_BACKLOG = 2048
_TICK_SECONDS = 1.0
_NO_FILE_LEFT = {errno.EMFILE, errno.ENFILE}

OnReady = Callable[[str], None]
OnTick = Callable[[Counts], None]


class Server:
    """A listening emulator.

    Args:
        profile: What the service is like.
        host: Address to listen on.
        port: Port to listen on; 0 takes any that is free.

    Raises:
        UsageError: The address cannot be listened on.
    """

    def __init__(self, profile: Profile, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = _listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self.service = Service(profile)

    def counts(self) -> Counts:
        """Return what was counted until now."""
        return self.service.world.counts()

    async def run(self, on_tick: OnTick | None = None) -> None:
        """Serve until cancelled; then every connection is closed.

        Args:
            on_tick: Called once a second with the counts.
        """
        with self._listener:
            async with anyio.create_task_group() as tasks:
                if on_tick is not None:
                    tasks.start_soon(self._tick, on_tick)
                await self._accept(tasks)

    async def _accept(self, tasks: anyio.abc.TaskGroup) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                await anyio.wait_readable(self._listener)
                continue
            except OSError as error:
                if error.errno not in _NO_FILE_LEFT:
                    raise
                _log.warning("a connection has to wait: %s", error.strerror)
                await anyio.sleep(0.1)
                continue
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.service.world.tally.connections += 1
            tasks.start_soon(Connection(sock, self.service.handle).run)

    async def _tick(self, on_tick: OnTick) -> None:
        while True:
            await anyio.sleep(_TICK_SECONDS)
            on_tick(self.counts())


def serve(
    profile: Profile,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    on_ready: OnReady | None = None,
    on_tick: OnTick | None = None,
) -> Counts:
    """Serve until Ctrl-C or SIGTERM; both are the ordinary end and raise nothing.

    It belongs in the main thread, where signals arrive. Beside the API's paths it answers to
    ``GET /control/counts``, ``GET /control/truth`` and ``POST /control/reset`` (with a profile as
    its body, if it is to become another service).

    Args:
        profile: What the service is like.
        host: Address to listen on.
        port: Port to listen on; 0 takes any that is free.
        on_ready: Called with the base URL when calls can come.
        on_tick: Called once a second with the counts.

    Returns:
        What was counted until the end.

    Raises:
        UsageError: The address cannot be listened on.
    """

    async def until_signalled() -> Counts:
        server = Server(profile, host=host, port=port)
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(server.run, on_tick)
                if on_ready is not None:
                    on_ready(server.base_url)
                async for _ in signals:
                    tasks.cancel_scope.cancel()
        return server.counts()

    return anyio.run(until_signalled)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise UsageError(f"the emulator cannot listen on port {port}: ports are 0 (any) to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"the emulator cannot listen on {host}, port {port}: {error.strerror}. "
            "Choose another port, or 0 for any that is free."
        ) from error
    listener.setblocking(False)
    return listener
