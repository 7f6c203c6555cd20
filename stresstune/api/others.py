"""Does somebody else use the quota while we probe? A second look at it, calls evenly over a window.

The first use of a quota is quick, so that a steady neighbour hardly comes to it, and of a fixed
window it sees a part of unknown length. So where it did not come to the whole quota, one window is
seen from its turn to its end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import anyio
from msgspec.structs import replace

from stresstune.api import windows
from stresstune.api.bucket import size_of_bucket
from stresstune.api.caller import Caller
from stresstune.api.estimate import Explanation
from stresstune.api.event import Event
from stresstune.api.evidence import Evidence
from stresstune.api.share import WINDOW_SECONDS, is_whole, left_by_others, shared
from stresstune.model.api import Limit
from stresstune.model.load import QuotaStatement

TURN_SECONDS, SHORT_PAUSES = 1.0, 6
"""Where a turn was seen, or told of, it is tried so often around the next one."""

QUOTAS = {"requests_per_minute": "requests", "tokens_per_minute": "tokens"}

TRIAL_SECONDS = 4.0
"""Pause between two trials whether the window has turned."""

OVER_RATIO, OVER_MEASURED_RATIO = 1.15, 1.1
"""Calls are offered so much faster than the quota, so that it is used up before its window ends; a
little less where its value is what was left at most, since they take from the others."""

LEAST_SUSTAINED, MOST_SUSTAINED = 5, 60
"""So many admitted in a row are a new window; fewer are places that others left."""

GOLDEN_RATIO = (5**0.5 - 1) / 2
"""Its multiples fall evenly between 0 and 1, and never come round."""

LAST_SECONDS = 2.0
"""Time that is kept beside that of the last answer."""

LAST_CALLS = 12
"""If none of the last calls was refused, the window was not used up at its end."""


@dataclass
class SecondLook:
    """Uses a quota up slowly, once it admits again.

    Attributes:
        caller: Makes calls within the budget.
        evidence: Where they are kept.
        most_in_flight: Calls under way at the most.
        over_ratio: How much faster than the quota calls are offered.
        by_tokens: The quota counts tokens.
    """

    caller: Caller
    evidence: Evidence
    most_in_flight: int
    over_ratio: float = OVER_RATIO
    by_tokens: bool = False

    @property
    def weight(self) -> float:
        """What a call counts: 1, or its mean tokens."""
        return (self.evidence.tokens_per_call() or 1.0) if self.by_tokens else 1.0

    async def left(self, quota: float, opens_seconds: float) -> tuple[float, float] | None:
        """Return what others leave of a quota, as counted and at least; None if there is no time.

        Args:
            quota: A minute.
            opens_seconds: When it will admit again, as far as known.
        """
        begun = self._now()
        sustained = _calls_of_a_new_window(
            quota / self.weight, len(self.evidence.admitted_seconds())
        )
        turned = opens_seconds
        gap_seconds = self._gap_seconds(quota)
        trials = [] if self._has_admitted_since(opens_seconds) else _pauses(opens_seconds - begun)
        for pause_seconds in trials:
            if not self.caller.can_wait(pause_seconds + WINDOW_SECONDS / 2):
                return None
            await anyio.sleep(pause_seconds)
            turned = self._now() - min(pause_seconds, TRIAL_SECONDS)
            gap_seconds = self._gap_seconds(quota)
            admitted = await self._offer(gap_seconds, turned + WINDOW_SECONDS, sustained)
            if admitted >= sustained or self._now() >= begun + WINDOW_SECONDS:
                break
        end = turned + WINDOW_SECONDS
        await self._offer(gap_seconds, end)
        if not self._is_used_up():
            # what was refused came before: the first use, or what others had used, still counted
            await self._offer(gap_seconds, end + WINDOW_SECONDS / 2, through_refusals=False)
            end = max(self._now(), end)
        seen_seconds = min(self._now() - end, 0.0) + WINDOW_SECONDS
        await self.caller.falls_to(0)
        return left_by_others(quota, self._events(), end, seen_seconds)

    def _gap_seconds(self, quota: float) -> float:
        """Return the gap at which the quota is used up within its window, or the time that is left.

        A third of a window is seen at least.
        """
        seen_seconds = min(max(self._left_seconds(), WINDOW_SECONDS / 3), WINDOW_SECONDS)
        return seen_seconds * self.weight / (self.over_ratio * quota)

    def _left_seconds(self) -> float:
        """Return for how long calls may be offered, so that what they met can still be reckoned."""
        left_seconds = self.caller.ledger.seconds_left(self._now()) - LAST_SECONDS
        return left_seconds - 1.3 * self.caller.typical_seconds()

    def _is_used_up(self) -> bool:
        last = self._events()[-LAST_CALLS:]
        return any(not event.admitted for event in last)

    def _has_admitted_since(self, seconds: float) -> bool:
        """Whether a window that opened at some moment is still open, and a part of it was used."""
        since = [event for event in self._events() if event.seconds >= seconds]
        is_open = self._now() < seconds + WINDOW_SECONDS / 2
        return is_open and bool(since) and all(event.admitted for event in since)

    def _events(self) -> list[Event]:
        return self.evidence.events(by_tokens=self.by_tokens)

    def _uneven(self) -> float:
        """Return a factor around 1: calls a whole window apart would take each other's places."""
        return 0.5 + GOLDEN_RATIO * self.caller.ledger.sent % 1

    def _now(self) -> float:
        return self.caller.driver.now()

    async def _offer(
        self,
        gap_seconds: float,
        end: float,
        at_most: int | None = None,
        *,
        through_refusals: bool = True,
    ) -> int:
        """Offer calls evenly until the end; with ``at_most``, so many, and none after a refusal."""
        streamed = await self.caller.stream(
            lambda: self.most_in_flight,
            lambda: gap_seconds * self._uneven(),
            go_on=lambda: self._now() < end and self._left_seconds() > 0,
            at_most=at_most,
            through_refusals=through_refusals and at_most is None,
        )
        return streamed.admitted


def _pauses(until_open_seconds: float) -> Iterator[float]:
    """Yield pauses between trials: short ones from just before a window is to turn."""
    if TRIAL_SECONDS < until_open_seconds <= WINDOW_SECONDS:
        yield until_open_seconds - TURN_SECONDS
        yield from itertools.repeat(TURN_SECONDS, SHORT_PAUSES)
    yield from itertools.repeat(TRIAL_SECONDS)


def _calls_of_a_new_window(quota_calls: float, admitted_calls: int) -> int:
    """Return how many calls in a row say that a window turned.

    Twice as many as can flow into a sliding window, during a pause, of what others had used.
    """
    per_second = max(quota_calls - admitted_calls, 0.0) / (WINDOW_SECONDS / 2)
    most = min(max(quota_calls / 3, 1.0), MOST_SUSTAINED)
    return int(min(max(2 * TRIAL_SECONDS * per_second, LEAST_SUSTAINED), most))


async def look_for_others(
    look: SecondLook, tell: Callable[[str], None], found: Sequence[Explanation]
) -> None:
    """Take off a quota what somebody else takes of it all the time.

    Args:
        look: Sees it.
        tell: Told why.
        found: What explains a quota that was measured.
    """
    for place, limit in enumerate(look.evidence.limits):
        if limit.kind not in QUOTAS or limit.window_seconds != WINDOW_SECONDS or limit.value <= 0:
            continue
        look.by_tokens = limit.kind == "tokens_per_minute"
        opens_seconds = _looked_at(limit, look, found)
        if opens_seconds is None:
            continue
        tell(f"{limit.value:g} a minute were not admitted in one: counting once more")
        left = await look.left(limit.value, opens_seconds)
        if left is None and _is_inexact(found):
            # by how much the calls of others, fewer than these, differ from minute to minute
            left = (limit.value, max(limit.low - math.sqrt(limit.low * look.weight), 0.0))
        if left is not None:
            look.evidence.limits[place] = _as_bucket(limit, look) or shared(limit, *left)


def _as_bucket(limit: Limit, look: SecondLook) -> Limit | None:
    """Return a stated quota as the bucket that it is, if that explains all calls to the last.

    Somebody else who takes a part of it would have taken calls that this bucket had left. And what
    flows in while nobody asks is lost to a small bucket: not each minute comes to the whole quota.
    """
    if limit.provenance != "stated" or look.by_tokens:
        return None
    log = look.evidence.events()
    size = size_of_bucket(log, limit.value, WINDOW_SECONDS)
    if size is None or _may_be_a_window(log, limit.value):
        return None
    words = f"{limit.evidence}; it flows in all the time, and {size:,.0f} are kept at the most"
    return replace(limit, burst=size, flows=True, evidence=words)


def _may_be_a_window(log: Sequence[Event], quota: float) -> bool:
    """Whether a window of this quota explains all calls, of which somebody had used a part."""
    fixed = windows.fixed(log, WINDOW_SECONDS, others=True)
    sliding = windows.sliding(log, WINDOW_SECONDS, others=True)
    return any(span is not None and span[0] <= quota <= span[1] for span in (fixed, sliding))


def _looked_at(limit: Limit, look: SecondLook, found: Sequence[Explanation]) -> float | None:
    """Return when to look at a quota again, or None where a neighbour would have shown already."""
    log = look.evidence.events(by_tokens=look.by_tokens)
    if limit.provenance == "stated":
        said = _stated(limit, look.evidence)
        if said is None or is_whole(log, limit.value, said):
            return None
        refused = next(event.seconds for event in log if not event.admitted)
        return refused + (said.retry_delay_seconds or 0.0)
    affordable = look.caller.can_spend(int(OVER_RATIO * limit.value / look.weight))
    if not _is_inexact(found) and not (affordable and _may_hide_others(found)):
        return None
    look.over_ratio = OVER_MEASURED_RATIO
    return max((after for after, _ in windows.turns(log)), default=0.0) + WINDOW_SECONDS


def _is_inexact(found: Sequence[Explanation]) -> bool:
    return bool(found) and found[0].slack > 0


def _may_hide_others(found: Sequence[Explanation]) -> bool:
    """Whether somebody else may go on calling: it is a fixed window, or they had called before.

    A sliding window that was whole at the start shows what others take in a whole minute.
    """
    if found and found[0].others:
        return True
    return bool(found) and all(explanation.machine == "fixed" for explanation in found)


def _stated(limit: Limit, evidence: Evidence) -> QuotaStatement | None:
    said = (quota for attempt in evidence.refusals() for quota in attempt.quotas)
    kind = QUOTAS[limit.kind]
    return next((one for one in said if one.quota == kind and one.value == limit.value), None)
