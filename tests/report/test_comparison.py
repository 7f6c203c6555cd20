from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.journal import Run
from stresstune.model.workload import Workload
from stresstune.report.comparison import compare
from tests.report import dossiers

LARGE, SMALL = 8_000_000_000, 4_000_000_000


def run_of(evidence, number: int) -> Run:
    return Run(id=number, at="2026-11-20T08:00:00+00:00", evidence=evidence)


def test_only_what_differs_is_listed() -> None:
    before = dossiers.evidence_of(dossiers.memory(LARGE), dossiers.enough())
    after = dossiers.evidence_of(dossiers.memory(SMALL), dossiers.enough())
    part = compare(run_of(after, 4), run_of(before, 3))
    assert part.grid is not None
    assert part.grid.rows == (
        ("memory limit", "8.00 GB", "4.00 GB"),
        ("people that fit in memory", "101", "50"),
    )
    assert part.lead.startswith("Compared with run 3 of 2026-11-20 08:00 UTC, 2 things changed")


def test_the_same_again_is_nothing_that_matters() -> None:
    same = dossiers.evidence_of(dossiers.memory(LARGE), dossiers.enough())
    part = compare(run_of(same, 4), run_of(same, 3))
    assert part.grid is None
    assert "nothing that matters has changed" in part.lead


def test_noise_of_a_measurement_is_no_change() -> None:
    before = dossiers.evidence_of(dossiers.memory(LARGE), dossiers.enough())
    noisy = dossiers.memory(LARGE, bytes_per_session=78_400_000)
    latency = replace(dossiers.LATENCY, average_seconds=1.55)
    after = dossiers.evidence_of(noisy, dossiers.enough(latency=latency))
    assert compare(run_of(after, 4), run_of(before, 3)).grid is None


def test_tier_quota_key_model_and_place_are_compared() -> None:
    before = dossiers.evidence_of(dossiers.memory(LARGE), None)
    after = dossiers.evidence_of(
        dossiers.memory(LARGE), dossiers.api(dossiers.RPM_150), simulated=True
    )
    place = replace(after.fingerprint, key_fingerprint="k2", model="another", cpu_quota=None)
    part = compare(run_of(replace(after, fingerprint=place), 4), run_of(before, 3))
    assert part.grid is not None
    rows = {row[0]: row[1:] for row in part.grid.rows}
    assert rows["tier"] == ("Good", "Critical")
    assert rows["limits of the API"] == ("not measured", "150 requests a minute")
    assert rows["API key"] == ("the one before", "another one")
    assert rows["model"] == ("gemini-2.5-flash", "another")
    assert rows["processors"] == ("2", "unknown")
    assert rows["API"] == ("real", "simulated")


def test_another_workload_is_another_question() -> None:
    before = dossiers.evidence_of(dossiers.memory(LARGE), None)
    more = dossiers.evidence_of(dossiers.memory(LARGE), None, workload=Workload(sessions=20))
    other = dossiers.evidence_of(dossiers.memory(LARGE), None, workload=Workload(think_seconds=5))
    first = compare(run_of(more, 4), run_of(before, 3)).grid
    second = compare(run_of(other, 4), run_of(before, 3)).grid
    assert first is not None
    assert ("people wanted", "30", "20") in first.rows
    assert second is not None
    assert ("the rest of the workload", "as it was", "changed") in second.rows
