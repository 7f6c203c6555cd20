from __future__ import annotations

import json

import pytest

from stresstune.emulator import bodies


@pytest.mark.parametrize("billing", ["prepaid_empty", "spend_cap", "spend_limit"])
def test_who_cannot_pay_meets_a_429_without_a_quota(billing):
    error = json.loads(bodies.billing_body(billing))["error"]
    assert error["code"] == 429
    assert "details" not in error


def test_an_overload_has_two_wordings():
    said = {json.loads(bodies.overloaded_body(chance))["error"]["message"] for chance in (0.1, 0.9)}
    assert len(said) == 2
    assert any("overloaded" in message for message in said)
    assert any("high demand" in message for message in said)


def test_a_suspended_key_is_echoed_as_the_real_api_does():
    assert b"api_key:AIza-secret" in bodies.suspended_key_body("AIza-secret")
