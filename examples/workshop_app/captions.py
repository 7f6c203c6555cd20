"""Captions by the Gemini API. The only user of google-genai."""

import math
import os
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from google import genai
from google.genai import types

from stresstune.load.outcome import classify

PROMPT = "Write one short, friendly caption for this photo. Answer with the caption only."
TIMEOUT_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 120.0


class CaptionError(Exception):
    """There is no caption, and why.

    Attributes:
        status: 429, 503 or 502, as the app answers.
        reason: ``rate_limit``, ``overloaded`` or ``failed``.
        wait_seconds: When trying again makes sense.
    """

    def __init__(self, message: str, status: int, reason: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.status, self.reason, self.wait_seconds = status, reason, wait_seconds


class Captions:
    """One client for the whole run of a worker; nothing is sent twice."""

    def __init__(self, model: str) -> None:
        self._model = model
        base_url = os.environ.get("GOOGLE_GEMINI_BASE_URL") or None
        local = urlsplit(base_url or "").hostname in {"127.0.0.1", "localhost"}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trust_env=not local
        )
        key = os.environ.get("GOOGLE_API_KEY") or os.environ.get("GEMINI_API_KEY") or "none"
        self._client = genai.Client(
            vertexai=False,
            api_key=key,
            http_options=types.HttpOptions(
                base_url=base_url,
                timeout=int(TIMEOUT_SECONDS * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
                aiohttp_client=self._session,
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aio.aclose()
        self._client.close()
        await self._session.close()

    async def caption(self, jpeg: bytes) -> str:
        """Return a caption for a small picture.

        Raises:
            CaptionError: The API refused, was overloaded, or gave no answer.
        """
        picture = types.Part(inline_data=types.Blob(data=jpeg, mime_type="image/jpeg"))
        content = types.Content(role="user", parts=[types.Part(text=PROMPT), picture])
        try:
            answer = await self._client.aio.models.generate_content(
                model=self._model, contents=content
            )
        except Exception as error:  # noqa: BLE001 - the SDK raises what it likes; a student gets words
            raise _translated(error) from None
        if not answer.text:
            raise CaptionError("The API gave no caption for this picture.", 502, "failed", 0)
        return answer.text.strip()


def _translated(error: Exception) -> CaptionError:
    found = classify(error)
    delays = [quota.retry_delay_seconds for quota in found.quotas if quota.retry_delay_seconds]
    if found.outcome == "rejected":
        if found.terminal:
            text = "The quota of this workshop is used up. Tell your teacher."
            return CaptionError(text, 502, "quota", 0)
        wait_seconds = min(_LONGEST_WAIT_SECONDS, max(delays, default=15.0) + 1)
        text = "Too many captions for the API just now."
        return CaptionError(text, 429, "rate_limit", math.ceil(wait_seconds))
    if found.outcome in {"overloaded", "timed_out", "unreachable"}:
        return CaptionError("The API is overloaded just now.", 503, "overloaded", 5)
    return CaptionError(f"The API did not answer ({found.label}).", 502, "failed", 0)
