"""A class at work: students that come, upload, think, ask, and are sometimes let down."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from examples.proof.case import Case
from examples.proof.outcome import Seen
from examples.workshop_app.client import AnswerError, Student, photo

_RETRY_SECONDS = 1.0


@dataclass
class _Tally:
    """Counts while the class works; see `Seen` for the words."""

    seated: int = 0
    turned_away: int = 0
    lost: int = 0
    requests: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def wait_seconds(self, share: float) -> float:
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def seen(self, kills: int) -> Seen:
        return Seen(
            seated=self.seated,
            turned_away=self.turned_away,
            lost=self.lost,
            kills=kills,
            requests=self.requests,
            failed=self.reasons.total(),
            reasons=dict(self.reasons.most_common()),
            wait_p50_seconds=round(self.wait_seconds(0.5), 3),
            wait_p95_seconds=round(self.wait_seconds(0.95), 3),
        )


class _Bell:
    """Ends the lesson: so long after everybody has uploaded their photos, or should have."""

    def __init__(self, case: Case) -> None:
        self._rings_at = math.inf
        self._missing = case.students
        self._patience_seconds = case.settle_seconds
        self._all_there = asyncio.Event()

    @property
    def left_seconds(self) -> float:
        """Time to work that is left, on the wall's clock; 0 when the bell has rung."""
        return max(0.0, self._rings_at - time.monotonic())

    def settled(self) -> None:
        """Note that one more has uploaded their photos, or was turned away."""
        self._missing -= 1
        if self._missing == 0:
            self._all_there.set()

    async def ring_after(self, seconds: float) -> None:
        """Ring so long after everybody has settled; nobody is waited for too long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_there.wait(), self._patience_seconds)
        self._rings_at = time.monotonic() + seconds


async def hold_lesson(
    base_url: str, case: Case, kills: Callable[[], int], *, seconds: float | None = None
) -> Seen:
    """Let a class work until its time is over."""
    tally, bell, before = _Tally(), _Bell(case), kills()
    seconds = case.seconds if seconds is None else seconds
    visits = [_Visit(case, tally, random.Random(seed), bell) for seed in range(case.students)]
    lives = [each.live(base_url) for each in visits]
    await asyncio.gather(bell.ring_after(seconds / case.time_scale), *lives)
    return tally.seen(kills() - before)


class _LostError(Exception):
    """The session is gone."""


class _Visit:
    """One student."""

    def __init__(self, case: Case, tally: _Tally, chance: random.Random, bell: _Bell) -> None:
        self._case, self._tally, self._chance, self._bell = case, tally, chance, bell
        self._lost = 0
        self._settled = False

    async def live(self, base_url: str) -> None:
        """Come, and work until the end; whoever loses a session begins again."""
        await asyncio.sleep(self._chance.uniform(0, self._case.arrive_seconds))
        async with Student(base_url) as student:
            while self._bell.left_seconds:
                try:
                    if not await self._join(student):
                        self._settle()
                        return
                    await self._work(student)
                except _LostError:
                    self._lost += 1
                    self._tally.lost += 1
                else:
                    self._tally.seated += not self._lost

    async def _join(self, student: Student) -> bool:
        while self._bell.left_seconds:
            try:
                await student.join()
            except AnswerError as error:
                if error.reason == "full":
                    self._tally.turned_away += 1
                    return False
                await asyncio.sleep(_RETRY_SECONDS)
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return True
        return False

    async def _work(self, student: Student) -> None:
        for _ in range(self._case.pictures):
            await self._until_done(lambda: student.upload(photo(self._case.picture_bytes)))
            await self._pause(0.2)
        self._settle()
        while self._bell.left_seconds:
            await self._pause(self._chance.expovariate(1 / self._case.think_seconds))
            wished = time.monotonic()
            number = self._chance.randrange(self._case.pictures)
            if await self._until_done(lambda: student.caption(number)):  # noqa: B023 - awaited here
                self._tally.waits.append((time.monotonic() - wished) * self._case.time_scale)

    async def _until_done(self, ask: Callable[[], Awaitable[object]]) -> bool:
        """Ask, and ask again when the app says so, as its page does."""
        while self._bell.left_seconds:
            self._tally.requests += 1
            try:
                await ask()
            except AnswerError as error:
                self._tally.reasons[error.reason or str(error.status)] += 1
                if error.status == 401:
                    raise _LostError from None
                await self._pause(max(error.wait_seconds, 1.0))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._tally.reasons[type(error).__name__] += 1
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return True
        return False

    def _settle(self) -> None:
        if not self._settled:
            self._settled = True
            self._bell.settled()

    async def _pause(self, seconds: float) -> None:
        """Wait on the class's own clock, but not beyond the bell."""
        await asyncio.sleep(min(self._bell.left_seconds, seconds / self._case.time_scale))
