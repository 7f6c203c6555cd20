"""A fleet in a report: what each host holds, and what other numbers of replicas would carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from stresstune.model.fleet import FleetFound, HostCapacity, HostResult, HostSeats, ReplicaCount
from stresstune.report.fleet import ENDINGS
from stresstune.report.plain import BINDINGS, capital, pause, people, place_of
from stresstune.report.sheet import Grid, Part
from stresstune.units import format_bytes

_NUMBERS = re.compile(r"(\d+)")

HOSTS = ("host", "memory limit", "one person needs", "fit", "are safe", "are let in", "its file")
MOST_SHOWN = 8
"""Of more hosts than this the rest is folded away: what needs a look comes first."""

REPLICAS = ("replicas", "memory holds", "the API carries", "are let in", "pause", "what binds")


def hosts_of(found: FleetFound) -> Iterator[Part]:
    """Lay out every host: what it holds, and what became of its file."""
    rows = _Row(found)
    if len(found.seats) + len(found.missing) > MOST_SHOWN:
        yield from _of_many(found, rows)
        return
    cells = (*map(rows.cells, found.seats), *_missing(found))
    yield Part(lead=_in_short(found), grid=_grid(found, cells, "Hosts"))
    yield Part(
        heading="Why so many",
        items=tuple(f"{seats.name}: {seats.because}" for seats in found.seats if seats.because),
    )


def _of_many(found: FleetFound, rows: _Row) -> Iterator[Part]:
    """Show the hosts that need a look, then those that hold the least; fold all of them."""
    seats = sorted(found.seats, key=rows.rank)
    cells = (*_missing(found), *map(rows.cells, seats))
    lead = (
        f"{_in_short(found)} These {MOST_SHOWN} of {len(cells)} need a look, or hold the least; "
        f"{_least_and_most(found)}"
    )
    yield Part(lead=lead, grid=_grid(found, cells[:MOST_SHOWN], "Hosts"))
    whys = ("",) * len(found.missing) + tuple(one.because for one in seats)
    shown = _grid(found, cells, "All hosts")
    told = tuple((*row, why) for row, why in zip(shown.rows, whys, strict=True))
    fold = f"All {len(cells)} hosts, and why each lets in so many"
    yield Part(grid=replace(shown, header=(*shown.header, "why so many"), rows=told, fold=fold))


def _least_and_most(found: FleetFound) -> str:
    numbers = [one.sessions for one in found.seats if one.sessions is not None]
    if not numbers:
        return "of none is it known how many people it may let in."
    least, most = min(numbers), max(numbers)
    return f"each lets in {least}." if least == most else f"a host lets in {least} to {most}."


def _grid(found: FleetFound, rows: tuple[tuple[str, ...], ...], caption: str) -> Grid:
    """Leave the column of the files out where no file was written from here."""
    shown = len(HOSTS) if found.hosts else len(HOSTS) - 1
    return Grid(header=HOSTS[:shown], rows=tuple(row[:shown] for row in rows), caption=caption)


def replicas_of(found: FleetFound) -> Iterator[Part]:
    """Lay out what other numbers of hosts would carry, and what would bind."""
    if not found.replicas:
        return
    lead = "Memory is each host's own, and the API's quota is shared by all of them."
    if not all(row.measured for row in found.replicas):
        lead += " More hosts than were measured are marked with *: each like the smallest."
    rows = tuple(map(_replica_cells, _up_to_enough(found.replicas)))
    grid = Grid(header=REPLICAS, rows=rows, caption="What so many replicas would carry")
    yield Part(lead=lead, grid=grid)


def _up_to_enough(rows: tuple[ReplicaCount, ...]) -> Iterator[ReplicaCount]:
    """Leave out what is more than enough, unless it was measured."""
    was_enough = False
    for row in rows:
        if row.measured or not was_enough:
            yield row
        was_enough = row.carries_all


def _in_short(found: FleetFound) -> str:
    measured = [seats.sessions for seats in found.seats if seats.sessions is not None]
    hosts = "1 host lets" if len(measured) == 1 else f"{len(measured)} hosts let"
    words = f"{hosts} in {people(sum(measured))} altogether."
    if found.missing:
        words += f" {len(found.missing)} could not be asked, and nothing was written there."
    if found.same_sessions is not None:
        words += f" One number that is safe on each of them would be {found.same_sessions}."
    return words


class _Row:
    """Brings together what is known of a host in three places."""

    def __init__(self, found: FleetFound) -> None:
        hosts = found.capacity.hosts if found.capacity is not None else ()
        self._hosts: dict[str, HostCapacity] = {host.id: host for host in hosts}
        self._files: dict[str, HostResult] = {host.id: host for host in found.hosts}

    def cells(self, seats: HostSeats) -> tuple[str, ...]:
        host = self._hosts.get(seats.id)
        return (seats.name, *_memory(host), _number(seats.sessions), self._file(seats))

    def rank(self, seats: HostSeats) -> tuple[bool, int, list[str | int]]:
        """Give a host its place: what went wrong, then who holds the least, then by name."""
        result = self._files.get(seats.id)
        is_well = seats.sessions is not None and not (result and result.error)
        by_number = [int(part) if part.isdecimal() else part for part in _NUMBERS.split(seats.name)]
        return is_well, seats.safe_sessions or 0, by_number

    def _file(self, seats: HostSeats) -> str:
        result = self._files.get(seats.id)
        if result is None:
            return ""
        words = ENDINGS[result.outcome]
        return f"{words} ({result.error})" if result.error else words


def _memory(host: HostCapacity | None) -> tuple[str, str, str, str]:
    memory = host.memory if host is not None else None
    if memory is None:
        return ("not measured", "", "", "")
    limit, each = memory.limit_bytes, memory.bytes_per_session
    return (
        f"{format_bytes(limit)} ({place_of(memory.limit_source)})" if limit else "not known",
        format_bytes(each) if each is not None else "not known",
        _number(memory.sessions_that_fit),
        _number(memory.safe_sessions if memory.sessions_that_fit is not None else None),
    )


def _missing(found: FleetFound) -> Iterator[tuple[str, ...]]:
    for host in found.missing:
        yield (host.name, f"not measured: {host.reason}", "", "", "", "", ENDINGS["left_alone"])


def _replica_cells(row: ReplicaCount) -> tuple[str, ...]:
    delay = row.slow_mode_delay_seconds
    return (
        f"{row.replicas}{'' if row.measured else ' *'}",
        str(row.memory_sessions),
        _number(row.api_sessions),
        f"{row.sessions}{' (all)' if row.carries_all else ''}",
        "none" if delay is None else pause(delay),
        capital(BINDINGS.get(row.binding, row.binding)) if row.binding else "Nothing",
    )


def _number(value: int | None) -> str:
    return "not known" if value is None else str(value)
