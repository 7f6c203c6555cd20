from __future__ import annotations

from stresstune.model.change import Change, Kept
from stresstune.report.changes import render_changes, render_kept


def test_a_change_has_its_key_both_values_and_its_reason() -> None:
    changes = [
        Change(key="MAX_CONCURRENT_SESSIONS", old=30, new=15, because="15 fit."),
        Change(key="slow_mode.default", old=None, new=True),
    ]
    assert render_changes(changes).splitlines() == [
        "- MAX_CONCURRENT_SESSIONS: 30 -> 15, because 15 fit.",
        "- slow_mode.default: (not there) -> true",
    ]


def test_a_value_that_stays_says_why() -> None:
    kept = Kept(key="MAX", value=20, recommended=21, clamp="small_raise", because="too little")
    assert render_kept([kept]) == "- MAX stays 20: too little."
