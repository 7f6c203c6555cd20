"""A real scheduler and real workers, each a process of its own, as on the command line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from stresstune.fleet import engine

QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}
ROOT = Path(__file__).parents[2]


@dataclass
class Cluster:
    """A scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    folder: Path
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        *,
        prefix: Sequence[str] = (),
        nanny: bool = False,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a worker; by default it is a host of its own, of this name."""
        home = folder or self.folder / name
        home.mkdir(exist_ok=True)
        command = [
            *prefix,
            *(sys.executable, "-m", "distributed.cli.dask_worker", self.address),
            *("--name", name, "--nthreads", "1", "--no-dashboard"),
            *("--local-directory", str(self.folder / "scratch")),
            *(["--nanny"] if nanny else ["--no-nanny"]),
            *arguments,
        ]
        own = {"STRESSTUNE_FLEET_HOST": name} if environment is None else environment
        self.workers[name] = started(command, own, home)
        return self.workers[name]

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Wait until the scheduler is there, and so many workers have registered."""
        host, _, port = self.address.removeprefix("tcp://").rpartition(":")
        _wait_for_port(host, int(port), self.scheduler)

        async def wait() -> int:
            async with engine.connect(self.address) as connected:
                return len(await connected.workers(count, seconds))

        assert anyio.run(wait) >= count, "the workers did not come"

    def restart(self, rejoin: Sequence[str]) -> None:
        """Kill the scheduler, and start it and these workers anew, as their hosts' systemd does.

        Dask's workers end by themselves then, within seconds; they are not waited for.
        """
        self.scheduler.kill()
        self.scheduler.wait()
        for worker in self.workers.values():
            worker.kill()
            worker.wait()
        self.scheduler = scheduling(self.address, self.folder)
        for name in rejoin:
            self.add(name)

    def end(self) -> None:
        for process in [*self.workers.values(), self.scheduler]:
            ended(process)


def started(
    command: Sequence[str], environment: dict[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "GEMINI_", "GOOGLE_"))
    }
    paths = os.pathsep.join([str(ROOT), *filter(None, [inherited.get("PYTHONPATH")])])
    return subprocess.Popen(
        command,
        env={**inherited, **QUIET, "PYTHONPATH": paths, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    if process.poll() is None:
        process.kill()
    process.wait()


def scheduling(address: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a scheduler."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    command = [
        *(sys.executable, "-m", "distributed.cli.dask_scheduler"),
        *("--host", host, "--port", port, "--no-dashboard"),
    ]
    return started(command, {}, folder)


@contextmanager
def running_cluster(folder: Path, *, host: str = "127.0.0.1") -> Iterator[Cluster]:
    """Run a scheduler for the time of a block, and whatever workers are added to it.

    It starts at the same time as they do, which try until it is there: see `Cluster.wait_for`.
    """
    port = free_port()
    address = f"tcp://{host}:{port}"
    scheduler = scheduling(address, folder)
    cluster = Cluster(address, scheduler, folder)
    try:
        yield cluster
    finally:
        cluster.end()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for_port(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the scheduler ended at once"
        with suppress(OSError), socket.create_connection((host, port), 1):
            return
        time.sleep(0.1)
    raise AssertionError("the scheduler does not listen")
