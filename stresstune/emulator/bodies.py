"""The bodies of errors, as the real API sends them; ``rejections`` has those that name a quota."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

SERVICE = "generativelanguage.googleapis.com"
RPC_TYPE = "type.googleapis.com/google.rpc."
"""What the type of each of an error's details begins with."""

_BARE = "Resource has been exhausted (e.g. check quota)."
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
        "@type": f"{RPC_TYPE}ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }
    message = "API key not valid. Please pass a valid API key."
    said = {"@type": f"{RPC_TYPE}LocalizedMessage", "locale": "en-US", "message": message}
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
        "@type": f"{RPC_TYPE}ErrorInfo",
        "reason": "CONSUMER_SUSPENDED",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, "consumer": f"api_key:{key}"},
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
