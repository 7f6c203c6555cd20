from __future__ import annotations

from msgspec.structs import replace

from stresstune.report.compose import compose
from stresstune.report.hosts import hosts_of, replicas_of
from tests.report import dossiers
from tests.report.drawn_fleet import fleet_of

FOUND = dossiers.FLEET


def test_each_host_has_its_memory_its_number_and_what_became_of_its_file() -> None:
    table, why = hosts_of(FOUND)
    assert table.grid is not None
    first, full, silent = table.grid.rows
    assert first[0] == "app-1"
    assert first[1].startswith("1.02 GB")
    assert first[3:] == ("20", "16", "10", "written")
    assert full[3:] == ("not known", "not known", "not known", "left alone (it was full)")
    assert silent[:2] == ("app-3", "not measured: it does not answer")
    assert silent[-1] == "left alone"
    assert table.lead == (
        "1 host lets in 10 people altogether. 1 could not be asked, and nothing was written there. "
        "One number that is safe on each of them would be 9."
    )
    assert why.items[0] == "app-1: 10 is its part."


def test_of_many_hosts_those_that_need_a_look_come_first_and_the_rest_is_folded() -> None:
    fleet = fleet_of(48).run.evidence.fleet
    assert fleet is not None
    shown, folded = hosts_of(fleet)
    assert shown.grid is not None
    assert folded.grid is not None
    names = [row[0] for row in shown.grid.rows]
    assert names == ["web-48", "web-47", "web-1", "web-4", "web-7", "web-10", "web-13", "web-16"]
    assert "These 8 of 48 need a look, or hold the least; a host lets in 6 to 12." in shown.lead
    assert folded.grid.fold == "All 48 hosts, and why each lets in so many"
    assert len(folded.grid.rows) == 48
    assert folded.grid.rows[2][-1] == "9 sessions are safe in the memory of web-1."
    alike = replace(fleet, seats=tuple(replace(one, sessions=6) for one in fleet.seats))
    assert "each lets in 6." in next(hosts_of(alike)).lead
    unknown = replace(fleet, seats=tuple(replace(one, sessions=None) for one in fleet.seats))
    assert "of none is it known" in next(hosts_of(unknown)).lead


def test_each_number_of_replicas_says_what_binds() -> None:
    (part,) = replicas_of(FOUND)
    assert part.grid is not None
    assert part.grid.rows == (
        ("1", "16", "12", "12", "1.5 s", "The API's quota of requests a minute"),
        ("2 *", "32", "not known", "30 (all)", "none", "Nothing"),
    )
    assert "marked with *" in part.lead
    more = [replace(FOUND.replicas[-1], replicas=number) for number in (3, 4)]
    (part,) = replicas_of(replace(FOUND, replicas=(*FOUND.replicas, *more)))
    assert part.grid is not None
    assert len(part.grid.rows) == 2  # more than enough is no news
    assert not list(replicas_of(replace(FOUND, replicas=())))


def test_a_report_of_a_fleet_tells_of_hosts_and_replicas_and_of_no_file_here() -> None:
    sheet = compose(dossiers.of_a_fleet())
    assert sheet.subtitle == "workshop.toml on 2 hosts, run 4, measured 2026-11-24 19:30 UTC"
    assert sheet.section("hosts") is not None
    assert sheet.section("replicas") is not None
    assert sheet.section("changes") is None


def test_a_host_tells_of_the_fleet_and_of_its_own_file() -> None:
    fleet = replace(FOUND, hosts=())
    evidence = replace(dossiers.evidence_of(dossiers.memory(), dossiers.enough()), fleet=fleet)
    sheet = compose(dossiers.dossier_of(evidence))
    assert sheet.section("changes") is not None
    (table, _) = hosts_of(fleet)
    assert table.grid is not None
    assert table.grid.header[-1] == "are let in"
    assert all(len(row) == len(table.grid.header) for row in table.grid.rows)
