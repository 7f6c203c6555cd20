"""What no explanation may do: leave the truth out, or put it below its own lowest reading."""

from __future__ import annotations

import random

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

from stresstune.api.estimate import Explanation, explain
from stresstune.api.event import Event
from tests.api.logs import WINDOWS, Quota, Spell, log_of, quotas, spells

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking these takes minutes
many = settings(max_examples=50, deadline=None, phases=QUICKLY)
few = settings(max_examples=40, deadline=None, phases=QUICKLY)
logs = st.lists(spells, min_size=1, max_size=6)


def met(events: list[Event]) -> list[Event]:
    """Only a log with a refusal, and with something admitted, says anything about a quota."""
    assume(any(not event.admitted for event in events))
    assume(any(event.admitted for event in events))
    return events


def of(machine: str, found: list[Explanation]) -> Explanation:
    (explanation,) = [one for one in found if one.machine == machine]
    return explanation


@many
@given(quotas(*WINDOWS), logs)
def test_a_window_is_always_explained_by_its_own_kind(quota: Quota, spells: list[Spell]) -> None:
    found = explain(met(log_of(quota.make(), spells)))
    own = of(quota.machine, found)
    assert own.slack == 0
    assert own.low <= quota.value <= own.high
    assert found[0].low <= quota.value


@many
@given(quotas("bucket"), logs)
@example(  # of even calls hardly any other rate is right
    Quota(machine="bucket", value=30, phase_seconds=0.0, burst_ratio=1 / 12),
    [Spell(0.4, 45, 1.060678216610513, until_refused=False)] * 2,
)
@example(  # the rates that fit lie in two places, and the lower one is narrow
    Quota(machine="bucket", value=46, phase_seconds=0.0, burst_ratio=1.0),
    [
        Spell(21.28124749841006, 26, 0.5, until_refused=False),
        Spell(59.06787813704859, 55, 0.9891047543529675, until_refused=True),
        Spell(9.151922965432655, 51, 0.11215727384228125, until_refused=False),
        Spell(2.5057618716973304, 12, 1.2176317509534462, until_refused=True),
        Spell(39.28997156084033, 29, 1.447989554481634, until_refused=False),
        Spell(9.151922965432655, 51, 0.11215727384228125, until_refused=False),
    ],
)
def test_the_lowest_reading_of_a_bucket_is_never_above_it(
    quota: Quota, spells: list[Spell]
) -> None:
    events = met(log_of(quota.make(), spells))
    refused = [place for place, event in enumerate(events) if not event.admitted]
    assume(sum(event.admitted for event in events[refused[0] : refused[-1]]) > 2)
    found = explain(events)
    assert not found or found[0].low <= quota.value * 1.03


@few
@given(quotas("fixed", "sliding"), logs, st.lists(st.floats(100, 400), min_size=3, max_size=9))
def test_tokens_are_explained_like_requests(
    quota: Quota, spells: list[Spell], weights: list[float]
) -> None:
    tokens = quota.value * 250
    found = explain(met(log_of(quota.make(weight=250), spells, weights)))
    own = of(quota.machine, found)
    assert own.low <= tokens + 1e-6
    assert tokens <= own.high + 1e-3
    assert found[0].low <= tokens + 1e-6


@pytest.mark.no_cover
@many
@given(quotas("fixed", "sliding"), logs, st.floats(0.1, 0.9))
def test_somebody_else_at_the_start_makes_no_reading_too_high(
    quota: Quota, spells: list[Spell], used: float
) -> None:
    limit = quota.make(used=used * quota.value)
    found = explain(met(log_of(limit, spells)))
    assert not found or found[0].low <= quota.value


@few
@given(st.sampled_from(WINDOWS), logs, st.floats(1.01, 1.06))
def test_calls_that_weigh_a_little_more_or_less_are_forgiven(
    machine: str, spells: list[Spell], more: float
) -> None:
    quota = Quota(machine, 40)
    found = explain(met(log_of(quota.make(), spells, [1.0, more, 2 - more])))
    assert not found or found[0].low <= 40 * 1.06 + 1


def test_a_bucket_that_flows_evenly_is_known_to_a_few_in_a_hundred() -> None:
    quota = Quota("bucket", 120)
    steady = [Spell(0.1, 60, 0.1, until_refused=True)]
    trials = [Spell(4.0, 20, 0.02, until_refused=True) for _ in range(18)]
    found = explain(log_of(quota.make(), steady + trials))
    bucket = of("bucket", found)
    assert 110 <= bucket.low <= 120 <= bucket.high <= 130
    assert bucket.burst == pytest.approx(20, abs=1)


def test_a_window_used_up_twice_is_known_to_the_call() -> None:
    twice = [Spell(0.1, 50, 0.1, until_refused=True), Spell(5, 1, 0.1, until_refused=True)]
    twice += [Spell(5, 1, 0.1, until_refused=True)] * 10 + [Spell(5, 50, 0.1, until_refused=True)]
    for machine in ("fixed", "sliding"):
        own = of(machine, explain(log_of(Quota(machine, 30, phase_seconds=21).make(), twice)))
        assert (own.low, own.high) == (30, 30)


def test_what_no_quota_explains_is_none() -> None:
    chance = random.Random(5)
    now, calls = 0.0, []
    for _ in range(300):
        now += chance.expovariate(3.0)
        calls.append(Event(seconds=now, admitted=chance.random() > 0.1))
    assert explain(calls) == []


def test_nothing_admitted_is_no_quota_of_any_size() -> None:
    calls = [Event(seconds=place * 5.0, admitted=False) for place in range(20)]
    assert explain(calls) == []


def test_a_first_refusal_alone_leaves_everything_open() -> None:
    calls = [Event(seconds=place / 10, admitted=place < 30) for place in range(31)]
    found = explain(calls)
    assert {one.machine for one in found} >= {"fixed", "sliding"}
    assert all(one.low <= 30 for one in found)


@pytest.mark.parametrize(("high", "middle"), [(40.0, 35.0), (float("inf"), 30.0)])
def test_the_middle_of_an_endless_interval_is_its_low_end(high: float, middle: float) -> None:
    assert Explanation(machine="bucket", low=30.0, high=high).middle == middle


@pytest.mark.no_cover
@settings(max_examples=8, deadline=None, phases=QUICKLY)
@given(st.integers(300, 900), st.floats(0, 60))
@example(600, 30.0)
def test_a_long_log_finds_the_turn_of_its_window(quota: int, phase: float) -> None:
    fill = [Spell(0.1, 1000, 0.05, until_refused=True)]
    spells = fill + [Spell(5.0, 1000, 0.05, until_refused=True) for _ in range(14)]
    found = explain(log_of(Quota("fixed", quota, phase_seconds=phase).make(), spells))
    own = of("fixed", found)
    assert own.low <= quota <= own.high
    assert found[0].low <= quota
