from __future__ import annotations

import random

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from stresstune.api.bucket import explain_as_bucket
from stresstune.api.event import Event
from tests.api.logs import Quota, Spell, log_of, quotas, spells


@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(quotas("bucket"), st.lists(spells, min_size=2, max_size=5))
def test_a_bucket_of_requests_holds_its_truth(quota: Quota, spells: list[Spell]) -> None:
    events = log_of(quota.make(), spells)
    refused = [place for place, event in enumerate(events) if not event.admitted]
    assume(refused)
    assume(sum(event.admitted for event in events[refused[0] : refused[-1]]) > 2)
    found = explain_as_bucket(events, 60.0)
    assert found is None or found[0] <= quota.value * 1.03


@pytest.mark.parametrize("ratio", [1 / 12, 1 / 6, 1 / 4, 1.0])
@pytest.mark.parametrize("value", [30, 120, 600])
def test_bursts_with_rests_between_tell_rate_and_size(value: int, ratio: float) -> None:
    rest = min(20.0, 30.0 * ratio)
    bursts = [Spell(0.1, 2000, 0.03, until_refused=True)]
    bursts += [Spell(rest, 2000, 0.03, until_refused=True)] * 12
    low, high, size = explain_as_bucket(log_of(Quota("bucket", value, 0, ratio).make(), bursts), 60)
    assert low <= value * 1.005
    assert high >= value * 0.995
    assert size <= value * ratio + 1


def test_a_single_refusal_tells_no_rate() -> None:
    calls = [Event(seconds=place / 10, admitted=place < 9) for place in range(10)]
    assert explain_as_bucket(calls, 60.0) is None


def test_a_window_that_shuts_for_a_while_is_no_bucket() -> None:
    twice = [Spell(0.1, 90, 0.05, until_refused=True)]
    twice += [Spell(5.0, 1, 0.05, until_refused=True)] * 11
    twice += [Spell(5.0, 90, 0.05, until_refused=True)]
    assert explain_as_bucket(log_of(Quota("fixed", 60, 31.0).make(), twice), 60.0) is None


def test_an_inexact_bucket_is_forgiven_a_little_and_no_more() -> None:
    bursts = [Spell(0.1, 100, 0.03, until_refused=True)]
    bursts += [Spell(4.0, 100, 0.03, until_refused=True)] * 12
    log = log_of(Quota("bucket", 120).make(), bursts)
    refused = [place for place, event in enumerate(log) if not event.admitted]
    log[refused[3]] = Event(seconds=log[refused[3]].seconds, admitted=True)
    assert explain_as_bucket(log, 60.0, slack_calls=1.5) is not None


def test_refusals_at_random_are_not_those_of_a_small_bucket_that_is_inexact() -> None:
    chance = random.Random(1)
    found = []
    for _ in range(40):
        times = sorted(0.47 * place + chance.uniform(-0.2, 0.2) for place in range(200))
        log = [Event(seconds=time, admitted=chance.random() > 0.02) for time in times]
        if sum(not event.admitted for event in log) > 2:
            found.append(explain_as_bucket(log, 60.0, slack_calls=0.5))
    assert len(found) > 9
    assert not any(found)
