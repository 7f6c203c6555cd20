from __future__ import annotations

import pytest
from msgspec.structs import replace

from stresstune.model.api import Limit
from stresstune.report.answer import headline, held_safely, let_in, tiles
from tests.report import dossiers
from tests.report.drawn_fleet import fleet_of


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("memory", "Memory holds 25 of the 30 people that are wanted."),
        ("all-well", "All 30 people can work at the same time, at full pace."),
        ("nothing-known", "It could not be told how many people the app carries."),
        ("random-failures", "The API fails so often that nobody can work without errors."),
        ("burst", "The API refused calls when many came at once."),
    ],
)
def test_the_headline_says_how_it_stands(kind, said) -> None:
    assert headline(dossiers.ALL[kind]()) == said


def test_an_app_that_refuses_sessions_binds_itself() -> None:
    memory = replace(
        dossiers.memory(8_000_000_000),
        stopped_by="error",
        error="answered 503",
        refused="overloaded",
        held_sessions=15,
    )
    dossier = dossiers.dossier_of(dossiers.evidence_of(memory, dossiers.enough()))
    assert headline(dossier) == "Memory holds all 30 people, but the app itself took fewer."
    assert tiles(dossier)[1].value == "The app itself"


def test_a_pause_that_saves_all_is_in_the_headline() -> None:
    assert headline(dossiers.of_quota()) == (
        "At full pace the API carries 7 of the 30 people that are wanted; with a pause of 10.5 s "
        "it carries all of them."
    )


def test_a_pause_that_does_not_save_all_says_how_many_it_carries() -> None:
    tight = replace(dossiers.RPM_150, value=30, low=30, high=30)
    found = dossiers.evidence_of(dossiers.memory(8_000_000_000), dossiers.api(tight))
    assert headline(dossiers.dossier_of(found)).endswith("with a pause of 15 s it carries 6.")


def test_memory_that_holds_fewer_than_the_pause_would_carry_is_in_the_headline() -> None:
    found = dossiers.evidence_of(dossiers.memory(), dossiers.api(dossiers.RPM_150))
    assert headline(dossiers.dossier_of(found)).endswith(
        "with a pause of 10.5 s it carries all of them, but memory holds only 20 safely."
    )


def test_of_many_hosts_the_memory_and_the_people_are_those_of_all_together() -> None:
    fleet = fleet_of(4).run.evidence.fleet
    assert fleet is not None
    evidence = dossiers.evidence_of(dossiers.memory(), dossiers.api(dossiers.RPM_150))
    one = dossiers.dossier_of(replace(evidence, fleet=replace(fleet, hosts=())))
    own = replace(one, in_force={**one.in_force, "max_concurrent_sessions": 9})
    same = replace(one, in_force={**one.in_force, "max_concurrent_sessions": 6})
    assert [held_safely(own), let_in(own), let_in(same)] == [9 + 15 + 21, 6 + 9 + 12, 3 * 6]
    assert "memory holds" not in headline(own)
    told = tiles(own)[2]
    assert told.value.startswith("9 people at a time")
    assert told.note.endswith("This is one host's number; 3 hosts let in 27 people.")
    assert tiles(fleet_of(4))[2].label == "What was set"


def test_without_slow_mode_the_headline_names_no_pause() -> None:
    found = dossiers.evidence_of(dossiers.memory(8_000_000_000), dossiers.api(dossiers.RPM_150))
    dossier = dossiers.dossier_of(found, in_force={"slow_mode_default": False})
    assert headline(dossier).endswith("that are wanted.")


def test_memory_that_is_nearly_full_is_little_room_to_spare() -> None:
    found = dossiers.evidence_of(dossiers.memory(2_900_000_000), dossiers.enough())
    words = headline(dossiers.dossier_of(found))
    assert words == "All 30 people fit in memory, but not with room to spare."
    roomier = dossiers.evidence_of(dossiers.memory(3_020_000_000), dossiers.enough())
    assert headline(dossiers.dossier_of(roomier)) == (
        "All 30 people fit, but with little room to spare."
    )


def test_the_tiles_say_tier_binding_and_what_was_set() -> None:
    said = [(tile.label, tile.value, tile.note) for tile in tiles(dossiers.of_quota())]
    assert said == [
        ("How it stands", "Critical", "Without a change it breaks in front of the room."),
        ("What binds", "The API's quota of requests a minute", "150 requests a minute."),
        ("What was set", "30 people at a time, 10.5 s pause", "Slow Mode is on from the start."),
    ]


def test_what_was_not_written_is_told_as_it_is() -> None:
    well = dossiers.of_all_well()
    already = tiles(replace(well, entry=None))[2]
    assert (already.label, already.note) == (
        "What is set",
        "The config said so already. Slow Mode is off at the start.",
    )
    assert well.entry is not None
    back = tiles(replace(well, entry=replace(well.entry, in_force=False)))[2]
    assert back.note.startswith("It was taken back later.")
    undone = tiles(replace(well, entry=replace(well.entry, state="undone")))[2]
    assert undone.label == "What was recommended"
    assert tiles(dossiers.of_nothing_known())[2].note == "Nothing was touched."


def test_a_limit_without_a_number_is_left_to_the_findings() -> None:
    dossier = dossiers.of_a_burst()
    assert [tile.note for tile in tiles(dossier)][1] == "See the findings below."


def test_no_memory_at_all_is_told_without_a_number() -> None:
    daily = Limit(kind="requests_per_day", value=20, low=20, high=20, provenance="stated")
    found = dossiers.evidence_of(None, dossiers.api(daily))
    assert "carries 0 of the 30 people" in headline(dossiers.dossier_of(found))
