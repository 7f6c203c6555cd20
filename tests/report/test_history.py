from __future__ import annotations

from stresstune.model.change import Change
from stresstune.model.journal import HistoryEntry
from stresstune.report.history import render_history

CHANGE = Change(key="MAX", old=30, new=15, because="15 fit")


def entry(**changes: object) -> HistoryEntry:
    fields = {
        "id": 1,
        "at": "2026-11-23T09:37:01+00:00",
        "kind": "apply",
        "state": "done",
        "changes": (CHANGE,),
        "tier": "critical",
    }
    return HistoryEntry(**{**fields, **changes})


def test_a_change_has_its_number_time_tier_and_values() -> None:
    lines = render_history([entry(simulated=True, run_id=4)]).splitlines()
    assert lines[0].split("  ")[0] == "change"
    assert lines[2].split() == [
        *("1", "2026-11-23", "09:37", "apply", "4", "critical", "(simulated)"),
        *("MAX", "30", "->", "15"),
    ]


def test_what_was_taken_back_or_never_ended_says_so() -> None:
    text = render_history(
        [
            entry(in_force=False),
            entry(id=2, kind="rollback", tier=None, in_force=False),
            entry(id=3, state="undone", note="interrupted", in_force=False),
        ],
        width=200,
    )
    assert "MAX 30 -> 15; (taken back)" in text.splitlines()[2]
    assert "(taken back)" not in text.splitlines()[3]
    assert "apply (undone)" in text.splitlines()[4]
    assert "(interrupted)" in text.splitlines()[4]
    assert "(taken back)" not in text.splitlines()[4]  # it was never there


def test_an_empty_journal_says_so() -> None:
    assert render_history([]) == "Nothing was changed yet."
