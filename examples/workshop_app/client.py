"""A student as a program: for load tests, the proof, and the memory probe."""

import io
import os
import random
from collections.abc import AsyncIterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import aiohttp
from PIL import Image

_HEADERS = {"X-Workshop": "1", "Accept": "application/json"}


class AnswerError(Exception):
    """The app said no.

    Attributes:
        status: Of its answer; ``status_code`` too, which stresstune looks for.
        reason: In its own word (``full``, ``rate_limit``, ``no_session``, …).
        wait_seconds: When it says to try again.
    """

    def __init__(self, status: int, words: dict[str, Any]) -> None:
        super().__init__(f"{status} {words.get('error', '')}".strip())
        self.status = self.status_code = status
        self.reason = str(words.get("reason", ""))
        self.wait_seconds = float(words.get("wait_seconds", 0))


@dataclass
class Student:
    """One student; has a connection and a cookie of their own."""

    base_url: str
    seconds: float = 60.0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self.base_url,
            headers=_HEADERS,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=self.seconds),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def join(self) -> None:
        """Take a seat."""
        await self.ask("POST", "/join")

    async def upload(self, picture: bytes | AsyncIterable[bytes]) -> int:
        """Upload a picture and return its number."""
        body = io.BytesIO(picture) if isinstance(picture, bytes) else picture
        return int((await self.ask("POST", "/api/pictures", body))["number"])

    async def caption(self, number: int) -> str:
        """Return a caption of a picture."""
        return str((await self.ask("POST", f"/api/pictures/{number}/caption"))["caption"])

    async def leave(self) -> None:
        """Give the seat back."""
        await self.ask("POST", "/api/leave")

    async def ask(
        self, method: str, path: str, body: io.BytesIO | AsyncIterable[bytes] | None = None
    ) -> dict[str, Any]:
        """Make one request and return the document of its answer.

        Raises:
            AnswerError: The app said no.
            aiohttp.ClientError: There was no answer.
            TimeoutError: It did not come in time.
        """
        async with self._session.request(method, path, data=body) as answer:
            is_json = answer.content_type == "application/json"
            words = dict(await answer.json()) if is_json else {}
            if answer.status >= 400:
                raise AnswerError(answer.status, words)
            return words


async def open_session(base_url: str) -> Student:
    """Join, and upload as many pictures as a busy student does: what a memory probe opens.

    ``WORKSHOP_CLASS_PICTURES`` (30) and ``WORKSHOP_CLASS_PICTURE_BYTES`` (2,610,000) say how many,
    and of what size.
    """
    count = int(os.environ.get("WORKSHOP_CLASS_PICTURES", "30"))
    size_bytes = int(os.environ.get("WORKSHOP_CLASS_PICTURE_BYTES", "2610000"))
    student = await Student(base_url).__aenter__()
    try:
        await student.join()
        for _ in range(count):
            await student.upload(photo(size_bytes))
    except BaseException:
        await student.__aexit__()
        raise
    return student


def photo(size_bytes: int, chance: random.Random | None = None) -> bytes:
    """Return a JPEG of this size that is unlike any other."""
    picture = _jpeg(size_bytes)
    filling = max(8, size_bytes - len(picture))
    return picture + (chance or random.Random()).randbytes(filling)  # nobody looks behind its end


@cache
def _jpeg(size_bytes: int) -> bytes:
    """Return a JPEG of noise, a little smaller: a byte for each pixel, as sharp photos have."""
    width = max(64, round((size_bytes * 0.8 * 4 / 3) ** 0.5))
    buffer = io.BytesIO()
    noise = Image.effect_noise((width, width * 3 // 4), 60).convert("RGB")
    noise.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


class AppTarget:
    """The whole way of a caption as a target of stresstune: through the app, to the API and back.

    Each call is made by a student who has none under way; as many come as are needed.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._free: list[Student] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def __call__(self) -> str:
        """Ask for one caption."""
        student = self._free.pop() if self._free else await self._new()
        try:
            return await student.caption(0)
        finally:
            self._free.append(student)

    async def _new(self) -> Student:
        student = await self._stack.enter_async_context(Student(self._base_url))
        await student.join()
        await student.ask("PUT", "/api/slow-mode/off")
        await student.upload(photo(20_000))
        return student
