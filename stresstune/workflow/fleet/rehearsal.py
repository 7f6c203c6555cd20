"""A fleet that is played on this machine: a scheduler and workers, each a host of its own."""

from __future__ import annotations

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec.structs import replace

from stresstune.errors import MeasurementError, UsageError
from stresstune.memory.ends.identity import HOST_VARIABLE
from stresstune.memory.ends.limits import read_limit
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.result import TuneResult

PREFIX = "local:"

MOST_HOSTS = 32
"""Each of them is a Python process of some 100 MB."""

START_SECONDS = 60.0

_BOOT = """
import os, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
from importlib import import_module
import_module(sys.argv.pop(1)).main()
"""
"""Ends with its parent, however that ends: stdin is then at its end."""


@contextmanager
def rehearsed(path: str | os.PathLike[str], options: TuneOptions) -> Iterator[TuneOptions]:
    """Play the fleet that ``local:N`` asks for, for the time of a block; others are left as is.

    Every host has a copy of the config in a folder of its own, which is thrown away at the end, and
    an equal part of this machine's memory to reckon with.

    Args:
        path: The config.
        options: Of the run.

    Raises:
        UsageError: N is no number of hosts.
        MeasurementError: It could not be started.
    """
    if not isinstance(options.fleet, str) or not options.fleet.startswith(PREFIX):
        yield options
        return
    count = _count(options.fleet)
    limit = options.limit_bytes or (read_limit().limit_bytes or 0) // count or None
    import tempfile  # noqa: PLC0415 - most play nothing

    with tempfile.TemporaryDirectory(prefix="stresstune-fleet-") as folder:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            address = _start(Path(folder), Path(path), count, processes)
            yield dataclasses.replace(
                options,
                fleet=address,
                fleet_config=Path(path).name,
                fleet_workers=count,
                limit_bytes=limit,
            )
        finally:
            _end(processes)


def named(result: TuneResult, options: TuneOptions) -> TuneResult:
    """Return the result of a run that says so if its hosts were played."""
    played = isinstance(options.fleet, str) and options.fleet.startswith(PREFIX)
    if not played or result.fleet is None:
        return result
    return replace(result, fleet=replace(result.fleet, rehearsed=True))


def _count(fleet: str) -> int:
    text = fleet.removeprefix(PREFIX)
    if not text.isdecimal() or not 1 <= int(text) <= MOST_HOSTS:
        raise UsageError(f"--fleet {fleet}: write {PREFIX}N with 1 to {MOST_HOSTS} hosts to play")
    return int(text)


def _start(folder: Path, config: Path, count: int, processes: list[subprocess.Popen[bytes]]) -> str:
    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    processes.append(_run("distributed.cli.dask_scheduler", arguments, folder, {}))
    for number in range(1, count + 1):
        name = f"local-{number}"
        home = folder / name
        home.mkdir()
        if config.is_file():
            shutil.copy2(config, home / config.name)
        arguments = [address, "--name", name, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        arguments += ["--local-directory", str(folder / "scratch")]
        environment = {HOST_VARIABLE: name}
        processes.append(_run("distributed.cli.dask_worker", arguments, home, environment))
    _await_port(port, processes[0])  # the workers try until it is there
    return address


def _run(
    module: str, arguments: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    search = [str(Path(entry or ".").absolute()) for entry in sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", _BOOT, module, *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search), **environment},
        process_group=0,  # Ctrl-C is for the parent, who then ends them
    )


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.05)
    raise MeasurementError(
        "the scheduler of the rehearsal did not start: is `dask scheduler` there? "
        "python -m pip install 'stresstune[fleet]'"
    )


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
        if process.poll() is None:
            process.kill()
        process.wait()
