"""Services by name. Presets, not truth: Google no longer publishes the numbers by model.

Sources: third-party tables, the last public table of the documentation (autumn 2025) and 429s
that people pasted into issues between September 2025 and July 2026. A later free tier was seen
with 5 requests a minute and 20 a day.
"""

from __future__ import annotations

from stresstune.emulator.limits import Pace, Quotas
from stresstune.emulator.profile import Errors, Faults, Profile


def _quotas(per_minute: int, tokens: int, per_day: int | None, bucket: str = "") -> Quotas:
    return Quotas(
        requests_per_minute=per_minute,
        tokens_per_minute=tokens,
        requests_per_day=per_day,
        bucket=bucket,
    )


_FREE = {
    "gemini-*image*": _quotas(0, 0, 0),
    "gemini-2.5-flash": _quotas(10, 250_000, 250),
    "gemini-2.5-flash-lite": _quotas(15, 250_000, 1_000),
    "gemini-2.5-pro": _quotas(5, 250_000, 100),
    "gemini-flash-latest": _quotas(10, 250_000, 250, bucket="gemini-3-flash"),
    "gemini-*": _quotas(10, 250_000, 250),
}

_TIER_1 = {
    "gemini-2.5-flash-image": _quotas(500, 500_000, 2_000, bucket="gemini-2.5-flash-preview-image"),
    "gemini-*image*": _quotas(500, 500_000, 2_000),
    "gemini-2.5-flash": _quotas(1_000, 1_000_000, 10_000),
    "gemini-2.5-flash-lite": _quotas(4_000, 4_000_000, None),
    "gemini-2.5-pro": _quotas(150, 2_000_000, 10_000),
    "gemini-flash-latest": _quotas(1_000, 1_000_000, 10_000, bucket="gemini-3-flash"),
    "gemini-*": _quotas(1_000, 1_000_000, 10_000),
}

_TIER_2 = {
    "gemini-2.5-flash-image": _quotas(
        2_000, 1_500_000, 50_000, bucket="gemini-2.5-flash-preview-image"
    ),
    "gemini-*image*": _quotas(2_000, 1_500_000, 50_000),
    "gemini-2.5-flash": _quotas(2_000, 3_000_000, 100_000),
    "gemini-2.5-flash-lite": _quotas(10_000, 10_000_000, None),
    "gemini-2.5-pro": _quotas(1_000, 5_000_000, 50_000),
    "gemini-flash-latest": _quotas(2_000, 3_000_000, 100_000, bucket="gemini-3-flash"),
    "gemini-*": _quotas(2_000, 3_000_000, 100_000),
}

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(name="free", models=_FREE, errors=Errors(tier="FreeTier")),
        Profile(name="tier1", models=_TIER_1, errors=Errors(tier="PaidTier")),
        Profile(name="tier2", models=_TIER_2, errors=Errors(tier="PaidTier2")),
        Profile(
            name="flaky",
            models=_TIER_1,
            pace=Pace(median_seconds=2.0, sigma=0.8),
            errors=Errors(tier="PaidTier", overload_ratio=0.02, internal_ratio=0.01),
            faults=Faults(reset=0.01, half_body=0.005, garbage=0.005, empty=0.005, blocked=0.005),
        ),
        Profile(
            name="overloaded",
            models=_TIER_1,
            pace=Pace(median_seconds=4.0, sigma=0.6),
            errors=Errors(tier="PaidTier", overload_ratio=0.5),
        ),
    )
}
"""The services that ``--simulate=NAME`` knows: ``free`` (10 requests a minute and 250 a day),
``tier1`` (1,000 a minute), ``tier2`` (2,000 a minute), ``flaky`` (tier 1 on a bad network),
``overloaded`` (tier 1 at an hour at which every other call meets a 503)."""
