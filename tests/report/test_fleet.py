from __future__ import annotations

from stresstune.model.fleet import (
    FleetCapacity,
    FleetFound,
    HostCapacity,
    HostResult,
    HostSeats,
    MissingHost,
    ReplicaCount,
)
from stresstune.report.fleet import render_fleet, render_hosts
from tests.policy.evidence import memory_of, memory_that_fits

SEATS = HostSeats(id="a", name="app-1", sessions=10, safe_sessions=19, because="19 are safe.")
LEFT = HostSeats(id="b", name="app-2", sessions=None, because="it was full")
ROW = ReplicaCount(
    replicas=2,
    memory_sessions=38,
    api_sessions=None,
    sessions=30,
    slow_mode_delay_seconds=1.5,
    binding="memory",
    carries_all=True,
    measured=False,
)


def test_each_host_has_its_number_and_a_missing_one_its_reason() -> None:
    missing = MissingHost(name="app-3", reason="it does not answer")
    shown = render_fleet(FleetFound(seats=(SEATS, LEFT), missing=(missing,), same_sessions=9))
    assert "app-1  19    10" in shown
    assert "inconclusive: it was full" in shown
    assert "missing: it does not answer" in shown
    assert "One number for all hosts: 9." in shown


def test_the_table_of_replicas_marks_what_was_not_measured() -> None:
    shown = render_fleet(FleetFound(seats=(), replicas=(ROW,)))
    assert "2*        38      ?    30 (all)  1.5        memory" in shown
    assert "more hosts than were measured" in shown


def test_what_became_of_each_file_is_told() -> None:
    hosts = (
        HostResult(name="app-1", outcome="written", sessions=10, path="a.toml", backup_id=3),
        HostResult(name="app-2", outcome="left_alone", error="it was full"),
        HostResult(name="app-3", outcome="failed", sessions=4, path="a.toml", error="read-only"),
    )
    shown = render_fleet(FleetFound(seats=(), hosts=hosts))
    assert "a.toml: written, change 3 in its journal" in shown
    assert "left alone (it was full)" in shown
    assert "a.toml: FAILED (read-only)" in shown


def test_missing_hosts_are_named_where_nothing_else_is_known() -> None:
    shown = render_fleet(FleetFound(seats=(), missing=(MissingHost(name="a", reason="gone"),)))
    assert "- a: gone" in shown


def test_what_is_known_of_each_host_is_listed_before_it_is_judged() -> None:
    hosts = (
        HostCapacity(id="a", name="app-1", memory=memory_that_fits(20)),
        HostCapacity(id="b", name="app-2"),
        HostCapacity(id="c", name="app-3", memory=memory_of(None)),
    )
    missing = (MissingHost(name="app-4", reason="it fell silent"),)
    shown = render_hosts(FleetCapacity(hosts=hosts, api=None, missing=missing))
    assert "app-1: 20 sessions fit in 1.02 GB" in shown
    assert "app-2: its memory was not measured" in shown
    assert "app-3: how many sessions fit could not be told" in shown
    assert "app-4 is missing: it fell silent" in shown
