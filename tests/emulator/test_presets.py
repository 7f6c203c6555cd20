from __future__ import annotations

import pytest

from stresstune.emulator.presets import PROFILES


def test_the_presets_are_known_by_their_names():
    assert list(PROFILES) == ["free", "tier1", "tier2", "flaky", "overloaded"]
    assert all(profile.name == name for name, profile in PROFILES.items())


def test_the_free_tier_has_10_a_minute_and_250_a_day():
    quotas = PROFILES["free"].quotas_for("gemini-2.5-flash")
    assert quotas.requests_per_minute == 10
    assert quotas.tokens_per_minute == 250_000
    assert quotas.requests_per_day == 250


def test_the_free_tier_draws_no_pictures():
    for model in ("gemini-2.5-flash-image", "gemini-3-pro-image-preview"):
        assert PROFILES["free"].quotas_for(model).requests_per_minute == 0


@pytest.mark.parametrize("name", list(PROFILES))
def test_any_gemini_model_is_known_and_no_other(name):
    assert PROFILES[name].quotas_for("gemini-9-flash") is not None
    assert PROFILES[name].quotas_for("gpt-9") is None


def test_a_higher_tier_never_has_less():
    tiers = [PROFILES[name] for name in ("free", "tier1", "tier2")]
    for model in ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-flash-image", "gemini-9"):
        minutes = [tier.quotas_for(model).requests_per_minute for tier in tiers]
        assert minutes == sorted(minutes)
