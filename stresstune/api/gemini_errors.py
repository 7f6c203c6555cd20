"""What errors of the Gemini API mean; read by their shape, without the SDK."""

from __future__ import annotations

import logging
import re

from yarl import URL

from stresstune.api.credentials import name_key
from stresstune.api.session import address_of
from stresstune.load.outcome import Classified, classify

_log = logging.getLogger(__name__)


def why_unusable(error: Exception, *, model: str, url: URL, key: str) -> str:
    """Say why every call would fail and what to do about it; "" where that is not certain.

    Args:
        error: What a first call that is free ended with.
        model: Which model was asked.
        url: Where.
        key: With which key; it is named, not said.
    """
    found, reason = classify(error), _reason(error)
    what = f"{found.label}{f', {reason}' if reason else ''}"
    address = address_of(url)
    if found.outcome in {"unreachable", "timed_out"}:
        return f"no connection to {address} ({what}): check the network, a proxy, the address"
    if found.status_code in {401, 403} or "API_KEY" in reason:
        return (
            f"{address} refuses the API key ({what}): check {name_key(key)}, or make one "
            "at https://aistudio.google.com/apikey"
        )
    if found.status_code == 404:
        return f"{address} has no model {model!r} ({what}): name another with --model"
    if found.status_code == 400:
        return f"{address} refuses the request ({what}): check the model, the prompt, the region"
    if found.outcome == "failed" and found.status_code is None:
        return f"{address} does not answer as the Gemini API does ({what}): check the address"
    return ""


def translated(error: Exception) -> Classified:
    """Keep what can be kept of an error: what it means, and none of its text."""
    found = classify(error)
    _log.debug("a call failed: %s (%s)", found.label, type(error).__name__)
    return found


def _reason(error: Exception) -> str:
    """Return the ErrorInfo reason of a refusal (``API_KEY_INVALID``), or ""."""
    details = getattr(error, "details", None)
    inner = details.get("error", details) if isinstance(details, dict) else None
    infos = inner.get("details") if isinstance(inner, dict) else None
    for info in infos if isinstance(infos, list) else ():
        word = word_of(info.get("reason")) if isinstance(info, dict) else ""
        if word:
            return word
    return ""


def word_of(value: object) -> str:
    """Return a server's word if it is one, and not something else that it was made to say."""
    return value if isinstance(value, str) and re.fullmatch("[A-Z][A-Z_]{2,39}", value) else ""
