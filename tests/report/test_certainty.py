from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.change import Origin
from stresstune.report.certainty import certainty, doubts, unmeasured
from tests.report import dossiers


def rows(dossier) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in certainty(dossier.run.evidence).rows}


def test_every_number_says_how_it_is_known() -> None:
    found = rows(dossiers.of_quota())
    assert found["Memory of one person"] == ("78.0 MB", "measured", "77.0 MB to 79.0 MB")
    assert found["Memory limit"][1] == "stated: the container: cgroup v2 /app"
    assert found["People that fit in memory"] == ("50", "reckoned from the line", "50 to 51")
    assert found["Requests per minute"][1].startswith("stated by the service: a 429 named")
    assert found["Response time, average"] == (
        "1.5 s",
        "measured on 150 answers; 95 % within 2.4 s",
        "1.4 s to 1.6 s",
    )


def test_lower_bounds_are_told_as_such() -> None:
    found = rows(dossiers.of_all_well())
    assert found["Pace that was proved"] == (
        "900 calls a minute",
        "at least this; it may be more",
        "900 or more",
    )
    assert found["Crowd that was proved"][0] == "60 calls at the same time"


def test_a_crash_that_was_reached_is_found_and_not_reckoned() -> None:
    crashed = dossiers.memory(stopped_by="killed")
    dossier = dossiers.dossier_of(dossiers.evidence_of(crashed, None))
    assert rows(dossier)["People that fit in memory"][1] == "found at the crash"
    assert not any("The crash itself" in gap for gap in unmeasured(dossier))


def test_a_classic_test_is_counted() -> None:
    found = rows(dossiers.of_a_burst())
    assert found["Calls of the burst"][0] == "27 of 30 calls answered, 3 refused"
    assert found["First refusal"] == ("30 at once", "measured", "between none and 30")


def test_what_was_not_measured_is_named() -> None:
    said = "\n".join(unmeasured(dossiers.of_quota()))
    assert "The app's own sessions" in said
    assert "The crash itself: 4 sessions were really held" in said
    assert "The quota of the day" in said
    assert "Who else uses the same API project" in said
    assert "The real API" not in said


def test_a_simulated_api_was_not_the_real_one() -> None:
    assert "The real API: an emulator stood in for it." in unmeasured(dossiers.of_practice())


def test_a_burst_says_nothing_about_a_quota() -> None:
    assert any("a burst lasts seconds" in gap for gap in unmeasured(dossiers.of_a_burst()))


def test_sides_that_were_not_asked_about_are_named() -> None:
    nothing = dossiers.dossier_of(dossiers.evidence_of(None, None))
    said = unmeasured(nothing)
    assert "Memory: it was not asked about." in said
    assert "The API: it was not asked about." in said


def test_numbers_of_an_earlier_run_are_told_as_those() -> None:
    found = dossiers.of_quota()
    origin = Origin(run_id=2, at="2026-11-20T08:00:00+00:00")
    evidence = replace(found.run.evidence, carried={"api": origin, "memory": origin})
    said = unmeasured(replace(found, run=replace(found.run, evidence=evidence)))
    assert said[0] == (
        "The API was not measured anew: its numbers are those of run 2 of 2026-11-20."
    )
    assert said[1].startswith("Memory was not measured anew")


def test_an_old_journal_without_calls_and_samples_says_what_is_missing() -> None:
    bare = dossiers.evidence_of(
        dossiers.memory(samples=(), guard_bytes=None),
        dossiers.api(dossiers.RPM_150, attempts=()),
    )
    said = "\n".join(unmeasured(dossiers.dossier_of(bare)))
    assert "The single calls are not in the journal" in said
    assert "The single sessions are not in the journal" in said


def test_doubts_are_what_the_probes_say_of_themselves() -> None:
    said = doubts(dossiers.of_nothing_known().run.evidence)
    assert "API: the machine was busy." in said
    assert "The load generator was itself the limit: calls started up to 2.1 s late." in said
    failed = dossiers.memory(error="boom", notes=("sizes vary",))
    said = doubts(dossiers.evidence_of(failed, None))
    assert said == ("Memory: sizes vary.", "Memory: the session source failed: boom.")


def test_an_interval_that_cannot_be_told_is_not_told() -> None:
    unknown = dossiers.memory(bytes_per_session=None)
    found = rows(dossiers.dossier_of(dossiers.evidence_of(unknown, None)))
    assert found["People that fit in memory"][2] == "not known"
