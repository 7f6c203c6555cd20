"""Sizes that come again in the same order: then what comes next is known, and need not be drawn."""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.memory.steps import Increment

_SAME_RATIO = 0.02
"""Sizes are the same where they differ by less than this share of the largest."""

_LEAST_TIMES = 3
_LEAST_REPEATED = 12
"""Of two sizes, of which one is drawn four times in five, so many are in the order of those before
by chance one time in a hundred."""


def next_in_order(seen: Sequence[Increment]) -> Sequence[Increment]:
    """Give those that come next, if sizes come again in the same order; () where they do not.

    >>> def step(number, size):
    ...     return Increment(count=1, middle=number, bytes_each=size, transient_bytes=0)
    >>> sizes = [8, 8, 32] * 6
    >>> [each.bytes_each for each in next_in_order([step(*each) for each in enumerate(sizes)])]
    [8, 8, 32]
    """
    most = min(len(seen) // _LEAST_TIMES, len(seen) - _LEAST_REPEATED)
    period = next((each for each in range(1, most + 1) if _comes_again(seen, each)), 0)
    ordered = seen[-period:] if period > 1 else ()  # what comes again after one is equal
    return ordered if sum(each.bytes_each for each in ordered) > 0 else ()


def _comes_again(seen: Sequence[Increment], period: int) -> bool:
    slack = _SAME_RATIO * max(each.bytes_each for each in seen)
    return all(
        before.count == now.count and abs(before.bytes_each - now.bytes_each) <= slack
        for before, now in zip(seen, seen[period:], strict=False)
    )
