"""An app that is started more than once: which heaps its threads fill is chance, each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from stresstune.errors import Interrupted, MeasurementError, StresstuneError
from stresstune.memory.reckoning.forecast import differ
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Estimate
from stresstune.units import format_bytes

_MOST_STARTS = 3
"""Of starlette's threads the same sessions filled now one heap and now two: 92 fitted, or 114."""

_ALL_SECONDS = 30.0
"""An app is started once more where all will probably be done within this."""

_LEFT_RATIO = 0.02
"""Of the room: so much less of it would be seen in the number, and is no chance of heaps."""


class RoomLostError(MeasurementError):
    """The app would be started into less room than the first time."""


def check_room(first_bytes: Sequence[int], now_bytes: Sequence[int]) -> None:
    """Refuse to compare starts where there is less room now than before the first.

    Files in tmpfs outlive the app, and what is left of one start's would be missed by the next.
    Farther off, on the whole host, much comes and goes that is not the app's.

    Args:
        first_bytes: The room inside each end of memory, before the first start.
        now_bytes: The same now.

    Raises:
        RoomLostError: To the nearest end it is less by more than 2 % of it.

    >>> check_room([1000, 9000], [990, 7000])
    """
    first, now = min(first_bytes, default=0), min(now_bytes, default=0)
    if first - now > _LEFT_RATIO * first:
        raise RoomLostError(
            f"{format_bytes(first - now)} were not given back when the app was ended, so it "
            "was not started again: are there files of it in tmpfs (/dev/shm)? Remove them"
        )


def fewest(
    first: MemoryCapacity,
    start: Callable[[int], MemoryCapacity],
    *,
    within_seconds: float,
) -> MemoryCapacity:
    """Start an app again while that is soon done, and say what fitted when the fewest did.

    Args:
        first: What was found with the first start.
        start: Finds it with another; given which start that is, from 2.
        within_seconds: What all may take; no more than 30 are used.

    Raises:
        Interrupted: ``partial`` holds what was found with the first.
    """
    began = time.monotonic() - first.seconds
    found, lost = [first], ""
    while _is_another_wanted(found, time.monotonic() - began, min(within_seconds, _ALL_SECONDS)):
        try:
            found.append(start(len(found) + 1))
        except KeyboardInterrupt as interrupt:
            raise Interrupted(first) from interrupt
        except RoomLostError as error:
            lost = str(error)
            break
        except StresstuneError:
            break  # a port that is not free again yet, say; what was found with the first counts
    said = _fewest_of(found, time.monotonic() - began)
    return msgspec.structs.replace(said, notes=(*said.notes, lost)) if lost else said


def _is_another_wanted(
    found: Sequence[MemoryCapacity], seconds: float, within_seconds: float
) -> bool:
    """Whether one more would tell more, and soon enough: not where two that are known agree."""
    soon = seconds * (len(found) + 1) / len(found) <= within_seconds
    if not (soon and len(found) < _MOST_STARTS and _is_whole(found[-1])):
        return False
    numbers = _numbers(found)
    agree = len(found) > 1 and not differ(min(numbers), max(numbers))
    return not agree or any(each.sizes_vary for each in found)


def _is_whole(capacity: MemoryCapacity) -> bool:
    usual = capacity.stopped_by in ("target", "guard")
    return usual and capacity.sessions_that_fit is not None and not capacity.at_least


def _is_full(capacity: MemoryCapacity) -> bool:
    """Whether it was memory itself that ended it, and how many had fitted by then is known."""
    ended = capacity.stopped_by in ("killed", "memory_error")
    return ended and capacity.sessions_that_fit is not None


def _numbers(found: Sequence[MemoryCapacity]) -> list[int]:
    return [each.sessions_that_fit for each in found if each.sessions_that_fit is not None]


def _fewest_of(found: Sequence[MemoryCapacity], seconds: float) -> MemoryCapacity:
    whole = [each for each in found if _is_whole(each) or _is_full(each)]
    failed = [
        f"the app failed when it was started again: {each.error or each.stopped_by}"
        for each in found[1:]
        if not _is_whole(each)
    ]
    if len(whole) < 2:
        return msgspec.structs.replace(found[0], notes=(*found[0].notes, *failed))
    numbers = _numbers(whole)
    least = whole[numbers.index(min(numbers))]
    apart = differ(min(numbers), max(numbers))
    said = (
        f"of {len(whole)} starts of the app, the fewest count: {min(numbers)} to {max(numbers)} "
        "sessions fitted, since it fills its heaps by chance"
    )
    return msgspec.structs.replace(
        least,
        safe_sessions=min(each.safe_sessions or 0 for each in whole),
        sizes_vary=apart or any(each.sizes_vary for each in whole),
        bytes_per_session=_of_any(whole, least),
        notes=(*least.notes, *([said] if apart else []), *failed),
        seconds=seconds,
    )


def _of_any(whole: Sequence[MemoryCapacity], least: MemoryCapacity) -> Estimate | None:
    """Give what one session keeps where the fewest fitted, and what it may keep in any start."""
    sizes = [each.bytes_per_session for each in whole if each.bytes_per_session is not None]
    middle = least.bytes_per_session
    if middle is None:
        return None
    return Estimate(middle, min(each.low for each in sizes), max(each.high for each in sizes))
