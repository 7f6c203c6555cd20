"""Seats of a fleet, shared out over its hosts: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Seats(NamedTuple):
    """What is shared out.

    Attributes:
        total: Sessions that are let in altogether, by memory and the API.
        from_api: The same by the API alone.
        rooms: What each host holds safely, bounds applied.
        absent: Hosts of which nothing is known.
        fewest: No host's number goes below it.
    """

    total: int
    from_api: int
    rooms: list[int]
    absent: int
    fewest: int


def share_out(total: int, rooms: Sequence[int | None]) -> list[int]:
    """Share seats out evenly, to none more than it has room for.

    Args:
        total: Seats.
        rooms: How many each can hold; None is unknown, and no bound.

    >>> share_out(30, [19, 6, 19]), share_out(10, [4, None]), share_out(100, [3, 4])
    ([12, 6, 12], [4, 6], [3, 4])
    """
    shares = [0] * len(rooms)
    left = total
    open_places = sorted(range(len(rooms)), key=lambda place: _as_room(rooms[place], total))
    for served, place in enumerate(open_places):
        # The smallest first: what it cannot take is left to those with more room.
        fair = left // (len(rooms) - served)
        shares[place] = min(fair, _as_room(rooms[place], total))
        left -= shares[place]
    return shares


def shared(asked: Seats) -> list[int]:
    """Share out what the API carries over all hosts, then what is let in over those that answer."""
    everybody = [*asked.rooms, *[None] * asked.absent]
    fair = _shared_from(asked.fewest, asked.from_api, everybody)[: len(asked.rooms)]
    return _shared_from(asked.fewest, min(asked.total, sum(fair)), fair)


def same(asked: Seats) -> int:
    """Return the largest number that is safe on every host, and for the API they share."""
    here, all_of_them = len(asked.rooms), len(asked.rooms) + asked.absent
    safe = min(*asked.rooms, asked.total // here, asked.from_api // all_of_them)
    return max(asked.fewest, safe)


def _shared_from(fewest: int, total: int, rooms: Sequence[int | None]) -> list[int]:
    """Give everybody the fewest, whatever that adds up to, and share out the rest."""
    above = [None if room is None else max(0, room - fewest) for room in rooms]
    return [fewest + more for more in share_out(max(0, total - fewest * len(rooms)), above)]


def _as_room(room: int | None, total: int) -> int:
    return total if room is None else room
