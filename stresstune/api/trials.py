"""When to try a used-up quota again, and when enough is known of it."""

from __future__ import annotations

import math
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


LEAST_SHORT_TRIALS, MOST_SHORT_TRIALS = 3, 12
"""A window of seconds must have explained so many trials, the shorter the more: many logs look like
one for a while."""

SHORT_TRIALS_SECONDS = 30.0
"""The trials of a short window go on for so long, within these bounds."""

VAGUE_RATIO = 1.2
"""A bucket whose rate is known less well than this is tried where its readings differ."""

REFUSAL_SEEN_SECONDS = 0.1
"""So much of a pause is over before it begins: other refusals on their way are waited for."""

LONGEST_PAUSE_SECONDS = 20.0

TINY_CALLS, TINY_TRIALS = 6, 4
"""So few calls a window are read from too few to be told from refusals at random, so that the
window must have been seen to admit again so often."""

PARTING_TRIALS = 2
"""Windows that have not parted by then are not going to: the lowest reading is taken."""

TIED_TRIALS = 4
"""By then a quota of requests and one of tokens have parted, if calls differ in tokens."""


SMALL_CALLS, SMALL_PERSISTED = 20, 3
"""Where the window holds so few calls, so many trials must have found it shut: refusals at random
look like that now and then."""


@dataclass
class Trials:
    """What became of the trials so far.

    Attributes:
        readmitted: Trials that found the quota admitting again.
        persisted: Trials that were refused with nothing admitted since the refusal before.
    """

    readmitted: int = 0
    persisted: int = 0
    _pause_seconds: float = field(default=TRIAL_SECONDS)

    def note(self, streamed: Streamed) -> None:
        """Keep what became of one."""
        if streamed.admitted:
            self.readmitted += 1
        elif streamed.refusal is not None:
            self.persisted += 1

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
        longest = max(explanation.window_seconds for explanation in found)
        low = min(explanation.low_per_minute for explanation in found)
        high = max(explanation.high_per_minute for explanation in found)
        one_call = WINDOW_SECONDS / longest
        agreed = high - low <= max(one_call, 1.0) or high <= low * PRECISION_RATIO
        if longest < WINDOW_SECONDS:
            enough = _short_trials(longest) if agreed else MOST_SHORT_TRIALS
            return self.readmitted >= enough
        if longest > WINDOW_SECONDS:
            return agreed
        if any(explanation.machine == "bucket" for explanation in found):
            often = self.readmitted >= BUCKET_TRIALS and now_seconds > WINDOW_SECONDS + 2
            return often and (agreed or self.readmitted >= 4 * BUCKET_TRIALS)
        if low <= TINY_CALLS and self.readmitted < TINY_TRIALS:
            return False
        stayed_shut = self.persisted >= (SMALL_PERSISTED if low <= SMALL_CALLS else 1)
        return stayed_shut and (agreed or self.readmitted >= PARTING_TRIALS)

    def pause_seconds(
        self, found: Sequence[Explanation], breaking_point: int, now_seconds: float = 0.0
    ) -> float:
        """Return how long to wait before the next trial.

        Args:
            found: What explains the log so far.
            breaking_point: Calls at the first refusal; a small quota is tried more seldom.
            now_seconds: Since the first call; what stays shut for long is tried more seldom.
        """
        longest = max((explanation.window_seconds for explanation in found), default=0.0)
        if 0 < longest < WINDOW_SECONDS:
            return 0.37 * longest  # now before its turn, now after
        if longest > WINDOW_SECONDS:
            return min(max(now_seconds / 12, TRIAL_SECONDS), LONGEST_PAUSE_SECONDS)
        buckets = [explanation for explanation in found if explanation.machine == "bucket"]
        if not self.readmitted or not buckets:
            return max(TRIAL_SECONDS, 90.0 / max(breaking_point - 1, 3))
        bucket = buckets[0]
        if bucket.high == float("inf"):  # it may have been full: come sooner
            self._pause_seconds = max(self._pause_seconds / 2, 0.25)
            return self._pause_seconds
        if bucket.high > VAGUE_RATIO * bucket.low:
            # as long as a call takes to flow in by the middle reading: it parts the others
            one_call_seconds = WINDOW_SECONDS / math.sqrt(bucket.low * bucket.high)
            return max(min(one_call_seconds, 20.0) - REFUSAL_SEEN_SECONDS, 0.0)
        per_second = bucket.middle / WINDOW_SECONDS
        refill = min(20.0, 0.5 * (bucket.burst or 1.0))
        return min(max(refill / per_second, 0.25), 20.0)


def _short_trials(window_seconds: float) -> int:
    often = round(SHORT_TRIALS_SECONDS / window_seconds)
    return min(max(often, LEAST_SHORT_TRIALS), MOST_SHORT_TRIALS)
