from __future__ import annotations

import pytest

from stresstune.api.classic import aburst
from stresstune.api.meaning import meanings
from stresstune.api.probe import aprobe_api
from stresstune.emulator.bodies import billing_body
from stresstune.load.quota import read_quotas
from stresstune.model.load import QuotaStatement
from stresstune.testing import FixedWindow, SimulatedRefusal, SimulatedService
from tests import virtual_time


def stated(**fields: object) -> QuotaStatement:
    return QuotaStatement(**{"quota": "requests", "window_seconds": 60, **fields})


@pytest.mark.parametrize(
    ("billing", "words"),
    [
        ("prepaid_empty", "no money left: its prepaid credits are used up"),
        ("spend_cap", "its spending cap of the month is reached"),
        ("spend_limit", "spends faster than its tier allows"),
    ],
)
def test_an_empty_purse_means_that_nobody_is_answered(billing, words):
    (said,) = meanings(read_quotas(billing_body(billing)))
    assert words in said


def test_a_limit_of_0_means_that_the_model_is_not_to_be_had():
    (said,) = meanings([stated(value=0, model="gemini-x"), stated(value=0, model="gemini-x")])
    assert said.startswith("The model gemini-x has a limit of 0 requests with this key")
    assert "today or any other day" in said


def test_a_day_that_is_used_up_ends_at_midnight():
    (said,) = meanings([stated(value=250, window_seconds=86_400), stated(value=10)])
    assert said.startswith("The daily quota of 250 requests is used up: 0 are left")
    assert "midnight" in said


def test_what_a_minute_mends_means_nothing_for_the_day():
    quotas = [stated(value=10), QuotaStatement(quota="unknown", retry_delay_seconds=20)]
    assert meanings(quotas) == ()


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (SimulatedService(rate=FixedWindow(0), stated=True), "has a limit of 0 requests"),
        (SimulatedService(per_day=3, stated=True), "daily quota of 3 requests is used up"),
    ],
)
def test_a_probe_that_is_refused_for_good_says_what_it_means(service, words):
    found = virtual_time.run(aprobe_api, service)
    assert words in found.notes[0]
    assert found.rejected <= 2


def test_a_probe_of_a_project_that_cannot_pay_says_so_and_not_merely_the_status():
    async def unpaid() -> None:
        refusal = SimulatedRefusal(429, "RESOURCE_EXHAUSTED", [])
        refusal.details["error"]["message"] = "Your prepayment credits are depleted."
        raise refusal

    found = virtual_time.run(aprobe_api, unpaid)
    assert (found.outcome, found.requests_sent) == ("inconclusive", 1)
    (said,) = found.notes
    assert "no money left" in said


def test_a_burst_into_a_day_that_is_used_up_advises_nothing_that_would_not_help():
    found = virtual_time.run(aburst, SimulatedService(per_day=2, stated=True), 5)
    assert found.rejected == 3
    assert "daily quota of 2 requests is used up" in found.recommendation
    assert "slow mode" not in found.recommendation
