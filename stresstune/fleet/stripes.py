"""Who makes the next call: pure."""

from __future__ import annotations

from collections.abc import Sequence

CALLERS_AT_MOST = 16
"""Hosts that make calls, of however many there are: a machine makes hundreds of calls a second,
and a probe never more than 200, so that more of them would cost messages and tell nothing."""


def next_caller(under_way: Sequence[int | None], last: int) -> int | None:
    """Choose the host with the fewest calls under way; among equals, whoever's turn it is.

    Args:
        under_way: Calls under way by host; None is a host that is lost.
        last: Who made the last call; -1 if nobody did.

    Returns:
        The place of the host, or None where all are lost.

    >>> next_caller([1, 0, 0], last=1), next_caller([0, None, 0], last=0), next_caller([None], 0)
    (2, 2, None)
    """
    count = len(under_way)
    turn = [(last + 1 + step) % count for step in range(count)]
    there = [(calls, step) for step, at in enumerate(turn) if (calls := under_way[at]) is not None]
    return turn[min(there)[1]] if there else None


def choose_callers(hosts: Sequence[str], at_most: int = CALLERS_AT_MOST) -> list[str]:
    """Choose the hosts that make calls, spread over all of them.

    >>> choose_callers(["a", "b", "c", "d"], at_most=2)
    ['a', 'c']
    """
    if len(hosts) <= at_most:
        return list(hosts)
    return [hosts[place * len(hosts) // at_most] for place in range(at_most)]
