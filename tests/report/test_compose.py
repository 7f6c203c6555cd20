from __future__ import annotations

import pytest
from msgspec.structs import replace

from stresstune.report.compose import charts_of, compose
from tests.report import dossiers


@pytest.mark.parametrize("kind", sorted(dossiers.ALL))
def test_the_same_dossier_gives_the_same_sheet_also_after_a_journey_as_json(kind) -> None:
    dossier = dossiers.ALL[kind]()
    again = type(dossier).from_json(dossier.to_json())
    assert compose(again) == compose(dossier)


def test_a_full_run_has_every_section_and_four_pictures() -> None:
    sheet = compose(dossiers.of_quota())
    assert [section.id for section in sheet.sections] == [
        *("pace", "say", "lift", "findings", "numbers", "changes", "sure", "gaps", "since"),
    ]
    assert [chart.id for chart in charts_of(sheet)] == ["pace", "memory", "calls", "latency"]


def test_what_is_empty_is_left_out() -> None:
    sheet = compose(dossiers.of_all_well())
    assert sheet.section("say") is None
    assert sheet.section("since") is None
    assert (
        compose(dossiers.dossier_of(dossiers.evidence_of(None, None))).section("findings") is None
    )


def test_a_simulated_run_is_marked_before_everything_else() -> None:
    assert "This is practice, not proof." in compose(dossiers.of_practice()).warnings[0]
    assert compose(dossiers.of_quota()).warnings == ()


def test_how_a_change_ended_is_told() -> None:
    dossier = dossiers.of_memory()
    assert dossier.entry is not None

    def told(**changes) -> str:
        entry = replace(dossier.entry, **changes)
        section = compose(replace(dossier, entry=entry)).section("changes")
        assert section is not None
        return section.parts[0].lead

    assert told() == "Change 7. `stresstune rollback --to 7` takes it back."
    assert told(in_force=False).endswith("has been taken back since.")
    assert told(state="undone", note="Interrupted.").startswith("The change was not completed")


def test_no_change_says_why() -> None:
    unchanged = compose(replace(dossiers.of_memory(), entry=None, diff="")).section("changes")
    untold = compose(dossiers.of_nothing_known()).section("changes")
    assert unchanged is not None
    assert unchanged.parts[0].lead == "Nothing: the config said the right thing already."
    assert untold is not None
    assert untold.parts[0].lead == "Nothing: nothing could be told."


def test_an_inconclusive_run_chooses_no_point() -> None:
    for chart in charts_of(compose(dossiers.of_nothing_known())):
        assert not [layer for layer in chart.layers if layer.is_big]


def test_what_could_not_be_told_stands_at_the_top_where_the_other_half_was() -> None:
    unknown = dossiers.api(outcome="inconclusive")
    half = dossiers.dossier_of(dossiers.evidence_of(dossiers.memory(), unknown))
    assert compose(half).tier == "concerning"
    assert compose(half).warnings == (
        "What the API carries could not be told: all of this rests on memory alone.",
    )
    other = dossiers.dossier_of(
        dossiers.evidence_of(dossiers.memory(None), dossiers.api(dossiers.RPM_150))
    )
    assert "What memory holds could not be told" in compose(other).warnings[0]
    assert compose(dossiers.of_nothing_known()).warnings == ()
    assert compose(dossiers.of_memory()).warnings == ()
