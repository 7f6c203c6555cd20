from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.policy import Policy
from stresstune.report.reckoning import reckonings
from tests.report import dossiers


def steps(dossier, place: int = 0) -> str:
    return "\n".join(reckonings(dossier)[place].steps)


def test_the_number_of_people_is_reckoned_from_memory_step_by_step() -> None:
    assert reckonings(dossiers.of_memory())[0].heading == "People let in at the same time: 20"
    said = steps(dossiers.of_memory())
    assert "30 people are wanted." in said
    assert "Memory ends at 2.00 GB (the container: cgroup v2 /app)." in said
    assert "1.95 GB / 78.0 MB = 25.0, so 25 fit." in said
    assert "20 % is left unused on purpose: 20 are safe." in said


def test_the_pause_is_reckoned_from_the_quota() -> None:
    parts = {part.heading: part.steps for part in reckonings(dossiers.of_quota())}
    assert "Slow Mode at the start: on" in parts
    assert "10.5 s pause + 2 s to look" in parts["Slow Mode's pause: 10.5 s"][0]
    assert "The service allows 150 requests a minute (stated by the service)." in steps(
        dossiers.of_quota()
    )


def test_what_was_merely_proved_is_told_as_that() -> None:
    assert (
        "The service answered 900 calls a minute and 60 at the same time without a refusal: "
        "enough for all of them" in steps(dossiers.of_all_well())
    )


def test_measured_limits_are_told_with_their_interval() -> None:
    assert "3 answers a second (measured, 2.9 to 3.1)" in steps(dossiers.of_queue())


def test_a_cap_that_was_active_is_named() -> None:
    found = dossiers.evidence_of(dossiers.memory(1_620_000_000), dossiers.enough())
    assert "At most half of 30 while no more than 67 % of them fit." in steps(
        dossiers.dossier_of(found)
    )


def test_a_bound_is_named() -> None:
    found = dossiers.evidence_of(dossiers.memory(), dossiers.enough(), policy=Policy(max=7))
    assert "20 became 7 (policy.max is 7)." in steps(dossiers.dossier_of(found))


def test_a_value_that_was_held_back_is_told_beside_what_came_out() -> None:
    held = replace(dossiers.of_memory(), in_force={"max_concurrent_sessions": 12})
    assert "The config says 12, though 20 came out" in steps(held)


def test_memory_that_could_not_be_reckoned_says_why() -> None:
    found = dossiers.evidence_of(dossiers.memory(None), dossiers.api(dossiers.RPM_150))
    assert "Memory could not be reckoned: the limit is unknown: /proc cannot be read." in steps(
        dossiers.dossier_of(found)
    )


def test_what_a_session_needs_for_a_moment_is_in_the_sum() -> None:
    moment = dossiers.memory(transient_bytes=100_000_000)
    assert "and 100 MB for a moment: 1.85 GB is left." in steps(
        dossiers.dossier_of(dossiers.evidence_of(moment, dossiers.enough()))
    )


def test_random_failures_have_no_pace() -> None:
    assert "between two calls" not in steps(dossiers.of_random_failures())


def test_what_is_needed_for_a_moment_is_told_only_where_it_counts() -> None:
    def said(transient_bytes: int) -> str:
        found = dossiers.memory(transient_bytes=transient_bytes)
        return steps(dossiers.dossier_of(dossiers.evidence_of(found, dossiers.enough())))

    assert "and 10.0 MB for a moment" in said(10 * dossiers.MB)
    assert "for a moment" not in said(128)
