"""When to try a used-up quota again, and when enough is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stresstune.api.caller import Streamed
from stresstune.api.estimate import WINDOW_SECONDS, Explanation

TRIAL_SECONDS = 5.0
"""Pause between two trials while nothing is admitted; few, since they may count against it."""

PRECISION_RATIO = 1.08
"""A measured quota is known well enough once its interval is no wider than this."""

BUCKET_TRIALS = 3
"""A bucket must have told the same story so often: any two refusals look like one."""


@dataclass
class Trials:
    """What became of the trials so far.

    Attributes:
        readmitted: Trials that found the quota admitting again.
        persisted: A trial was refused with nothing admitted since the refusal before.
    """

    readmitted: int = 0
    persisted: bool = False
    _pause_seconds: float = field(default=TRIAL_SECONDS)

    def note(self, streamed: Streamed) -> None:
        """Keep what became of one."""
        if streamed.admitted:
            self.readmitted += 1
        elif streamed.refusal is not None:
            self.persisted = True

    def settled(self, found: Sequence[Explanation], now_seconds: float) -> bool:
        """Return whether the explanations agree, and have been put to the test.

        A window must have stayed shut for a while and then have been used up again: only the
        second time shows whether somebody else had used a part of the first. A bucket must have
        flowed evenly, also after a whole window, for the same reason.
        """
        if not self.readmitted:
            return False
        low = min(explanation.low for explanation in found)
        high = max(explanation.high for explanation in found)
        if high - low > 1 and high > low * PRECISION_RATIO:
            return False
        if any(explanation.machine == "bucket" for explanation in found):
            return self.readmitted >= BUCKET_TRIALS and now_seconds > WINDOW_SECONDS + 2
        return self.persisted

    def pause_seconds(self, found: Sequence[Explanation], breaking_point: int) -> float:
        """Return how long to wait before the next trial.

        Args:
            found: What explains the log so far.
            breaking_point: Calls at the first refusal; a small quota is tried more seldom.
        """
        buckets = [explanation for explanation in found if explanation.machine == "bucket"]
        if not self.readmitted or not buckets:
            return max(TRIAL_SECONDS, 90.0 / max(breaking_point - 1, 3))
        bucket = buckets[0]
        if bucket.high == float("inf"):  # it may have been full: come sooner
            self._pause_seconds = max(self._pause_seconds / 2, 0.25)
            return self._pause_seconds
        per_second = bucket.middle / WINDOW_SECONDS
        refill = min(20.0, 0.5 * (bucket.burst or 1.0))
        return min(max(refill / per_second, 0.25), 20.0)
