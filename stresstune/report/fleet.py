"""A fleet as text: each host's number, and what other numbers of replicas would carry."""

from __future__ import annotations

from stresstune.model.fleet import (
    FleetCapacity,
    FleetFound,
    HostCapacity,
    HostResult,
    HostSeats,
    ReplicaCount,
)
from stresstune.report.table import sentences, table
from stresstune.units import format_bytes

ENDINGS = {
    "written": "written",
    "unchanged": "nothing to change",
    "planned": "not written",
    "left_alone": "left alone",
    "failed": "FAILED",
}


def render_fleet(found: FleetFound, *, width: int = 80) -> str:
    """Lay out what was found of a fleet."""
    parts = []
    if found.seats:
        rows = [_seat_row(seats) for seats in found.seats]
        rows += [[host.name, "-", "-", f"missing: {host.reason}"] for host in found.missing]
        parts.append(table(rows, header=["host", "safe", "lets in", "because"], width=width))
    elif found.missing:
        parts.append("Missing:\n" + sentences([str(host) for host in found.missing], width=width))
    if found.same_sessions is not None:
        parts.append(f"One number for all hosts: {found.same_sessions}.")
    if found.replicas:
        parts.append(_replica_table(found.replicas, width))
    if found.hosts:
        rows = [_host_row(host) for host in found.hosts]
        parts.append(table(rows, header=["host", "sessions", "file"], width=width))
    return "\n\n".join(parts)


def render_hosts(fleet: FleetCapacity, *, width: int = 80) -> str:
    """List what is known of each host, before anything is judged."""
    lines = [f"{host.name}: {_fit(host)}" for host in fleet.hosts]
    lines += [f"{host.name} is missing: {host.reason}" for host in fleet.missing]
    return sentences(lines, width=width)


def _fit(host: HostCapacity) -> str:
    memory = host.memory
    if memory is None:
        return "its memory was not measured"
    if memory.sessions_that_fit is None:
        return f"how many sessions fit could not be told ({memory.error or memory.limit_source})"
    return f"{memory.sessions_that_fit} sessions fit in {format_bytes(memory.limit_bytes or 0)}"


def _seat_row(seats: HostSeats) -> list[str]:
    if seats.sessions is None:
        return [seats.name, "?", "-", f"inconclusive: {seats.because}"]
    return [seats.name, str(seats.safe_sessions), str(seats.sessions), seats.because]


def _replica_table(rows: tuple[ReplicaCount, ...], width: int) -> str:
    header = ["replicas", "memory", "API", "let in", "pause (s)", "binds"]
    cells = [
        [
            f"{row.replicas}{'' if row.measured else '*'}",
            str(row.memory_sessions),
            "?" if row.api_sessions is None else str(row.api_sessions),
            f"{row.sessions}{' (all)' if row.carries_all else ''}",
            "-" if row.slow_mode_delay_seconds is None else f"{row.slow_mode_delay_seconds:g}",
            row.binding or "nothing",
        ]
        for row in rows
    ]
    shown = "What other numbers of replicas would carry:\n" + table(
        cells, header=header, width=width
    )
    if any(not row.measured for row in rows):
        shown += "\n* more hosts than were measured; each further one like the smallest"
    return shown


def _host_row(host: HostResult) -> list[str]:
    words = ENDINGS[host.outcome]
    if host.path and host.outcome != "left_alone":
        words = f"{host.path}: {words}"
    if host.backup_id is not None:
        words += f", change {host.backup_id} in its journal"
    if host.error:
        words += f" ({host.error})"
    return [host.name, "-" if host.sessions is None else str(host.sessions), words]
