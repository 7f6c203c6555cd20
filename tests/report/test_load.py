from __future__ import annotations

from stresstune.model.load import GeneratorHealth, Latency, LoadResult, LoadStep
from stresstune.report.load import render_load


def result(**changes: object) -> LoadResult:
    fields = {
        "kind": "burst",
        "duration_seconds": 3.25,
        "total": 30,
        "successful": 18,
        "failed": 12,
        "rejected": 10,
        "errors": {"503 UNAVAILABLE": 2, "429 RESOURCE_EXHAUSTED": 10},
        "latency": Latency(count=18, average_seconds=1.5, p50_seconds=1.4, p99_seconds=2.9),
        "offered_per_second": 9.2,
        "throughput_per_second": 5.5,
        "concurrent": 30,
        "tier": "critical",
        "recommendation": "Set MAX_CONCURRENT_SESSIONS to 15.",
    }
    return LoadResult(**{**fields, **changes})


def test_a_burst_has_counts_with_percentages_errors_by_type_and_quantiles() -> None:
    text = render_load(result())
    for words in (
        "Duration:           3.2 s",
        "Total requests:     30",
        "Successful:         18 (60 %)",
        "Failed:             12 (40 %)",
        "Rate-limit errors:  10 (33 %)",
        "Actual rate:        9.2 calls/s sent, 5.5 calls/s answered",
        "  10 (33 %)  429 RESOURCE_EXHAUSTED\n  2 (6.7 %)  503 UNAVAILABLE",
        "average  min   max   p50    p95   p99",
        "1.5 s    0 ms  0 ms  1.4 s  0 ms  2.9 s",
        "Tier:               critical",
        "Recommendation:\n- Set MAX_CONCURRENT_SESSIONS to 15.",
    ):
        assert words in text
    assert "Breaking point" not in text


def test_a_ramp_has_its_steps_and_its_breaking_point() -> None:
    steps = (
        LoadStep(concurrent=5, succeeded=5, rejected=0, failed=0),
        LoadStep(concurrent=10, succeeded=8, rejected=2, failed=0),
    )
    text = render_load(result(kind="ramp", steps=steps, breaking_point=10, last_good=5))
    assert "Breaking point:     10 at once (5 held)" in text
    assert "at once  successful  rate-limited" in text
    assert "no level held" in render_load(result(kind="ramp", breaking_point=5))
    assert "none found" in render_load(result(kind="ramp"))


def test_a_run_that_the_generator_spoiled_says_so() -> None:
    text = render_load(result(health=GeneratorHealth(ok=False, reason="calls started late")))
    assert "Not to be believed: calls started late." in text


def test_nothing_measured_prints_no_empty_tables() -> None:
    text = render_load(
        result(
            total=0,
            successful=0,
            failed=0,
            rejected=0,
            errors={},
            latency=Latency(),
            recommendation="",
        )
    )
    assert "Response times" not in text
    assert "Errors" not in text
    assert "Recommendation" not in text
