"""Sessions in this process's memory."""
# ruff: noqa: D102 - the docstrings stand in store.Store

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PIL.Image import Image

from examples.workshop_app.options import Keep
from examples.workshop_app.pictures import Upload, decode, encode
from examples.workshop_app.seats import Seats
from examples.workshop_app.store import Kind, Picture, TooManyPicturesError, View


@dataclass
class _Kept:
    picture: Picture
    whole: bytes | Image
    content_type: str
    thumbnail: bytes
    preview: bytes


@dataclass
class _Session:
    slow: bool
    used_at: float
    pictures: list[_Kept] = field(default_factory=list)
    calling: bool = False


class MemoryStore:
    """A `Store` in this process; see there."""

    def __init__(  # noqa: PLR0913 - one keyword for each rule
        self,
        seats: Seats,
        *,
        limit: int,
        prefix: str,
        keep: Keep,
        max_pictures: int,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self._seats, self._prefix, self._keep = seats, prefix, keep
        self._max_pictures, self._idle_seconds, self._clock = max_pictures, idle_seconds, clock
        self._sessions: dict[str, _Session] = {}

    async def open(self, *, slow: bool) -> str | None:
        session = f"{self._prefix}{secrets.token_urlsafe(32)}"
        if not self._seats.take(session):
            return None
        self._sessions[session] = _Session(slow=slow, used_at=self._clock())
        return session

    async def look(self, session: str) -> View | None:
        found = self._sessions.get(session)
        if found is None:
            return None
        found.used_at = self._clock()
        return View(slow=found.slow, pictures=tuple(kept.picture for kept in found.pictures))

    async def set_slow(self, session: str, *, slow: bool) -> None:
        if found := self._sessions.get(session):
            found.slow = slow

    async def add(self, session: str, upload: Upload) -> Picture | None:
        found = self._sessions.get(session)
        if found is None:
            return None
        if len(found.pictures) >= self._max_pictures:
            raise TooManyPicturesError
        picture = Picture(number=len(found.pictures), width=upload.width, height=upload.height)
        decoded = self._keep == "decoded"
        whole: bytes | Image = upload.original
        if decoded:
            whole = await asyncio.to_thread(decode, upload.original)
        found.pictures.append(
            _Kept(
                picture=picture,
                whole=whole,
                content_type="image/jpeg" if decoded else upload.content_type,
                thumbnail=upload.thumbnail,
                preview=upload.preview,
            )
        )
        return picture

    async def fetch(self, session: str, number: int, kind: Kind) -> tuple[bytes, str] | None:
        kept = self._kept(session, number)
        if kept is None:
            return None
        if kind == "original":
            whole = kept.whole
            return (whole if isinstance(whole, bytes) else encode(whole)), kept.content_type
        return (kept.thumbnail if kind == "thumbnail" else kept.preview), "image/jpeg"

    async def set_caption(self, session: str, number: int, caption: str) -> None:
        if kept := self._kept(session, number):
            kept.picture = replace(kept.picture, caption=caption)

    async def begin_call(self, session: str) -> bool:
        found = self._sessions.get(session)
        if found is None or found.calling:
            return False
        found.calling = True
        return True

    async def end_call(self, session: str) -> None:
        if found := self._sessions.get(session):
            found.calling = False

    async def close(self, session: str) -> None:
        if self._sessions.pop(session, None):
            self._seats.free(session)

    async def taken(self) -> int:
        return self._seats.taken()

    async def sweep(self) -> None:
        oldest = self._clock() - self._idle_seconds
        idle = [name for name, each in self._sessions.items() if each.used_at < oldest]
        for name in idle:
            await self.close(name)

    async def aclose(self) -> None:
        self._sessions.clear()
        self._seats.close()

    def _kept(self, session: str, number: int) -> _Kept | None:
        found = self._sessions.get(session)
        inside = found is not None and 0 <= number < len(found.pictures)
        return found.pictures[number] if found and inside else None
