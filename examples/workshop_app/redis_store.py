"""Sessions in Redis: a restart of the server loses nothing. The only user of the redis package.

One hash for each session, which ends by itself when it is idle; the seats are a sorted set by the
time at which they end. Looking for a free seat and taking it is one script, so that all workers on
all machines count together.
"""
# ruff: noqa: D102 - the docstrings stand in store.Store

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError
from redis.exceptions import TimeoutError as RedisTimeoutError

from examples.workshop_app.pictures import Upload
from examples.workshop_app.store import Kind, NoRoomError, Picture, TooManyPicturesError, View

AWAY = (RedisConnectionError, RedisTimeoutError)
"""What is raised where Redis cannot be reached."""

_SEATS = "workshop:seats"
_CALL_SECONDS = 300

_TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[4])
redis.call('HSET', KEYS[2], 'slow', ARGV[5], 'count', 0)
redis.call('EXPIRE', KEYS[2], ARGV[6])
return 1
"""

_NUMBER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local count = tonumber(redis.call('HGET', KEYS[1], 'count'))
if count >= tonumber(ARGV[1]) then return -2 end
redis.call('HSET', KEYS[1], 'count', count + 1, count .. ':shape', ARGV[2], count .. ':type',
  ARGV[3], count .. ':original', ARGV[4], count .. ':thumbnail', ARGV[5], count .. ':preview',
  ARGV[6])
return count
"""

_SET_IF_THERE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
"""


class RedisStore:
    """A `Store` in Redis; see there."""

    def __init__(self, url: str, *, limit: int, max_pictures: int, idle_seconds: float) -> None:
        self.limit = limit
        self._max_pictures, self._idle_seconds = max_pictures, max(1, round(idle_seconds))
        self._redis = Redis.from_url(url)

    async def open(self, *, slow: bool) -> str | None:
        session, now = secrets.token_urlsafe(32), time.time()
        async with _room():
            taken = await self._redis.eval(
                _TAKE,
                2,
                _SEATS,
                _key(session),
                now,
                now + self._idle_seconds,
                self.limit,
                session,
                int(slow),
                self._idle_seconds,
            )
        return session if taken else None

    async def look(self, session: str) -> View | None:
        key, ends = _key(session), time.time() + self._idle_seconds
        slow, count = await self._fields(key, "slow", "count")
        if slow is None or count is None:
            return None
        await self._redis.expire(key, self._idle_seconds)
        with suppress(OutOfMemoryError):  # then the seat ends sooner, and those inside go on
            await self._redis.zadd(_SEATS, {session: ends}, xx=True)
        numbers = range(int(count))
        shapes = await self._fields(key, *(f"{number}:shape" for number in numbers))
        captions = await self._fields(key, *(f"{number}:caption" for number in numbers))
        pictures = map(_picture, numbers, shapes, captions)
        return View(slow=slow == b"1", pictures=tuple(pictures))

    async def set_slow(self, session: str, *, slow: bool) -> None:
        async with _room():
            await self._redis.eval(_SET_IF_THERE, 1, _key(session), "slow", int(slow))

    async def add(self, session: str, upload: Upload) -> Picture | None:
        shape = f"{upload.width}x{upload.height}"
        async with _room():
            number = await self._redis.eval(
                _NUMBER,
                1,
                _key(session),
                self._max_pictures,
                shape,
                upload.content_type,
                upload.original,
                upload.thumbnail,
                upload.preview,
            )
        if number == -2:
            raise TooManyPicturesError
        return _picture(number, shape.encode(), None) if number >= 0 else None

    async def fetch(self, session: str, number: int, kind: Kind) -> tuple[bytes, str] | None:
        whole, its_type = await self._fields(_key(session), f"{number}:{kind}", f"{number}:type")
        if whole is None or its_type is None:
            return None
        return whole, its_type.decode() if kind == "original" else "image/jpeg"

    async def set_caption(self, session: str, number: int, caption: str) -> None:
        async with _room():
            await self._redis.eval(_SET_IF_THERE, 1, _key(session), f"{number}:caption", caption)

    async def begin_call(self, session: str) -> bool:
        async with _room():
            return bool(await self._redis.set(_call(session), 1, nx=True, ex=_CALL_SECONDS))

    async def end_call(self, session: str) -> None:
        await self._redis.delete(_call(session))

    async def close(self, session: str) -> None:
        await self._redis.delete(_key(session), _call(session))
        await self._redis.zrem(_SEATS, session)

    async def taken(self) -> int:
        return int(await self._redis.zcount(_SEATS, time.time(), "+inf"))

    async def sweep(self) -> None:
        """Redis ends idle sessions by itself."""

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def _fields(self, key: str, *names: str) -> list[bytes | None]:
        found = await self._redis.hmget(key, list(names)) if names else []
        return cast("list[bytes | None]", found)


def _key(session: str) -> str:
    return f"workshop:session:{session}"


def _call(session: str) -> str:
    return f"workshop:call:{session}"


def _picture(number: int, shape: bytes | None, caption: bytes | None) -> Picture:
    width, height = (shape or b"0x0").decode().split("x")
    said = caption.decode() if caption else ""
    return Picture(number=number, width=int(width), height=int(height), caption=said)


@asynccontextmanager
async def _room() -> AsyncIterator[None]:
    try:
        yield
    except OutOfMemoryError:
        raise NoRoomError from None
