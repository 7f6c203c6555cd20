"""Do more calls fail at random than are tolerated? Pure."""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.api.answers import LEAST_CALLS_THAT_TELL
from stresstune.api.knee import Throughput, is_queue_unmeasured
from stresstune.model.api import Limit
from stresstune.model.load import Attempt
from stresstune.stats import wilson_interval

FAILURES_THAT_TELL = 3
"""So many failures would have to be tolerated among the calls, before one more counts in the end
(with a tolerance of one in a hundred: 300 calls). Among fewer calls, twice as many count."""


CALLS_THAT_TELL_A_SHARE = 400
"""By then it is taken as it was seen (a share of 0.01 is known to 0.005, one standard error)."""


def share_is_vague(failed: int, calls: int, tolerated_ratio: float) -> bool:
    """Return whether it is open that no more calls fail than are tolerated, and calls would tell.

    >>> share_is_vague(0, 200, 0.01), share_is_vague(1, 200, 0.01), share_is_vague(4, 400, 0.01)
    (False, True, False)
    """
    if not failed or calls >= CALLS_THAT_TELL_A_SHARE:
        return False
    low, high = wilson_interval(failed, calls)
    return low < tolerated_ratio < high


def overload_of(
    failed: int, calls: int, tolerated_ratio: float, *, in_the_end: bool = False
) -> Limit | None:
    """Return a limit where surely more calls fail than are tolerated, or None.

    Args:
        failed: Calls that failed for no limit that is known.
        calls: All of them.
        tolerated_ratio: Share that may fail.
        in_the_end: Nothing more is asked; more failures than are tolerated, among enough calls,
            are then no good news even where they may be bad luck.

    >>> overload_of(1, 200, 0.01) is None, overload_of(20, 100, 0.01).value
    (True, 0.2)
    """
    if calls < LEAST_CALLS_THAT_TELL:
        return None
    low, high = wilson_interval(failed, calls)
    enough = calls * tolerated_ratio >= FAILURES_THAT_TELL
    twice = failed >= FAILURES_THAT_TELL and failed > 2 * tolerated_ratio * calls
    at_last = in_the_end and (twice or (enough and failed > tolerated_ratio * calls))
    if low <= tolerated_ratio and not at_last:
        return None
    return Limit(
        kind="overload",
        value=failed / calls,
        low=low,
        high=high,
        provenance="measured",
        evidence=f"{failed} of {calls} calls failed, however few were in flight",
    )


def count_broken(attempts: Sequence[Attempt]) -> int:
    """Count the calls that failed in a way in which no quota, cap or queue lets them fail."""
    return sum(attempt.outcome in ("failed", "unreachable") for attempt in attempts)


def less_queued(
    hung: Sequence[Attempt],
    attempts: Sequence[Attempt],
    throughput: Throughput | None,
    objective_seconds: float,
) -> list[Attempt]:
    """Leave out of the calls that were not answered those that waited in a queue.

    Args:
        hung: Calls that were not answered.
        attempts: All calls.
        throughput: What a queueing server serves, if it was found.
        objective_seconds: When an answer is late.
    """
    if throughput is not None:
        return [a for a in hung if not throughput.is_late_among(a.in_flight, objective_seconds)]
    if hung and is_queue_unmeasured(attempts):
        return [a for a in hung if a.in_flight <= 2]
    return list(hung)
