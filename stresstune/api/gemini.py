"""The Gemini API as a target, through google-genai; the only importer of it.

One call is one request: retries, automatic continuation and automatic function calling are off.
The SDK runs on an aiohttp session of ours, because its other transport queues above 100 callers;
each call has a deadline of our own, because the SDK's is also sent to the server, which refuses
less than 10 s. Errors are translated here, so that no key leaves with them.
"""

from __future__ import annotations

import asyncio
import math
import os
from types import TracebackType
from typing import Self

from google import genai
from google.genai import types

from stresstune.api.credentials import find_api_key
from stresstune.api.gemini_errors import translated, why_unusable, word_of
from stresstune.api.payload import DEFAULT_PROMPT, make_image
from stresstune.api.session import (
    CHECK_SECONDS,
    Session,
    address_of,
    checked_timeout,
    checked_url,
    closing_answers,
    open_session,
)
from stresstune.api.target import require_asyncio
from stresstune.errors import TargetUnusable
from stresstune.load.outcome import CallFailed, Classified

GOOGLE_URL = "https://generativelanguage.googleapis.com"

MIN_SERVER_TIMEOUT_SECONDS = 10.0
"""The API answers 400 to a deadline (X-Server-Timeout) below this."""

_SERVER_GRACE_SECONDS = 5.0
"""The server's deadline lies this much behind our own, so that ours is the one that ends a call."""


class Gemini:
    """The Gemini API as a target: one call sends one ``generateContent`` and checks its answer.

    Args:
        model: Which model.
        prompt: The text that is sent.
        images: How many pictures are sent along with it.
        image_bytes: Size of one picture, in bytes.
        image_output: Ask for a picture in the answer.
        stream: Read the answer as a stream, to its end.
        max_output_tokens: Longest answer, or None for the model's own.
        timeout_seconds: Own deadline of a call, in seconds.
        api_key: By default from ``GOOGLE_API_KEY`` or ``GEMINI_API_KEY``.
        base_url: By default Google's, or ``GOOGLE_GEMINI_BASE_URL``.
        api_version: By default the SDK's.

    Raises:
        CredentialsMissing: There is no key.
        ValueError: An argument cannot be.

    Calls raise ``CallFailed``. Use::

        async with Gemini("gemini-2.5-flash") as target:
            await target.check()
            await target()

    >>> Gemini(base_url="http://127.0.0.1:8080")
    Gemini('gemini-2.5-flash at http://127.0.0.1:8080')
    """

    needs_asyncio = True
    """Its connections are aiohttp's."""

    def __init__(  # noqa: PLR0913 - one keyword for each part of a request, all of them optional
        self,
        model: str = "gemini-2.5-flash",
        *,
        prompt: str = DEFAULT_PROMPT,
        images: int = 0,
        image_bytes: int = 2_610_000,
        image_output: bool = False,
        stream: bool = False,
        max_output_tokens: int | None = None,
        timeout_seconds: float = 60.0,
        api_key: str | None = None,
        base_url: str | None = None,
        api_version: str | None = None,
    ) -> None:
        base_url = base_url or os.environ.get("GOOGLE_GEMINI_BASE_URL") or None
        self.model = model
        self._key = find_api_key(api_key, base_url=base_url)
        self._url = checked_url(base_url or GOOGLE_URL)
        self._api_version = api_version or ("v1beta" if image_output else None)
        self._stream = stream
        self._timeout_seconds = checked_timeout(timeout_seconds)
        self._content = _content(prompt, images, image_bytes)
        self._config = types.GenerateContentConfig(
            automatic_continuation=False,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            max_output_tokens=max_output_tokens,
            response_modalities=["TEXT", "IMAGE"] if image_output else None,
        )
        self._session: Session | None = None
        self._client: genai.Client | None = None

    @property
    def name(self) -> str:
        """Model and address, without the key."""
        return f"{self.model} at {address_of(self._url)}"

    def __repr__(self) -> str:
        return f"Gemini({self.name!r})"

    async def __aenter__(self) -> Self:
        require_asyncio("Gemini")
        self._session = open_session(self._url)
        try:
            self._client = self._new_client(self._session)
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        client, self._client = self._client, None
        session, self._session = self._session, None
        if client is not None:
            await client.aio.aclose()
            client.close()
        if session is not None:
            await session.close()

    async def __call__(self) -> types.GenerateContentResponse:
        """Make one call and return the answer (of a stream its last part, which has the usage).

        Raises:
            CallFailed: It was refused, did not come in time, or came without any content.
            RuntimeError: The target is not open.
        """
        answer = await self._attempt(self._models())
        if isinstance(answer, Classified):
            raise CallFailed(answer)
        return answer

    async def check(self) -> int | None:
        """Count the tokens of a call: free, outside the quota, and proof of key, model and route.

        Returns:
            The input tokens of one call, or None where the server did not say.

        Raises:
            TargetUnusable: Every call would fail.
            RuntimeError: The target is not open.
        """
        models = self._models()
        try:
            async with asyncio.timeout(min(self._timeout_seconds, CHECK_SECONDS)):
                counted = await models.count_tokens(model=self.model, contents=self._content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is judged by what it carries
            unusable = why_unusable(error, model=self.model, url=self._url, key=self._key)
        else:
            return counted.total_tokens
        if unusable:
            raise TargetUnusable(unusable)
        return None

    async def _attempt(
        self, models: genai.models.AsyncModels
    ) -> types.GenerateContentResponse | Classified:
        """Make one call; hand back its answer, or what its failure means."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                if self._stream:
                    return await self._read_stream(models)
                answer = await models.generate_content(
                    model=self.model, contents=self._content, config=self._config
                )
        except Exception as error:  # noqa: BLE001 - every failure of a call is data
            return translated(error)
        return answer if _has_content(answer) else _empty(answer)

    async def _read_stream(
        self, models: genai.models.AsyncModels
    ) -> types.GenerateContentResponse | Classified:
        last, has_content = types.GenerateContentResponse(), False
        with closing_answers():
            parts = await models.generate_content_stream(
                model=self.model, contents=self._content, config=self._config
            )
            async for part in parts:
                last, has_content = part, has_content or _has_content(part)
        return last if has_content else _empty(last)

    def _models(self) -> genai.models.AsyncModels:
        if self._client is None:
            raise RuntimeError("Gemini is not open: use it as `async with Gemini(…) as target`")
        return self._client.aio.models

    def _new_client(self, session: Session) -> genai.Client:
        server_seconds = max(
            MIN_SERVER_TIMEOUT_SECONDS, self._timeout_seconds + _SERVER_GRACE_SECONDS
        )
        return genai.Client(
            vertexai=False,
            api_key=self._key,
            http_options=types.HttpOptions(
                base_url=str(self._url),
                api_version=self._api_version,
                timeout=math.ceil(server_seconds) * 1000,
                retry_options=types.HttpRetryOptions(attempts=1),
                aiohttp_client=session,
            ),
        )


def _content(prompt: str, images: int, image_bytes: int) -> types.Content:
    """Make what is sent; one content, because the SDK spends 0.2 ms a call on a list of one."""
    if images < 0:
        raise ValueError(f"images is {images}, and it must be 0 or more")
    parts = [types.Part(text=prompt)]
    for seed in range(images):
        picture = types.Blob(data=make_image(image_bytes, seed=seed), mime_type="image/png")
        parts.append(types.Part(inline_data=picture))
    return types.Content(role="user", parts=parts)


def _has_content(answer: types.GenerateContentResponse) -> bool:
    """Tell whether an answer holds anything that an app could show."""
    return any(
        part.text or part.inline_data or part.function_call
        for candidate in answer.candidates or ()
        if candidate.content
        for part in candidate.content.parts or ()
        if not part.thought
    )


def _empty(answer: types.GenerateContentResponse) -> Classified:
    """Say why a 200 is no answer: blocked, cut off before its first word, or simply empty."""
    feedback = answer.prompt_feedback
    candidates = answer.candidates or ()
    blocked = feedback.block_reason if feedback else None
    ended = candidates[0].finish_reason if candidates else None
    word = word_of(getattr(blocked or ended, "value", None)) or "NO_CANDIDATE"
    return Classified(outcome="failed", label=f"200 EmptyAnswer {word}", status_code=200)
