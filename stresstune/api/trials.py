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


SHORT_TRIALS = 12
"""A window of seconds must have explained so many trials: many logs look like one for a while."""

PARTING_TRIALS = 2
"""Windows that have not parted by then are not going to: the lowest reading is taken."""

TIED_TRIALS = 4
"""By then a quota of requests and one of tokens have parted, if calls differ in tokens."""


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

    def settled(
        self, found: Sequence[Explanation], now_seconds: float, *, tied: bool = False
    ) -> bool:
        """Return whether the explanations agree, and have been put to the test.

        A window must have stayed shut for a while and then have been used up again: only the
        second time shows whether somebody else had used a part of the first. A bucket must have
        flowed evenly, also after a whole window, for the same reason.

        Args:
            found: What explains the log so far.
            now_seconds: Since the first call.
            tied: Requests and tokens explain it equally well; a few more trials part them.
        """
        if not self.readmitted or (tied and self.readmitted < TIED_TRIALS):
            return False
        if found[0].window_seconds < WINDOW_SECONDS:
            return self.readmitted >= SHORT_TRIALS
        low = min(explanation.low for explanation in found)
        high = max(explanation.high for explanation in found)
        agreed = high - low <= 1 or high <= low * PRECISION_RATIO
        if any(explanation.machine == "bucket" for explanation in found):
            often = self.readmitted >= BUCKET_TRIALS and now_seconds > WINDOW_SECONDS + 2
            return often and (agreed or self.readmitted >= 4 * BUCKET_TRIALS)
        return self.persisted and (agreed or self.readmitted >= PARTING_TRIALS)

    def pause_seconds(self, found: Sequence[Explanation], breaking_point: int) -> float:
        """Return how long to wait before the next trial.

        Args:
            found: What explains the log so far.
            breaking_point: Calls at the first refusal; a small quota is tried more seldom.
        """
        if found and found[0].window_seconds < WINDOW_SECONDS:
            return 0.37 * found[0].window_seconds  # now before its turn, now after
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
