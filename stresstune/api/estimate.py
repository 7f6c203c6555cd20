"""Which quota explains what was seen: pure.

Every kind of quota is a small deterministic machine, so each can be held against the log of calls:
an admitted call says that the quota was not used up yet, a refused one that it was. A kind explains
the log if some value satisfies all of these; the values that do are its interval. What no kind
explains is no quota.

The log begins with an empty window or a full bucket, unless somebody else had been calling before;
explanations that need this somebody are only looked at when no other holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stresstune.api import windows
from stresstune.api.bucket import explain_as_bucket
from stresstune.api.event import Event

Machine = Literal["fixed", "sliding", "sliding_counting_rejected", "bucket"]

WINDOW_SECONDS = 60.0
SLACKS = (0.0, 0.02, 0.06)
"""How inexact a quota may be, as a ratio; the next is only tried when nothing holds at the last."""

SHORT_WINDOWS_SECONDS = (30.0, 20.0, 15.0, 10.0, 5.0, 2.0, 1.0)
LONG_WINDOWS_SECONDS = (120.0, 300.0, 600.0, 3_600.0, 86_400.0)
"""Windows that are tried where no minute explains the log: bursts are throttled by the second, and
some services count by five minutes, by the hour or by the day."""

TURN_RISK_RATIO = 0.1
"""Chance that is taken of a longer window having turned just while it was looked at."""

INEXACT_WINDOWS_SECONDS = (WINDOW_SECONDS, 10.0, 1.0)
"""Windows that may be inexact; with more of them there, mere chance would fit one of them."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A kind of quota that fits the whole log.

    Attributes:
        machine: The kind.
        low: Smallest quota a window that fits.
        high: Largest one (infinite where nothing bounds it).
        burst: Size of the bucket, for a bucket.
        slack: How inexact it had to be taken.
        others: Somebody else must have used a part at the start.
        window_seconds: Length of the window; for a bucket, of the time that the quota flows in.
    """

    machine: Machine
    low: float
    high: float
    burst: float | None = None
    slack: float = 0.0
    others: bool = False
    window_seconds: float = WINDOW_SECONDS

    @property
    def middle(self) -> float:
        """The best single value."""
        return (self.low + self.high) / 2 if self.high < float("inf") else self.low

    @property
    def low_per_minute(self) -> float:
        """The smallest quota that fits, by the minute."""
        return self.low * 60.0 / self.window_seconds

    @property
    def high_per_minute(self) -> float:
        """The largest quota that fits, by the minute."""
        return self.high * 60.0 / self.window_seconds


def explain(events: Sequence[Event]) -> list[Explanation]:
    """Return the quotas that explain a log, all with the least slack that does.

    A window is a minute long, if that explains the log at all; otherwise others are tried.

    Args:
        events: Calls in the order of time, with at least one refused.

    Returns:
        The explanations, the lowest by the minute first; none where no quota explains the log.

    >>> burst = [Event(seconds=i / 10, admitted=i < 30) for i in range(31)]
    >>> trial = Event(seconds=30, admitted=False)
    >>> again = [Event(seconds=50 + i / 10, admitted=i < 30) for i in range(31)]
    >>> [(e.machine, e.low, e.high) for e in explain([*burst, trial, *again])]
    [('fixed', 30.0, 30.0)]
    """
    exact = _fits(events, [WINDOW_SECONDS])
    if all(explanation.machine == "bucket" for explanation in exact):
        # how full a bucket was at the start is open anyhow: it does not make windows unlikely of
        # which somebody had used a part; other windows are likelier than such a somebody
        odd = [] if exact else _fits(events, [*SHORT_WINDOWS_SECONDS, *LONG_WINDOWS_SECONDS])
        exact = odd or exact + _fits(events, [WINDOW_SECONDS], others=True)
    if exact:
        return _lowest_first(exact)
    for slack in SLACKS[1:]:
        for window_seconds in INEXACT_WINDOWS_SECONDS:
            if found := _fits(events, [window_seconds], slack):
                return _lowest_first(found)
        if found := _fits(events, [WINDOW_SECONDS], slack, others=True):
            return _lowest_first(found)
    return []


def explain_either(
    by_requests: Sequence[Event], by_tokens: Sequence[Event] | None
) -> tuple[list[Explanation], bool, bool]:
    """Return what explains a log best, whether by tokens, and whether that is still open.

    Args:
        by_requests: The log, each call counted as one.
        by_tokens: The same by tokens, or None where calls do not differ in them.
    """
    requests = explain(by_requests)
    if by_tokens is None:
        return requests, False, False
    tokens = explain(by_tokens)
    if not requests or not tokens:
        return requests or tokens, not requests, False
    tokens_win = _rank(tokens) < _rank(requests)
    return tokens if tokens_win else requests, tokens_win, _rank(tokens) == _rank(requests)


def _rank(found: Sequence[Explanation]) -> tuple[float, bool]:
    return found[0].slack, found[0].others


def turn_to_be_seen(events: Sequence[Event], found: Sequence[Explanation]) -> float | None:
    """Return when a fixed window must have turned again, if only that can tell how long it is.

    A window that was seen to turn but once may be longer than the minute that it is taken for.

    Args:
        events: Calls in the order of time.
        found: What explains them.

    Returns:
        When the next call is to be made, or None where no longer window explains the log.
    """
    if not any(e.machine == "fixed" and e.window_seconds == WINDOW_SECONDS for e in found):
        return None
    if not any(windows.fixed(events, seconds) for seconds in LONG_WINDOWS_SECONDS):
        return None
    last = max((by for _, by in windows.turns(events)), default=None)
    return None if last is None else last + WINDOW_SECONDS


def likely(found: Sequence[Explanation], events: Sequence[Event]) -> list[Explanation]:
    """Leave out long windows that would have had to turn within the short time of a probe.

    A day turns in a certain five minutes once in 288 times: what opened again by then is counted by
    something shorter, where that explains the log too.

    Args:
        found: What explains the log.
        events: Calls in the order of time.
    """
    turned = next((by - events[0].seconds for _, by in windows.turns(events)), None)
    if turned is None:
        return list(found)
    kept = [e for e in found if turned >= TURN_RISK_RATIO * e.window_seconds]
    return kept or list(found)


def _lowest_first(found: Sequence[Explanation]) -> list[Explanation]:
    return sorted(found, key=lambda explanation: explanation.low_per_minute)


def _fits(
    events: Sequence[Event],
    windows_seconds: Sequence[float],
    slack: float = 0.0,
    *,
    others: bool = False,
) -> list[Explanation]:
    return [
        explanation
        for window_seconds in windows_seconds
        for explanation in _explanations(events, window_seconds, slack, others=others)
        if explanation.low > 0
    ]


def _explanations(
    events: Sequence[Event], window_seconds: float, slack: float, *, others: bool
) -> Iterator[Explanation]:
    spans: list[tuple[Machine, windows.Span | None]] = [
        ("fixed", windows.fixed(events, window_seconds, slack, others=others))
    ]
    by_counting: tuple[tuple[Machine, bool], ...] = (
        ("sliding", False),
        ("sliding_counting_rejected", True),
    )
    for machine, counts in by_counting:
        span = windows.sliding(events, window_seconds, slack, counts_rejected=counts, others=others)
        spans.append((machine, span))
    burst: float | None = None
    if not others and window_seconds == WINDOW_SECONDS:  # a bucket has no window of its own
        bucket = explain_as_bucket(events, window_seconds, slack_calls=25 * slack)
        if bucket is not None:
            *ends, burst = bucket
            spans.append(("bucket", (ends[0], ends[1])))
    for machine, span in spans:
        if span is not None:
            yield Explanation(
                machine=machine,
                low=span[0],
                high=span[1],
                burst=burst if machine == "bucket" else None,
                slack=slack,
                others=others,
                window_seconds=window_seconds,
            )
