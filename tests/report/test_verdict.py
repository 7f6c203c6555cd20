from __future__ import annotations

from stresstune.model.verdict import Finding, Reason, Recommendation
from stresstune.report.verdict import render_findings, render_recommendation


def test_findings_are_a_table() -> None:
    finding = Finding(subject="memory", tier="good", statement="60 sessions fit.", sessions=60)
    assert render_findings((finding,)).splitlines()[2] == "memory  good  60 sessions fit."
    assert render_findings(()) == "Nothing was measured."


def test_a_recommendation_has_values_reasons_and_what_to_say() -> None:
    text = render_recommendation(
        Recommendation(
            max_concurrent_sessions=15,
            slow_mode_default=False,
            slow_mode_delay_seconds=None,
            tier="concerning",
            reasons=(Reason(knob="max_concurrent_sessions", because="15 fit.", clamp="a cap"),),
            announce=("Work in pairs: 15 pairs.",),
            lift=("A larger machine.",),
        )
    )
    assert "sessions at the same time  15     15 fit (a cap)." in text
    assert "start in slow mode         false" in text
    assert "pause" not in text
    assert "Tell the room:\n- Work in pairs: 15 pairs." in text
    assert "What would lift the limit:\n- A larger machine." in text


def test_nothing_recommended_is_nothing_printed() -> None:
    empty = Recommendation(
        max_concurrent_sessions=None,
        slow_mode_default=None,
        slow_mode_delay_seconds=None,
        tier="inconclusive",
    )
    assert render_recommendation(empty) == ""
