"""One run at a time: two of them would measure each other."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from stresstune.errors import Locked, MeasurementError
from stresstune.fleet.engine import Engine


@asynccontextmanager
async def alone(engine: Engine) -> AsyncIterator[None]:
    """Measure a fleet alone for the time of a block.

    Raises:
        Locked: Somebody else is measuring it.
    """
    other = await engine.try_lock(_owner())
    if other:
        raise Locked(
            f"another run is measuring the fleet at {engine.address}: {other}. Wait until it "
            "has ended; where it was killed, its turn ends by itself within a minute"
        )
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await engine.unlock()


async def is_ours_again(engine: Engine) -> bool:
    """Take the turn again at a scheduler that was started anew, and has forgotten whose it was."""
    try:
        return not await engine.try_lock(_owner())
    except MeasurementError:  # it went away once more
        return False


def _owner() -> str:
    return f"{_user()}@{socket.gethostname()}, process {os.getpid()}, since {_clock()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _clock() -> str:
    return time.strftime("%H:%M:%S")
