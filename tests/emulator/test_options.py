from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.emulator.options import OPTIONS, parse_profile, tailor
from stresstune.emulator.presets import PROFILES
from stresstune.errors import UsageError


def test_a_name_alone_is_that_preset():
    assert parse_profile("tier2") is PROFILES["tier2"]
    assert parse_profile() is PROFILES["free"]


def test_options_alone_start_from_a_service_without_limits():
    profile = parse_profile("rpm=60")
    assert [(limit.kind, limit.value) for limit in profile.truth()] == [("requests_per_minute", 60)]
    assert profile.quotas_for("whatever") is not None


def test_options_after_a_name_change_that_preset():
    profile = parse_profile("tier1, latency=5, refusal=bare, reset=0.1, time-scale=10")
    assert profile.pace.median_seconds == 5
    assert profile.errors.refusal == "bare"
    assert profile.errors.tier == "PaidTier"
    assert profile.faults.reset == 0.1
    assert profile.time_scale == 10
    assert profile.models == PROFILES["tier1"].models
    assert profile.name == "tier1 (tailored)"


def test_quotas_are_changed_for_every_model():
    profile = parse_profile("free,rpm=7,rejected_count=true")
    assert {quotas.requests_per_minute for quotas in profile.models.values()} == {7}
    assert all(quotas.rejected_count for quotas in profile.models.values())
    assert profile.quotas_for("gemini-2.5-flash").requests_per_day == 250


def test_keywords_do_the_same_as_text():
    assert tailor("free", rpm=7, window="sliding") == parse_profile("free,rpm=7,window=sliding")


def test_keywords_that_are_none_leave_things_as_they_are():
    assert tailor("free", rpm=None, latency=None, model=None) is PROFILES["free"]
    assert tailor(PROFILES["tier1"]) is PROFILES["tier1"]


def test_a_named_model_is_the_only_one():
    profile = tailor("free", model="gemini-2.5-pro")
    assert profile.quotas_for("gemini-2.5-pro").requests_per_minute == 5
    assert profile.quotas_for("gemini-2.5-flash") is None
    assert tailor("free", model="my-model").quotas_for("my-model").requests_per_minute == 10
    assert tailor(model="my-model").quotas_for("my-model").requests_per_minute is None


def test_keys_may_have_projects():
    assert tailor(keys="one").keys == {"one": "project"}
    assert tailor(keys=["one", "two@other"]).keys == {"one": "project", "two": "other"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tier9", r"no profile 'tier9': they are free, tier1"),
        ("rmp=60", r"'rmp' is no option of a profile: they are rpm"),
        ("rpm=many", r"rpm=many is not possible"),
        ("rpm=-5", r"rpm=-5 is not possible"),
        ("window=rolling", r"window=rolling is not possible"),
        ("free,rpm", r"'rpm' in the profile 'free,rpm' is no option: write it NAME=VALUE"),
        ("reset=0.7,hang=0.7", r"the shares of all faults are at most 1"),
        ("time_scale=0", r"time_scale=0 is not possible"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(text, said):
    with pytest.raises(UsageError, match=said):
        parse_profile(text)


@given(st.text(max_size=40))
def test_any_text_is_a_profile_or_a_usage_error(text):
    with suppress(UsageError):
        assert parse_profile(text).to_json()


def test_each_option_is_listed_once():
    assert len(set(OPTIONS)) == len(OPTIONS)


def test_a_word_where_a_number_belongs_is_told_in_words() -> None:
    with pytest.raises(UsageError, match="rpm=abc is not possible: it must be a whole number"):
        parse_profile("rpm=abc")
