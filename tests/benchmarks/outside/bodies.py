"""Errors in every shape in which services throw them; written by hand from the field notes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.benchmarks.outside.services import Body

METRIC = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
TOKEN_METRIC = "generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count"


class ByCode(Exception):
    """Carries ``code`` and ``details``, as google-genai's errors do."""

    def __init__(self, code: int, details: Any = None, message: str = "") -> None:
        super().__init__(message or f"{code}")
        self.code = code
        self.message = message
        self.details = details


class ByStatusCode(Exception):
    """Carries ``status_code``, as openai's errors do."""

    def __init__(self, status_code: int) -> None:
        super().__init__("no")
        self.status_code = status_code


class ByResponse(Exception):
    """Carries ``response.status_code``, as httpx's and requests' errors do."""

    def __init__(self, status_code: int) -> None:
        super().__init__("no")
        self.response = SimpleNamespace(status_code=status_code, headers={})


def bare(code: int = 429) -> Body:
    return lambda now, wait: ByCode(code)


def bare_status(code: int = 429) -> Body:
    return lambda now, wait: ByStatusCode(code)


def bare_response(code: int = 429) -> Body:
    return lambda now, wait: ByResponse(code)


def exhausted_without_details() -> Body:
    return lambda now, wait: ByCode(
        429,
        {
            "error": {
                "code": 429,
                "status": "RESOURCE_EXHAUSTED",
                "message": "Resource has been exhausted (e.g. check quota).",
            }
        },
    )


def overloaded() -> Body:
    return lambda now, wait: ByCode(
        503,
        {
            "error": {
                "code": 503,
                "status": "UNAVAILABLE",
                "message": "The model is overloaded. Please try again later.",
            }
        },
    )


def shared_capacity() -> Body:
    return lambda now, wait: ByCode(
        429,
        {
            "error": {
                "code": 429,
                "status": "RESOURCE_EXHAUSTED",
                "message": "Resource exhausted. Please try again later. Please refer to "
                "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429",
            }
        },
    )


def quota_failure(
    value: float | None,
    *,
    quota_id: str = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    metric: str = METRIC,
    delay: str | None = None,
    in_list: bool = False,
    as_text: bool = False,
) -> Body:
    """The full body; ``value`` None leaves the value out, as the service does for 0."""

    def make(now: float, wait: float) -> Exception:
        violation: dict[str, object] = {
            "quotaMetric": metric,
            "quotaId": quota_id,
            "quotaDimensions": {"location": "global", "model": "gemini-3-flash"},
        }
        if value is not None:
            violation["quotaValue"] = str(round(value))
        message = (
            "You exceeded your current quota, please check your plan and billing details.\n"
            f"* Quota exceeded for metric: {metric}, limit: {round(value or 0)}, model: "
            f"gemini-3-flash\nPlease retry in {wait:.9f}s."
        )
        error = {
            "error": {
                "code": 429,
                "status": "RESOURCE_EXHAUSTED",
                "message": message,
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                        "violations": [violation],
                    },
                    {
                        "@type": "type.googleapis.com/google.rpc.Help",
                        "links": [{"description": "Learn more", "url": "https://ai.google.dev"}],
                    },
                    {
                        "@type": "type.googleapis.com/google.rpc.RetryInfo",
                        "retryDelay": delay if delay is not None else f"{int(wait)}s",
                    },
                ],
            }
        }
        if as_text:
            import json

            return ByCode(429, json.dumps(error), message)
        return ByCode(429, [error] if in_list else error, message)

    return make


def message_only(value: float, metric: str = METRIC) -> Body:
    """No details at all: the numbers stand in the message alone."""

    def make(now: float, wait: float) -> Exception:
        message = (
            f"You exceeded your current quota.\n* Quota exceeded for metric: {metric}, "
            f"limit: {round(value)}, model: gemini-3-flash\nPlease retry in {wait:.3f}s."
        )
        return ByCode(
            429,
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": message}},
            message,
        )

    return make


def error_info(value: float) -> Body:
    """The style of older Google services: ErrorInfo with metadata."""
    return lambda now, wait: ByCode(
        429,
        {
            "error": {
                "code": 429,
                "status": "RESOURCE_EXHAUSTED",
                "message": "Quota exceeded for quota metric 'Generate Content API requests per "
                "minute' and limit 'GenerateContent request limit per minute for a region' of "
                "service 'generativelanguage.googleapis.com' for consumer 'project_number:1'.",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "RATE_LIMIT_EXCEEDED",
                        "domain": "googleapis.com",
                        "metadata": {
                            "service": "generativelanguage.googleapis.com",
                            "quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion",
                            "quota_limit_value": str(round(value)),
                            "quota_metric": "generativelanguage.googleapis.com/"
                            "generate_content_requests",
                            "quota_location": "europe-west1",
                            "consumer": "projects/1",
                        },
                    }
                ],
            }
        },
    )
