"""The process on a host in which memory is probed: no worker, and gone when its worker is."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time

from msgspec.structs import replace

from stresstune.errors import Interrupted, StresstuneError
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.readings.sample import read_process
from stresstune.model.memory import MemoryCapacity
from stresstune.units import format_bytes
from stresstune.workflow.fleet.order import Failed, MemoryOrder

PATIENCE_SECONDS = 4.0
"""So long may it take to end the sessions, once the worker is gone."""


def main() -> None:
    """Read the order from stdin, probe, and write the answer to stdout."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever prints, it does not print into the answer
    order: MemoryOrder = pickle.loads(_read(int.from_bytes(_read(8), "big")))  # noqa: S301 - see on_host
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with os.fdopen(out, "wb") as answer:
        answer.write(pickle.dumps(_probed(order)))
    sys.stdout.flush()
    os._exit(0)  # the thread that reads stdin would hold the interpreter up


def _probed(order: MemoryOrder) -> MemoryCapacity | Failed:
    held = engine_bytes(order.engine_pids)
    try:
        found = probe_memory(
            order.workload,
            source=order.source,
            limit_bytes=order.limit_bytes,
            headroom_ratio=order.headroom_ratio,
            options=ProbeOptions(max_seconds=order.max_seconds),
        )
    except (StresstuneError, ValueError) as error:
        return Failed(reason=str(error))
    except (Interrupted, KeyboardInterrupt):
        return Failed(reason="it was told to end")
    return with_engine_note(found, held, len(order.engine_pids), order)


def engine_bytes(pids: tuple[int, ...]) -> int:
    """Return what these processes hold that ends with them, in bytes.

    >>> engine_bytes(())
    0
    """
    readings = [reading for pid in pids if (reading := read_process(pid)) is not None]
    return sum(reading.pss_bytes or reading.rss_bytes for reading in readings)


def with_engine_note(
    found: MemoryCapacity, held_bytes: int, processes: int, order: MemoryOrder
) -> MemoryCapacity:
    """Say how much of what was in use is the engine's own."""
    each = found.bytes_per_session
    if not held_bytes or each is None or order.limit_bytes is not None:
        return found
    more = int(held_bytes / max(each, each.high))
    whose = "process holds" if processes == 1 else f"{processes} processes hold"
    words = (
        f"dask's own {whose} {format_bytes(held_bytes)} here, which counts as in use; without that "
        f"there would be room for {more} more"
    )
    return replace(found, notes=(*found.notes, words)) if more else found


def _read(count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            raise SystemExit(1)
        data += piece
    return data


def _end_with_the_worker() -> None:
    """Wait for the end of stdin, which is the end of the worker, however it ended."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
