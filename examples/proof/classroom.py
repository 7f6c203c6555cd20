"""A class at work: students that come, upload, think, ask, and are sometimes let down."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from examples.proof.case import Case
from examples.workshop_app.client import AnswerError, Student, photo

_ARRIVE_SECONDS = 4.0
_RETRY_SECONDS = 1.0


@dataclass
class Lesson:
    """What became of a class.

    Attributes:
        seated: Students that got a seat and kept it, with their pictures, until the end.
        turned_away: Students that the full house turned away.
        lost: Sessions that were lost with their pictures.
        requests: Uploads and captions that were asked for.
        failed: Those of them that failed.
        waits: From the wish to the caption, repeats and slow mode included, on the class's clock.
        kills: Processes that the kernel killed.
        reasons: The failures, by the app's own word.
    """

    seated: int = 0
    turned_away: int = 0
    lost: int = 0
    requests: int = 0
    failed: int = 0
    waits: list[float] = field(default_factory=list)
    kills: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def failed_ratio(self) -> float:
        """Share of the requests that failed."""
        return self.failed / self.requests if self.requests else 0.0

    @property
    def holds(self) -> bool:
        """Whether that was a good lesson: nothing killed or lost, at most 1 % failed."""
        return not self.kills and not self.lost and self.failed_ratio <= 0.01 and self.seated > 0

    def wait_seconds(self, share: float) -> float:
        """Return a quantile of the waits."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def hold_lesson(
    base_url: str, case: Case, kills: Callable[[], int], *, seconds: float | None = None
) -> Lesson:
    """Let a class work until its time is over."""
    lesson, before = Lesson(), kills()
    seconds = case.seconds if seconds is None else seconds
    until = time.monotonic() + _ARRIVE_SECONDS + seconds / case.time_scale
    visits = [_Visit(case, lesson, random.Random(seed), until) for seed in range(case.students)]
    await asyncio.gather(*(each.live(base_url) for each in visits))
    lesson.kills = kills() - before
    return lesson


class _LostError(Exception):
    """The session is gone."""


class _Visit:
    """One student."""

    def __init__(self, case: Case, lesson: Lesson, chance: random.Random, until: float) -> None:
        self._case, self._lesson, self._chance, self._until = case, lesson, chance, until
        self._lost = 0

    async def live(self, base_url: str) -> None:
        """Come, and work until the end; whoever loses a session begins again."""
        await asyncio.sleep(self._chance.uniform(0, _ARRIVE_SECONDS))
        async with Student(base_url) as student:
            while time.monotonic() < self._until:
                try:
                    if not await self._join(student):
                        return
                    await self._work(student)
                except _LostError:
                    self._lost += 1
                    self._lesson.lost += 1
                else:
                    self._lesson.seated += not self._lost

    async def _join(self, student: Student) -> bool:
        while time.monotonic() < self._until:
            try:
                await student.join()
            except AnswerError as error:
                if error.reason == "full":
                    self._lesson.turned_away += 1
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
        while time.monotonic() < self._until:
            await self._pause(self._chance.expovariate(1 / self._case.think_seconds))
            wished = time.monotonic()
            number = self._chance.randrange(self._case.pictures)
            if await self._until_done(lambda: student.caption(number)):  # noqa: B023 - awaited here
                waited = (time.monotonic() - wished) * self._case.time_scale
                self._lesson.waits.append(waited)

    async def _until_done(self, ask: Callable[[], Awaitable[object]]) -> bool:
        """Ask, and ask again when the app says so, as its page does."""
        while time.monotonic() < self._until:
            self._lesson.requests += 1
            try:
                await ask()
            except AnswerError as error:
                self._fail(error.reason or str(error.status))
                if error.status == 401:
                    raise _LostError from None
                await self._pause(max(error.wait_seconds, 1.0))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._fail(type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return True
        return False

    def _fail(self, reason: str) -> None:
        self._lesson.failed += 1
        self._lesson.reasons[reason] = self._lesson.reasons.get(reason, 0) + 1

    async def _pause(self, seconds: float) -> None:
        """Wait on the class's own clock, but not beyond the bell."""
        left = max(0.0, self._until - time.monotonic())
        await asyncio.sleep(min(left, seconds / self._case.time_scale))
