"""What a window may not do: leave the truth out."""

from __future__ import annotations

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

from stresstune.api import windows
from stresstune.api.event import Event
from tests.api.logs import Quota, Spell, log_of, quotas, spells


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(quotas("fixed"), st.lists(spells, min_size=1, max_size=6))
@example(
    Quota(machine="fixed", value=59, phase_seconds=50.3121464168855, burst_ratio=1 / 6),
    [
        Spell(63.46449914517043, 23, 0.8383111049472264, until_refused=True),
        Spell(33.453970438210945, 51, 1.4103135684918746, until_refused=False),
        Spell(1.5, 51, 1.000056056097492, until_refused=True),
        Spell(1.5, 51, 1.000056056097492, until_refused=True),
        Spell(54.75269301033007, 47, 0.18481632932193445, until_refused=False),
        Spell(2.00001, 59, 1.0468503264223101, until_refused=True),
    ],
)
def test_a_fixed_window_holds_its_quota_whenever_it_turns(
    quota: Quota, spells: list[Spell]
) -> None:
    events = log_of(quota.make(), spells)
    assume(any(not event.admitted for event in events))
    assume(any(event.admitted for event in events))
    found = windows.fixed(events, 60.0)
    assert found is not None
    assert found[0] <= quota.value <= found[1]


def test_a_log_without_a_refusal_bounds_nothing() -> None:
    calls = [Event(seconds=place, admitted=True) for place in range(9)]
    assert windows.fixed(calls, 60.0) is None
    assert windows.sliding(calls, 60.0) is None


def test_what_is_admitted_again_within_the_window_is_another_window() -> None:
    calls = [Event(seconds=place, admitted=place != 5) for place in range(9)]
    assert windows.sliding(calls, 60.0) is None
    assert windows.sliding([*calls[:6], Event(seconds=61, admitted=True)], 60.0) == (5.0, 5.0)


@pytest.mark.parametrize("others", [True, False])
def test_a_first_window_may_have_been_used_by_somebody_else(others: bool) -> None:
    half = [Event(seconds=place / 10, admitted=place < 15) for place in range(16)]
    shut = [Event(seconds=place * 5.0, admitted=False) for place in range(1, 12)]
    whole = [Event(seconds=58 + place / 100, admitted=place < 30) for place in range(31)]
    found = windows.fixed([*half, *shut, *whole], 60.0, others=others)
    assert found == ((23.0, 30.0) if others else None)  # it may have turned amid the last calls
