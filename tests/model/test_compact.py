from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stresstune.model.compact import MAX_KEPT, compact, thin
from tests.report import dossiers


def test_a_run_within_the_default_budget_is_kept_as_it_is() -> None:
    found = dossiers.evidence_of(dossiers.memory(), dossiers.enough())
    assert compact(found) is found
    nothing = dossiers.evidence_of(None, None)
    assert compact(nothing) is nothing


def test_of_a_large_run_every_second_call_is_kept_and_it_is_said() -> None:
    api = dossiers.api(dossiers.RPM_150, attempts=dossiers.calls(9000), requests_sent=9000)
    found = dossiers.evidence_of(None, api)
    kept = compact(found).verdict.api
    assert kept is not None
    assert len(kept.attempts) == 4501
    assert kept.requests_sent == 9000
    assert kept.notes == (
        "the journal keeps every second call, so that pictures show that share of them",
    )
    assert compact(found).recommendation == found.recommendation


def test_of_very_many_sessions_the_first_and_the_last_are_kept() -> None:
    samples = dossiers.memory().samples
    many = tuple(samples[n % 5] for n in range(60_000))
    kept = compact(dossiers.evidence_of(dossiers.memory(samples=many), None)).verdict.memory
    assert kept is not None
    assert len(kept.samples) <= MAX_KEPT
    assert (kept.samples[0], kept.samples[-1]) == (many[0], many[-1])
    assert "every 13th session" in kept.notes[-1]


@given(count=st.integers(1, 400), most=st.integers(2, 50))
def test_thinning_keeps_the_ends_and_the_order(count, most) -> None:
    kept, step = thin(range(count), most)
    assert len(kept) <= most
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert list(kept) == sorted(set(kept))
    assert (step == 1) == (count <= most)
