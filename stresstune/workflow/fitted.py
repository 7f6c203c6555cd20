"""Memory that was measured for another workload: made to fit this one, or refused."""

from __future__ import annotations

import math

from msgspec.structs import replace

from stresstune.memory.child.pictures import data_bytes
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Estimate
from stresstune.model.workload import Workload
from stresstune.units import format_bytes

SAME_RATIO = 0.01
"""Pictures that differ by less are the same: nobody states their size more exactly."""

KEPT_RATIO = 0.1
"""A session that keeps what it was given, and not more than this beyond it, grows with that."""


class OtherWorkload(ValueError):
    """What was measured for one workload says nothing of another."""


def memory_for(memory: MemoryCapacity, workload: Workload) -> MemoryCapacity:
    """Return what a probe of simulated sessions would have found with this workload's pictures.

    What a session keeps grows with its pictures, so that it is scaled, and that is said. Sessions
    of the app's own, or of a factory, hold what they hold, whatever the workload says; and of what
    tells no data (a record of somebody's own making) nothing is known.

    Raises:
        OtherWorkload: A session kept something else than it was given, so nothing can be scaled.
    """
    given, size = _given_bytes(memory), memory.bytes_per_session
    wanted = data_bytes(workload.image_kind, workload.images_per_session, workload.image_bytes)
    if not given or size is None or abs(wanted - given) <= SAME_RATIO * given:
        return memory
    pictures = f"{format_bytes(given)} of pictures in a session"
    if not wanted or memory.at_least or abs(size - given) > KEPT_RATIO * given:
        raise OtherWorkload(
            f"it was measured with {pictures}, and the workload of the config is "
            f"{format_bytes(wanted)}: measure again"
        )
    ratio = wanted / given
    note = (
        f"measured with {pictures}, scaled to the {format_bytes(wanted)} of the config's workload: "
        "measure again to be sure"
    )
    scaled = replace(
        memory,
        bytes_per_session=Estimate(size * ratio, size.low * ratio, size.high * ratio),
        # a picture more, which decoding takes: which kind was measured is not told
        transient_bytes=math.ceil(memory.transient_bytes * max(ratio, 1.0))
        + wanted // max(workload.images_per_session, 1),
        notes=(*memory.notes, note),
    )
    return _reckoned(scaled)


def _given_bytes(memory: MemoryCapacity) -> float:
    """Return what one session was given to hold; 0 where that is not told."""
    if memory.source != "simulated" or not memory.samples:
        return 0
    last = memory.samples[-1]
    return last.session_data_bytes / last.session if last.session else 0


def _reckoned(memory: MemoryCapacity) -> MemoryCapacity:
    """Reckon anew how many fit: N = (limit - baseline - T) / b, as in the probe itself."""
    size = memory.bytes_per_session
    if memory.sessions_that_fit is None or memory.limit_bytes is None or size is None:
        return memory
    each = size.high if memory.sizes_vary else float(size)
    room = memory.limit_bytes - memory.baseline_bytes - memory.transient_bytes
    fit = max(0, math.floor(room / each))
    safe = math.floor((1 - memory.headroom_ratio) * fit + 1e-9)
    return replace(memory, sessions_that_fit=fit, safe_sessions=safe)
