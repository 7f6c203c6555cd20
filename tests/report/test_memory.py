from __future__ import annotations

import pytest

from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Estimate
from stresstune.report.memory import render_memory
from tests.policy.evidence import memory_of

MB = 10**6


def capacity(**changes: object) -> MemoryCapacity:
    fields = {
        "mode": "fill",
        "source": "simulated",
        "held_sessions": 24,
        "sessions_that_fit": 24,
        "safe_sessions": 19,
        "bytes_per_session": Estimate(78.3 * MB, 78.1 * MB, 78.6 * MB),
        "baseline_bytes": 60 * MB,
        "limit_bytes": 2000 * MB,
        "limit_source": "--limit",
        "headroom_ratio": 0.2,
        "stopped_by": "guard",
        "session_data_bytes": 1879 * MB,
        "process_bytes": 1939 * MB,
        "seconds": 2.5,
    }
    return MemoryCapacity(**{**fields, **changes})


def test_the_summary_has_the_classic_lines() -> None:
    text = render_memory(capacity(), sessions=30, width=200)
    for words in (
        "Sessions created:      24/30 (simulated)",
        "Total session data:    1.88 GB",
        "Final process memory:  1.94 GB",
        "Overhead:              60.0 MB",
        "Memory per session:    78.3 MB (78.1 MB to 78.6 MB)",
        "Memory limit:          2.00 GB (--limit); 60.0 MB in use before the first session",
        "Sessions that fit:     24 (extrapolated)",
        "Safe limit:            19 (less 20 % headroom)",
        "Ended after:           2.5 s, the guard stopped it before the limit was reached",
    ):
        assert words in text


def test_more_sessions_than_were_asked_for_are_none_of_them() -> None:
    text = render_memory(capacity(held_sessions=33), sessions=10)
    assert "Sessions created:      33 (10 wanted; simulated)\n" in text


def test_a_limit_in_powers_of_two_is_printed_in_them() -> None:
    assert "512 MiB" in render_memory(capacity(limit_bytes=512 * 2**20), sessions=30)


def test_a_crash_point_that_was_reached_is_called_found() -> None:
    assert "24 (found)" in render_memory(capacity(stopped_by="memory_error"), sessions=30)


def test_a_lower_bound_is_called_one() -> None:
    tiny = Estimate(28.0, 0.0, 28.0)
    text = render_memory(capacity(at_least=True, bytes_per_session=tiny), sessions=30)
    assert "at least 24" in text
    assert "less than 28 B" in text
    assert "extrapolated" not in text


def test_before_there_is_a_process_its_memory_is_not_0_bytes() -> None:
    text = render_memory(
        capacity(process_bytes=0, baseline_bytes=0, session_data_bytes=0), sessions=30
    )
    assert "Final process memory:  unknown" in text
    assert "0 B in use" not in text


def test_what_is_unknown_is_called_unknown() -> None:
    text = render_memory(
        capacity(
            sessions_that_fit=None,
            safe_sessions=None,
            bytes_per_session=None,
            limit_bytes=None,
            limit_source="unknown: /proc cannot be read",
            stopped_by="error",
            error="ImportError: no module named app",
        ),
        sessions=30,
    )
    assert "Sessions that fit:     unknown" in text
    assert "Safe limit:            unknown" in text
    assert "Memory per session:    unknown" in text
    assert "unknown: /proc cannot be read" in text
    assert "the session source failed: ImportError: no module named app" in " ".join(text.split())


def test_a_prediction_does_not_claim_that_every_session_was_opened() -> None:
    text = render_memory(capacity(mode="predict", stopped_by="target"), sessions=30, width=200)
    assert "enough sessions were opened to reckon with" in text
    text = render_memory(capacity(mode="fill", stopped_by="target"), sessions=30, width=200)
    assert "every session asked for was opened" in text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("", "its time was up"),
        ("the time for the probe is used up", "the time for the probe is used up"),
        ("the app did nothing for 15 s", "the app did nothing for 15 s"),
    ],
)
def test_that_time_was_up_is_said_once(error: str, said: str) -> None:
    text = render_memory(capacity(stopped_by="time", error=error), sessions=30, width=200)
    assert f"Ended after:           2.5 s, {said}\n" in f"{text}\n"


def test_notes_and_advice_are_shown_and_the_moment_beyond_a_session_too() -> None:
    text = render_memory(
        capacity(transient_bytes=9 * MB, notes=("Swap is on.",), advice=("Set this.",)), sessions=30
    )
    assert "- Swap is on." in text
    assert "Advice:\n- Set this." in text
    assert "9.00 MB more for a" in text


def test_of_a_factory_the_session_data_is_unknown_not_nothing() -> None:
    text = render_memory(memory_of(source="factory app:open", session_data_bytes=0), sessions=30)
    assert "Total session data:    unknown" in text
    assert "Overhead" not in text
