from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.emulator import rejections
from stresstune.emulator.admission import Exceeded
from stresstune.emulator.profile import Errors

MINUTE = Exceeded(kind="requests_per_minute", value=10, wait_seconds=45.837906927)
DAY = Exceeded(kind="requests_per_day", value=250, wait_seconds=40_000.0)
TOKENS = Exceeded(kind="tokens_per_minute", value=3_000_000, wait_seconds=12.5)


def rejection(*exceeded: Exceeded, chance: float = 0.5, **errors):
    body = rejections.rejection_body(
        Errors(**errors), exceeded, model="gemini-2.5-flash", chance=chance
    )
    return json.loads(body)


def detail(body, kind):
    (found,) = [each for each in body["error"]["details"] if each["@type"].endswith(kind)]
    return found


def test_a_429_states_quota_help_and_delay_as_the_real_one_does():
    body = rejection(MINUTE)
    assert body["error"]["code"] == 429
    assert body["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert detail(body, "google.rpc.QuotaFailure")["violations"] == [
        {
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
            "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"},
            "quotaValue": "10",
        }
    ]
    assert detail(body, "google.rpc.RetryInfo")["retryDelay"] == "45s"
    assert detail(body, "google.rpc.Help")["links"][0]["url"].startswith("https://ai.google.dev")
    assert body["error"]["message"].endswith(
        "\n* Quota exceeded for metric: generativelanguage.googleapis.com/"
        "generate_content_free_tier_requests, limit: 10, model: gemini-2.5-flash"
        "\nPlease retry in 45.837906927s."
    )


def test_every_exceeded_quota_is_a_violation():
    body = rejection(MINUTE, DAY, TOKENS)
    ids = [each["quotaId"] for each in detail(body, "QuotaFailure")["violations"]]
    assert ids == [
        "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "GenerateContentInputTokensPerModelPerMinute-FreeTier",
    ]
    assert body["error"]["message"].count("* Quota exceeded for metric") == 3


def test_of_several_quotas_the_longest_wait_is_told():
    for exceeded in ((TOKENS, MINUTE), (MINUTE, TOKENS)):
        assert detail(rejection(*exceeded), "RetryInfo")["retryDelay"] == "45s"


def test_a_limit_of_zero_has_no_quota_value_but_is_in_the_message():
    body = rejection(Exceeded(kind="requests_per_minute", value=0, wait_seconds=8.0))
    (violation,) = detail(body, "QuotaFailure")["violations"]
    assert "quotaValue" not in violation
    assert "limit: 0," in body["error"]["message"]


def test_a_daily_quota_comes_with_the_delay_of_a_minute():
    delay = detail(rejection(DAY), "RetryInfo")["retryDelay"]
    assert 23 <= int(delay.rstrip("s")) < 60


@pytest.mark.parametrize(
    ("style", "said"), [("floor", "45s"), ("ceil", "46s"), ("exact", "45.837906927s")]
)
def test_the_delay_is_said_in_the_style_of_the_profile(style, said):
    assert detail(rejection(MINUTE, delays=style), "RetryInfo")["retryDelay"] == said


def test_a_lying_delay_depends_on_chance_alone():
    told = [rejection(MINUTE, delays="lying", chance=chance) for chance in (0.1, 0.9)]
    assert [detail(body, "RetryInfo")["retryDelay"] for body in told] == ["6s", "54s"]


def test_where_delays_are_kept_back_neither_message_nor_details_have_one():
    body = rejection(MINUTE, delays="none")
    assert "RetryInfo" not in json.dumps(body)
    assert "retry in" not in body["error"]["message"]


def test_a_bare_429_has_no_details():
    assert rejection(MINUTE, refusal="bare")["error"] == {
        "code": 429,
        "message": "Resource has been exhausted (e.g. check quota).",
        "status": "RESOURCE_EXHAUSTED",
    }


def test_vertex_speaks_of_shared_capacity():
    error = rejection(MINUTE, refusal="vertex")["error"]
    assert error["message"].startswith("Resource exhausted. Please try again later.")
    assert "details" not in error


@pytest.mark.parametrize(
    ("exceeded", "limit", "window"),
    [
        (MINUTE, "GenerateContentRequestsPerMinutePerProjectPerRegion", "minute"),
        (DAY, "GenerateRequestsPerDayPerProjectPerModel", "day"),
    ],
)
def test_the_older_form_has_the_value_in_the_metadata(exceeded, limit, window):
    body = rejection(exceeded, refusal="error_info")
    metadata = detail(body, "ErrorInfo")["metadata"]
    assert metadata["quota_limit_value"] == str(exceeded.value)
    assert metadata["quota_limit"] == limit
    assert f"requests per {window}'" in body["error"]["message"]


def test_a_wrapped_429_is_a_list_of_one():
    (body,) = rejection(MINUTE, refusal="wrapped")
    assert body == rejection(MINUTE)


def test_a_broken_429_is_no_json():
    with pytest.raises(json.JSONDecodeError):
        rejection(MINUTE, refusal="broken")


def test_paid_tiers_have_their_own_names():
    names = [
        each["quotaId"]
        for each in detail(rejection(MINUTE, TOKENS, tier="PaidTier2"), "QuotaFailure")[
            "violations"
        ]
    ]
    assert names == [
        "GenerateRequestsPerMinutePerProjectPerModel",
        "GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2",
    ]
    assert rejections.quota_metric("requests_per_day", "PaidTier").endswith(
        "/generate_requests_per_model_per_day"
    )
    assert rejections.quota_metric("tokens_per_minute", "PaidTier").endswith(
        "/generate_content_paid_tier_input_token_count"
    )


def test_pictures_have_a_quota_of_their_own():
    images = Exceeded(kind="images_per_minute", value=10, wait_seconds=9.0)
    (violation,) = detail(rejection(images), "QuotaFailure")["violations"]
    assert violation["quotaId"] == "GenerateImagesPerMinutePerProjectPerModel-FreeTier"
    assert violation["quotaMetric"].endswith("/generate_content_free_tier_images")


def test_an_exact_delay_of_a_daily_quota_is_hours():
    body = rejection(DAY, delays="exact")
    assert detail(body, "RetryInfo")["retryDelay"] == "40000.000000000s"
    assert body["error"]["message"].endswith("Please retry in 11h6m40s.")


@given(st.floats(0, 90_000))
def test_a_delay_in_the_message_reads_back_as_the_same_time(seconds):
    text = rejections.format_delay(seconds)
    if text.endswith("ms"):
        read = float(text[:-2]) / 1000
    else:
        hours, _, rest = text.rpartition("h")
        minutes, _, rest = rest.rpartition("m")
        read = float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(rest.rstrip("s"))
    assert read == pytest.approx(seconds, abs=1e-6)


def test_minutes_are_said_without_hours():
    assert rejections.format_delay(61.5) == "1m1.5s"
