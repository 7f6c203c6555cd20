"""The bodies of 429s that name a quota, as the real API words them. Pure.

Shapes: live 429s in public issues (google-gemini/gemini-cli 8437, googleapis/js-genai 1322,
ogkalu2/comic-translate 403 and others, September 2025 to July 2026).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from stresstune.emulator.admission import Exceeded
from stresstune.emulator.bodies import RPC_TYPE, SERVICE, bare_body, error_body
from stresstune.emulator.limits import QuotaKind
from stresstune.emulator.profile import DelayStyle, Errors

_DOCS = "https://ai.google.dev/gemini-api/docs/rate-limits"
_EXCEEDED = (
    "You exceeded your current quota, please check your plan and billing details. For more "
    f"information on this error, head to: {_DOCS}. To monitor your current usage, head to: "
    "https://ai.dev/rate-limit. "
)
_VERTEX = (
    "Resource exhausted. Please try again later. Please refer to "
    "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details."
)


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
        return bare_body(_VERTEX) if errors.refusal == "vertex" else bare_body()
    if errors.refusal == "error_info":
        return _error_info_body(exceeded[0], model)
    body = _stated_body(errors, exceeded, model=model, chance=chance)
    if errors.refusal == "wrapped":
        return b"[" + body.rstrip() + b"\n]\n"
    if errors.refusal == "broken":
        return body[: len(body) // 2]
    return body


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
    return f"{SERVICE}/{name}"


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
            "@type": f"{RPC_TYPE}Help",
            "links": [{"description": "Learn more about Gemini API quotas", "url": _DOCS}],
        },
        {
            "@type": f"{RPC_TYPE}QuotaFailure",
            "violations": [_violation(each, errors.tier, model) for each in exceeded],
        },
    ]
    message = _EXCEEDED + "".join(lines)
    if errors.delays != "none":
        message += f"\nPlease retry in {format_delay(wait_seconds)}."
        delay = retry_delay(errors.delays, wait_seconds)
        details.append({"@type": f"{RPC_TYPE}RetryInfo", "retryDelay": delay})
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
        "@type": f"{RPC_TYPE}ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "service": SERVICE,
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
        f"'GenerateContent request limit per {window} for a region' of service '{SERVICE}' for "
        "consumer 'project_number:391029737820'."
    )
    return error_body(429, "RESOURCE_EXHAUSTED", message, [reason])
