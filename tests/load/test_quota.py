from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stresstune.load.quota import is_terminal, read_quotas
from stresstune.model.load import QuotaStatement

METRICS = "generativelanguage.googleapis.com"
REQUESTS_MINUTE = {
    "quotaMetric": f"{METRICS}/generate_content_free_tier_requests",
    "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"},
    "quotaValue": "10",
}
REQUESTS_DAY = {
    "quotaMetric": f"{METRICS}/generate_content_free_tier_requests",
    "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
    "quotaDimensions": {"model": "gemini-2.5-flash", "location": "global"},
    "quotaValue": "250",
}
TOKENS_MINUTE = {
    "quotaMetric": f"{METRICS}/generate_content_paid_tier_input_token_count",
    "quotaId": "GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2",
    "quotaDimensions": {"model": "gemini-3-flash", "location": "global"},
    "quotaValue": "3000000",
}


def body(
    *violations: object, message: str = "You exceeded your current quota.", delay: object = "14s"
):
    failure = {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": list(violations),
    }
    help_link = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"url": "https://ai.google.dev"}],
    }
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    details = [failure, help_link, retry]
    return {
        "error": {
            "code": 429,
            "message": message,
            "status": "RESOURCE_EXHAUSTED",
            "details": details,
        }
    }


def test_a_violation_states_quota_window_value_model_and_tier():
    assert read_quotas(body(REQUESTS_MINUTE)) == (
        QuotaStatement(
            quota="requests",
            window_seconds=60,
            value=10,
            quota_id="GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            retry_delay_seconds=14,
            model="gemini-2.5-flash",
            free_tier=True,
        ),
    )


def test_several_violations_are_read_in_the_order_of_the_server():
    read = read_quotas(body(TOKENS_MINUTE, REQUESTS_DAY, REQUESTS_MINUTE))
    assert [(q.quota, q.window_seconds, q.value, q.free_tier) for q in read] == [
        ("tokens", 60, 3_000_000, False),
        ("requests", 86_400, 250, True),
        ("requests", 60, 10, True),
    ]


@pytest.mark.parametrize(
    ("quota_id", "quota", "window_seconds", "free_tier"),
    [
        ("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "requests", 60, True),
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "requests", 86_400, True),
        ("GenerateContentInputTokensPerModelPerMinute-FreeTier", "tokens", 60, True),
        ("GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2", "tokens", 60, False),
        ("PredictRequestsPerDayPerProjectPerModelPaidTier1", "requests", 86_400, False),
        ("GenerateContentInputTokensPerModelPerDay", "tokens", 86_400, False),
        ("GeneratedImagesPerMinutePerProjectPerModel", "images", 60, False),
        ("RequestsPerSecondPerProject", "requests", 1, False),
        ("UploadRequestsPerHour", "requests", 3_600, False),
        ("SpendPerProject", "spend", None, False),
        ("SomethingElse", "unknown", None, False),
    ],
)
def test_the_words_of_a_quota_id_say_what_is_limited(quota_id, quota, window_seconds, free_tier):
    (read,) = read_quotas(body({"quotaId": quota_id, "quotaValue": "7"}))
    assert (read.quota, read.window_seconds, read.free_tier) == (quota, window_seconds, free_tier)


def test_the_metric_speaks_where_the_id_is_silent():
    (read,) = read_quotas(body({"quotaMetric": "x.com/generate_requests_per_model_per_day"}))
    assert (read.quota, read.window_seconds, read.value) == ("requests", 86_400, None)


def test_an_absent_value_with_a_limit_of_0_in_the_message_is_0():
    violation = {key: value for key, value in REQUESTS_DAY.items() if key != "quotaValue"}
    message = (
        "You exceeded your current quota.\n"
        f"* Quota exceeded for metric: {METRICS}/generate_content_free_tier_requests, limit: 0, "
        "model: gemini-2.5-flash\nPlease retry in 51.386192716s."
    )
    (read,) = read_quotas(body(violation, message=message))
    assert read.value == 0
    assert is_terminal((read,))


def test_an_absent_value_is_found_in_the_line_of_its_own_metric_and_model():
    violation = {key: value for key, value in TOKENS_MINUTE.items() if key != "quotaValue"}
    message = (
        f"* Quota exceeded for metric: {METRICS}/generate_content_free_tier_requests, limit: 0\n"
        f"* Quota exceeded for metric: {violation['quotaMetric']}, limit: 5, model: other-model\n"
        f"* Quota exceeded for metric: {violation['quotaMetric']}, limit: 77, model: gemini-3-flash"
    )
    assert read_quotas(body(violation, message=message))[0].value == 77


def test_an_absent_value_stays_unknown_where_the_message_is_ambiguous_or_silent():
    violation = {"quotaMetric": "x.com/requests", "quotaId": "RequestsPerMinute"}
    line = "Quota exceeded for metric: x.com/requests, limit: "
    two = f"{line}5\n{line}500"
    assert read_quotas(body(violation, message=two))[0].value is None
    assert read_quotas(body(violation, message="no"))[0].value is None


def test_a_message_alone_states_metric_limit_and_model():
    message = (
        "* Quota exceeded for metric: generativelanguage.googleapis.com/"
        "generate_content_paid_tier_input_token_count, limit: 3000000, model: gemini-3-flash.\n"
        "Please retry in 11h47m12.5s."
    )
    (read,) = read_quotas({}, message)
    assert (read.quota, read.value, read.model) == ("tokens", 3_000_000, "gemini-3-flash")
    assert read.window_seconds is None
    assert read.retry_delay_seconds == pytest.approx(11 * 3600 + 47 * 60 + 12.5)


def test_the_vertex_line_names_the_quota_without_a_number():
    message = (
        "Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_"
        "project_per_base_model with base model: gemini-pro. Please submit a quota increase."
    )
    (read,) = read_quotas(None, message)
    assert (read.quota, read.window_seconds, read.value, read.model) == (
        "requests",
        60,
        None,
        "gemini-pro",
    )


def test_error_info_metadata_states_a_quota():
    metadata = {
        "quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion",
        "quota_limit_value": "60",
        "quota_metric": f"{METRICS}/generate_content_requests",
        "quota_unit": "1/min/{project}/{region}",
        "service": METRICS,
    }
    detail = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": metadata}
    (read,) = read_quotas({"error": {"code": 429, "details": [detail]}})
    assert (read.quota, read.window_seconds, read.value) == ("requests", 60, 60)


def test_the_unit_of_error_info_gives_the_window_where_the_name_has_none():
    metadata = {"quota_limit_value": "9", "quota_metric": "requests", "quota_unit": "1/d/{project}"}
    (read,) = read_quotas({"error": {"details": [{"metadata": metadata}]}})
    assert (read.quota, read.window_seconds, read.value) == ("requests", 86_400, 9)


def test_the_quota_id_outranks_the_delay():
    (read,) = read_quotas(body(REQUESTS_DAY, delay="23s"))
    assert (read.window_seconds, read.retry_delay_seconds) == (86_400, 23)
    assert is_terminal((read,))


def test_the_delay_of_the_message_counts_where_there_is_no_retry_info():
    message = "Please retry in 992.43ms."
    (read,) = read_quotas(
        {"error": {"message": message, "details": [{"violations": [REQUESTS_MINUTE]}]}}
    )
    assert read.retry_delay_seconds == pytest.approx(0.99243)


def test_a_delay_alone_is_an_unknown_quota():
    assert read_quotas(body()) == (QuotaStatement(quota="unknown", retry_delay_seconds=14),)


@pytest.mark.parametrize(
    "message",
    [
        "Resource has been exhausted (e.g. check quota).",
        "Resource exhausted. Please try again later. Please refer to https://cloud.google.com/x",
        "You exceeded your current quota, please check your plan and billing details.",
    ],
)
def test_a_bare_429_states_nothing(message):
    assert (
        read_quotas({"error": {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED"}})
        == ()
    )


@pytest.mark.parametrize(
    ("message", "window_seconds", "value"),
    [
        ("Your prepayment credits are depleted. Please go to AI Studio.", None, 0),
        ("Your prepay balance is empty.", None, 0),
        ("Your project has exceeded its monthly spending cap.", None, 0),
        ("You exceeded the spend-based rate limit of $10 per rolling 10 minutes.", 600, None),
    ],
)
def test_money_is_a_quota_of_its_own(message, window_seconds, value):
    read = read_quotas({"error": {"message": message}})
    assert read == (QuotaStatement(quota="spend", window_seconds=window_seconds, value=value),)
    assert is_terminal(read)


def test_the_body_may_be_wrapped_in_a_list_be_text_or_stand_in_the_message():
    plain = body(REQUESTS_MINUTE)
    expected = read_quotas(plain)
    text = json.dumps(plain)
    shapes = [[plain], text, text.encode(), json.dumps([plain]), plain["error"], {"message": text}]
    shapes += [{"error": {"message": text, "code": 429, "status": "Too Many Requests"}}]
    assert [read_quotas(shape) for shape in shapes] == [expected] * len(shapes)


def test_text_that_was_cut_off_still_gives_its_line():
    text = json.dumps(
        body(message="Quota exceeded for metric: x.com/requests, limit: 15, model: m\nP")
    )
    (read,) = read_quotas(text[: text.index("model: m") + 9])
    assert (read.quota, read.value, read.model) == ("requests", 15, "m")


def test_the_description_of_a_violation_is_read_too():
    violation = {"subject": "project:1", "description": "Your prepayment credits are depleted."}
    (read,) = read_quotas(body(violation))
    assert read.quota == "spend"


@pytest.mark.parametrize(
    "value", ["9223372036854775807", "-1", "ten", True, [], None, float("nan"), 10**400]
)
def test_a_value_that_is_no_number_or_no_limit_is_not_stated(value):
    assert read_quotas(body({"quotaId": "RequestsPerMinute", "quotaValue": value}))[0].value is None


@pytest.mark.parametrize(("value", "expected"), [(15, 15), (15.0, 15), ("1,000", 1000), ("0", 0)])
def test_a_value_may_come_in_several_spellings(value, expected):
    assert (
        read_quotas(body({"quotaId": "RequestsPerMinute", "quotaValue": value}))[0].value
        == expected
    )


def test_details_that_are_no_list_are_read_all_the_same():
    detail = {"violations": REQUESTS_MINUTE}
    assert read_quotas({"error": {"details": detail}})[0].value == 10


def test_equal_statements_are_one():
    assert len(read_quotas(body(REQUESTS_MINUTE, REQUESTS_MINUTE))) == 1


def test_a_key_in_a_name_is_not_kept():
    violation = {"quotaId": "AIzaSyD-1234567890abcdef", "quotaDimensions": {"model": "x y"}}
    (read,) = read_quotas(body(violation))
    assert "AIza" not in repr(read)
    assert read.model == ""


def test_only_what_a_wait_within_a_probe_mends_is_not_terminal():
    assert not is_terminal(())
    assert not is_terminal((QuotaStatement(quota="requests", window_seconds=60, value=1),))
    assert not is_terminal((QuotaStatement(quota="unknown", retry_delay_seconds=9e5),))
    assert is_terminal((QuotaStatement(quota="requests", window_seconds=3600, value=1),))


KEYS = st.sampled_from(
    [
        *("error", "details", "message", "violations", "quotaId", "quotaMetric", "quotaValue"),
        *("quotaDimensions", "model", "retryDelay", "seconds", "nanos", "metadata", "quota_limit"),
        *("quota_limit_value", "quota_metric", "quota_unit", "description"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.sampled_from(
        ["PerMinute", "Quota exceeded for metric: a, limit: ", "retry in 9", "14s", "{", "[["]
    )
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS | st.text(max_size=3) | st.integers(), inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(GARBAGE, st.text())
@example(None, "[" * 100_000)
@example(None, "Quota exceeded for metric: " * 5_000)
def test_garbage_is_read_without_an_error(garbage, message):
    read = read_quotas(garbage, message)
    assert all(isinstance(statement, QuotaStatement) for statement in read)
    for statement in read:
        assert QuotaStatement.from_json(statement.to_json()) == statement


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(GARBAGE)
def test_garbage_as_json_text_is_read_without_an_error(garbage):
    read_quotas(json.dumps(str(garbage)))
    read_quotas(repr(garbage))


@given(st.permutations([REQUESTS_MINUTE, REQUESTS_DAY, TOKENS_MINUTE]))
def test_the_order_of_the_violations_changes_nothing_but_the_order(violations):
    expected = set(map(repr, read_quotas(body(REQUESTS_MINUTE, REQUESTS_DAY, TOKENS_MINUTE))))
    assert set(map(repr, read_quotas(body(*violations)))) == expected


def test_a_list_that_holds_itself_and_text_too_deep_for_json_are_nothing():
    endless: list[object] = []
    endless.append(endless)
    assert read_quotas(endless) == ()
    assert read_quotas("[" * 200_000) == ()
