"""The emulator in a process of its own, so that it takes no time from the caller's event loop."""

from __future__ import annotations

import http.client
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from stresstune.emulator.counts import Counts
from stresstune.emulator.limits import TrueLimit
from stresstune.emulator.profile import Profile
from stresstune.errors import MeasurementError, UsageError

_START_SECONDS = 30.0
_END_SECONDS = 3.0
_CONTROL_SECONDS = 10.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent tells the child.

    Attributes:
        profile: What the service is like.
        host: Address to listen on.
        port: Port to listen on; 0 takes any that is free.
    """

    profile: Profile
    host: str
    port: int


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the child answers.

    Attributes:
        port: Where it listens; 0 where it does not.
        error: Why it does not.
    """

    port: int = 0
    error: str = ""


class Emulator:
    """A running emulator, seen from outside.

    Attributes:
        host: Where it listens.
        port: Where it listens.
        pid: Its process.
    """

    def __init__(self, host: str, port: int, pid: int) -> None:
        self.host = host
        self.port = port
        self.pid = pid

    @property
    def base_url(self) -> str:
        """What a client is given: ``http://127.0.0.1:PORT``."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def counts(self) -> Counts:
        """Return what it counted until now.

        Raises:
            MeasurementError: It does not answer.
        """
        return Counts.from_json(self._control("GET", "/control/counts"))

    def truth(self) -> tuple[TrueLimit, ...]:
        """Return its limits as they really are.

        Raises:
            MeasurementError: It does not answer.
        """
        body = msgspec.json.decode(self._control("GET", "/control/truth"))
        return msgspec.convert(body["limits"], tuple[TrueLimit, ...])

    def reset(self, profile: Profile | None = None) -> None:
        """Let it begin anew: counts at zero, quotas unused.

        Args:
            profile: What it is like from now on; None leaves that as it is.

        Raises:
            MeasurementError: It does not answer.
        """
        self._control("POST", "/control/reset", profile.to_json() if profile else None)

    def _control(self, method: str, path: str, body: str | None = None) -> bytes:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_CONTROL_SECONDS)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise MeasurementError(
                f"the emulator at {self.base_url} does not answer any more: {error}"
            ) from error
        finally:
            connection.close()


@contextmanager
def running_emulator(
    profile: Profile, *, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Emulator]:
    """Run an emulator in a child process for as long as the block lasts.

    The child ends with the block, and also when this process dies, however it dies.

    Args:
        profile: What the service is like.
        host: Address to listen on.
        port: Port to listen on; 0 takes any that is free.

    Raises:
        UsageError: The address cannot be listened on.
        MeasurementError: The child did not start.

    >>> from stresstune.emulator import PROFILES
    >>> with running_emulator(PROFILES["free"]) as emulator:
    ...     emulator.counts().requests
    0
    """
    child = _spawn()
    try:
        port = _start(child, Order(profile=profile, host=host, port=port))
        yield Emulator(host, port, child.pid)
    finally:
        _end(child)


def _spawn() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "stresstune.emulator"],  # -P: no modules of the work folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
        process_group=0,  # Ctrl-C is for the parent, who then ends the child
    )


def _search_path() -> list[str]:
    """Return where the parent finds its modules, so that the child finds the same ones."""
    return [str(Path(folder or ".").absolute()) for folder in sys.path]


def _start(child: subprocess.Popen[bytes], order: Order) -> int:
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):  # it died at once; reading tells
        child.stdin.write(msgspec.json.encode(order) + b"\n")
        child.stdin.flush()
    readable, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
    line = child.stdout.readline() if readable else b""
    if not line:
        raise MeasurementError(
            f"the emulator's process did not start within {_START_SECONDS:.0f} s; what it said "
            "stands above, on stderr"
        )
    started = msgspec.json.decode(line, type=Started)
    if started.error:
        raise UsageError(started.error)
    return started.port


def _end(child: subprocess.Popen[bytes]) -> None:
    with child:
        assert child.stdin is not None
        with suppress(BrokenPipeError):
            child.stdin.close()
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
