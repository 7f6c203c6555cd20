"""The bodies of errors, as the real API sends them. Pure.

Shapes: live 429s in public issues (google-gemini/gemini-cli 8437, googleapis/js-genai 1322,
ogkalu2/comic-translate 403 and others, September 2025 to July 2026).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from stresstune.emulator.admission import Exceeded
from stresstune.emulator.profile import DelayStyle, Errors, QuotaKind

_SERVICE = "generativelanguage.googleapis.com"
_DOCS = "https://ai.google.dev/gemini-api/docs/rate-limits"
_TYPE = "type.googleapis.com/google.rpc."

_EXCEEDED = (
    "You exceeded your current quota, please check your plan and billing details. For more "
    f"information on this error, head to: {_DOCS}. To monitor your current usage, head to: "
    "https://ai.dev/rate-limit. "
)
_BARE = "Resource has been exhausted (e.g. check quota)."
_VERTEX = (
    "Resource exhausted. Please try again later. Please refer to "
    "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details."
)
_BILLING = {
    "prepaid_empty": "Your prepayment credits are depleted. Please go to AI Studio at "
    "https://ai.studio/projects to manage your project and billing.",
    "spend_cap": "Your project has exceeded its monthly spending cap. Please go to AI Studio at "
    "https://ai.studio/spend to manage your project spend cap.",
    "spend_limit": "You exceeded your spend-based rate limit. Your spending rate has exceeded the "
    "allowed limit for your account's billing history and tier.",
}
_OVERLOADED = (
    "The model is overloaded. Please try again later.",
    (
        "This model is currently experiencing high demand. Spikes in demand are usually "
        "temporary. Please try again later."
    ),
)


def error_body(
    code: int, status: str, message: str, details: Sequence[dict[str, Any]] = ()
) -> bytes:
    """Return the JSON of an error in Google's shape."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return msgspec.json.format(msgspec.json.encode({"error": error}), indent=2) + b"\n"


def rejection_body(
    errors: Errors, exceeded: Sequence[Exceeded], *, model: str, chance: float
) -> bytes:
    """Return the body of a 429 for exceeded quotas, in the shape that the profile asks for.

    Args:
        errors: How the service words it.
        exceeded: The quotas, at least one.
        model: The model as the service calls it.
        chance: 0 to 1; decides what a lying delay says.
    """
    if errors.refusal in {"bare", "vertex"}:
        return bare_body(_VERTEX if errors.refusal == "vertex" else _BARE)
    if errors.refusal == "error_info":
        return _error_info_body(exceeded[0], model)
    body = _stated_body(errors, exceeded, model=model, chance=chance)
    if errors.refusal == "wrapped":
        return b"[" + body.rstrip() + b"\n]\n"
    if errors.refusal == "broken":
        return body[: len(body) // 2]
    return body


def bare_body(message: str = _BARE) -> bytes:
    """Return a 429 that says nothing about any quota."""
    return error_body(429, "RESOURCE_EXHAUSTED", message)


def billing_body(billing: str) -> bytes:
    """Return the 429 of a project that cannot pay, or pays too fast."""
    return bare_body(_BILLING[billing])


def overloaded_body(chance: float) -> bytes:
    """Return a 503 in one of its two wordings.

    Args:
        chance: 0 to 1; decides which.
    """
    return error_body(503, "UNAVAILABLE", _OVERLOADED[int(chance * len(_OVERLOADED)) % 2])


def internal_body() -> bytes:
    """Return a 500."""
    return error_body(
        500,
        "INTERNAL",
        "An internal error has occurred. Please retry or report in "
        "https://developers.generativeai.google/guide/troubleshooting",
    )


def deadline_exceeded_body() -> bytes:
    """Return the 504 of a call that took longer than its own ``X-Server-Timeout``."""
    return error_body(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.")


def invalid_body(message: str) -> bytes:
    """Return a 400."""
    return error_body(400, "INVALID_ARGUMENT", message)


def short_deadline(seconds: float, min_seconds: float) -> str:
    """Return what a call is told whose ``X-Server-Timeout`` is too short."""
    return (
        f"Manually set deadline {seconds:g}s is too short. "
        f"Minimum allowed deadline is {min_seconds:g}s."
    )


def unknown_field(name: str, place: str) -> str:
    """Return what a call is told that uses a field which this version of the API lacks."""
    return (
        f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."
    )


def wrong_key_body() -> bytes:
    """Return the 400 of a key that does not exist."""
    reason = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE},
    }
    message = "API key not valid. Please pass a valid API key."
    said = {"@type": f"{_TYPE}LocalizedMessage", "locale": "en-US", "message": message}
    return error_body(400, "INVALID_ARGUMENT", message, [reason, said])


def missing_key_body() -> bytes:
    """Return the 403 of a call without a key."""
    return error_body(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def suspended_key_body(key: str) -> bytes:
    """Return the 403 of a suspended key. The key stands in it, as in the real one."""
    reason = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "CONSUMER_SUSPENDED",
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE, "consumer": f"api_key:{key}"},
    }
    message = f"Permission denied: Consumer 'api_key:{key}' has been suspended."
    return error_body(403, "PERMISSION_DENIED", message, [reason])


def unknown_model_body(model: str, version: str, method: str) -> bytes:
    """Return the 404 of a model that does not exist."""
    return error_body(
        404,
        "NOT_FOUND",
        f"models/{model} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def quota_id(kind: QuotaKind, tier: str) -> str:
    """Return the name that the API gives to a quota.

    >>> quota_id("requests_per_minute", "FreeTier")
    'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'
    >>> quota_id("tokens_per_minute", "PaidTier2")
    'GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2'
    >>> quota_id("requests_per_minute", "PaidTier")
    'GenerateRequestsPerMinutePerProjectPerModel'
    """
    paid = tier.startswith("PaidTier")
    if kind == "tokens_per_minute":
        of_tier = "PaidTier" if paid else ""
        return _suffixed(f"GenerateContent{of_tier}InputTokensPerModelPerMinute", tier)
    if kind == "images_per_minute":
        return _suffixed("GenerateImagesPerMinutePerProjectPerModel", tier)
    window = "Day" if kind == "requests_per_day" else "Minute"
    return _suffixed(f"GenerateRequestsPer{window}PerProjectPerModel", "" if paid else tier)


def quota_metric(kind: QuotaKind, tier: str) -> str:
    """Return the metric that a quota counts.

    >>> quota_metric("tokens_per_minute", "FreeTier")
    'generativelanguage.googleapis.com/generate_content_free_tier_input_token_count'
    """
    paid = tier.startswith("PaidTier")
    of_tier = f"{'paid' if paid else 'free'}_tier"
    if kind == "tokens_per_minute":
        name = f"generate_content_{of_tier}_input_token_count"
    elif kind == "images_per_minute":
        name = f"generate_content_{of_tier}_images"
    elif not paid:
        name = "generate_content_free_tier_requests"
    else:
        day = "_per_day" if kind == "requests_per_day" else ""
        name = f"generate_requests_per_model{day}"
    return f"{_SERVICE}/{name}"


def format_delay(seconds: float) -> str:
    """Print a delay as the message does: Go's way, with up to nine decimals.

    >>> format_delay(51.386192716), format_delay(0.99243), format_delay(42420.5)
    ('51.386192716s', '992.43ms', '11h47m0.5s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.6f}".rstrip("0").rstrip(".") + "ms"
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{rest:.9f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours:.0f}h{minutes:.0f}m{text}"
    return f"{minutes:.0f}m{text}" if minutes else text


def retry_delay(style: DelayStyle, seconds: float) -> str:
    """Print a delay as RetryInfo does.

    >>> retry_delay("floor", 14.9), retry_delay("ceil", 14.1), retry_delay("exact", 45.837906927)
    ('14s', '15s', '45.837906927s')
    """
    if style == "exact":
        return f"{seconds:.9f}s"
    return f"{math.ceil(seconds) if style == 'ceil' else math.floor(seconds)}s"


def _suffixed(name: str, tier: str) -> str:
    return f"{name}-{tier}" if tier else name


def _stated_body(
    errors: Errors, exceeded: Sequence[Exceeded], *, model: str, chance: float
) -> bytes:
    wait_seconds = told_wait_seconds(errors.delays, exceeded, chance)
    lines = [
        f"\n* Quota exceeded for metric: {quota_metric(each.kind, errors.tier)}, "
        f"limit: {each.value}, model: {model}"
        for each in exceeded
    ]
    details: list[dict[str, Any]] = [
        {
            "@type": f"{_TYPE}Help",
            "links": [{"description": "Learn more about Gemini API quotas", "url": _DOCS}],
        },
        {
            "@type": f"{_TYPE}QuotaFailure",
            "violations": [_violation(each, errors.tier, model) for each in exceeded],
        },
    ]
    message = _EXCEEDED + "".join(lines)
    if errors.delays != "none":
        message += f"\nPlease retry in {format_delay(wait_seconds)}."
        delay = retry_delay(errors.delays, wait_seconds)
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": delay})
    return error_body(429, "RESOURCE_EXHAUSTED", message, details)


def told_wait_seconds(style: DelayStyle, exceeded: Sequence[Exceeded], chance: float) -> float:
    """Return the delay that a 429 tells.

    A daily quota mostly comes with the seconds of a minute, as the real one's does: the quota's
    name outranks the delay. An exact delay is true, whatever the quota; a lying one is anything
    up to a minute.
    """
    if style == "lying":
        return 60.0 * chance
    wait_seconds = max(each.wait_seconds for each in exceeded)
    if style == "exact":
        return wait_seconds
    return 23.0 + wait_seconds % 36.0 if wait_seconds > 60.0 else wait_seconds


def _violation(exceeded: Exceeded, tier: str, model: str) -> dict[str, Any]:
    violation: dict[str, Any] = {
        "quotaMetric": quota_metric(exceeded.kind, tier),
        "quotaId": quota_id(exceeded.kind, tier),
        "quotaDimensions": {"location": "global", "model": model},
    }
    if exceeded.value:  # a limit of 0 is absent from the real body
        violation["quotaValue"] = str(exceeded.value)
    return violation


def _error_info_body(exceeded: Exceeded, model: str) -> bytes:
    metric = quota_metric(exceeded.kind, "")
    window = "day" if exceeded.kind == "requests_per_day" else "minute"
    limit = "GenerateContentRequestsPerMinutePerProjectPerRegion"
    if exceeded.kind != "requests_per_minute":
        limit = quota_id(exceeded.kind, "")
    reason = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "service": _SERVICE,
            "consumer": "projects/391029737820",
            "quota_metric": metric,
            "quota_limit": limit,
            "quota_limit_value": str(exceeded.value),
            "quota_location": "us-west4",
            "model": model,
        },
    }
    message = (
        f"Quota exceeded for quota metric 'Generate Content API requests per {window}' and limit "
        f"'GenerateContent request limit per {window} for a region' of service '{_SERVICE}' for "
        "consumer 'project_number:391029737820'."
    )
    return error_body(429, "RESOURCE_EXHAUSTED", message, [reason])
