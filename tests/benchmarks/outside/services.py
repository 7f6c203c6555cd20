"""Simulated services that share no code with the package: gates, queues, bodies of their own.

A `Service` is a target, and `Service.arrive` is the same without waiting. It may be as odd as
real ones are: windows of any length, several at once, other people's calls, ramps, drifts, hangs.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Protocol

import anyio


class Gate(Protocol):
    """What lets calls in, or not."""

    def full(self, now: float, tokens: int) -> bool:
        """Whether a call is refused now; counts nothing."""
        ...

    def take(self, now: float, tokens: int) -> None:
        """Count a call."""
        ...

    def wait_seconds(self, now: float) -> float:
        """How long until something fits again."""
        ...


@dataclass
class Window:
    """So many (calls or tokens) in each clock window, or in any stretch of that length."""

    quota: float
    seconds: float = 60.0
    sliding: bool = False
    tokens: bool = False
    phase: float = 0.0
    used: float = 0.0
    used_at: float | None = None
    log: deque[tuple[float, float]] = field(default_factory=deque)
    total: float = 0.0
    current: float | None = None

    def _weight(self, tokens: int) -> float:
        return tokens if self.tokens else 1.0

    def _turn(self, now: float) -> None:
        if self.used and self.used_at is None:
            self.used_at = now
            spread = 20
            for index in range(spread):  # somebody else's calls, over the window just gone
                when = now - self.seconds * (spread - index) / (spread + 1) * 0.9
                self.log.append((when, self.used / spread))
            self.total += self.used
            self.current = math.floor((now + self.phase) / self.seconds)
        if self.sliding:
            while self.log and self.log[0][0] <= now - self.seconds:
                self.total -= self.log.popleft()[1]
            return
        index = math.floor((now + self.phase) / self.seconds)
        if index != self.current:
            self.current, self.total = index, 0.0
            self.log.clear()

    def full(self, now: float, tokens: int) -> bool:
        self._turn(now)
        return self.total + self._weight(tokens) > self.quota + 1e-9

    def take(self, now: float, tokens: int) -> None:
        self._turn(now)
        self.total += self._weight(tokens)
        self.log.append((now, self._weight(tokens)))

    def wait_seconds(self, now: float) -> float:
        if not self.sliding:
            return self.seconds - (now + self.phase) % self.seconds
        return max(0.0, self.log[0][0] + self.seconds - now) if self.log else self.seconds


@dataclass
class Bucket:
    """Fills at a steady rate up to its size."""

    per_second: float
    size: float
    tokens: bool = False
    level: float | None = None
    at: float = 0.0

    def _fill(self, now: float) -> None:
        level = self.size if self.level is None else self.level
        self.level = min(self.size, level + (now - self.at) * self.per_second)
        self.at = now

    def full(self, now: float, tokens: int) -> bool:
        self._fill(now)
        assert self.level is not None
        return self.level + 1e-9 < (tokens if self.tokens else 1)

    def take(self, now: float, tokens: int) -> None:
        assert self.level is not None
        self.level -= tokens if self.tokens else 1

    def wait_seconds(self, now: float) -> float:
        return 1 / self.per_second


@dataclass
class Day:
    """So many until midnight, which does not come."""

    left: int

    def full(self, now: float, tokens: int) -> bool:
        return self.left <= 0

    def take(self, now: float, tokens: int) -> None:
        self.left -= 1

    def wait_seconds(self, now: float) -> float:
        return 36_000.0


Body = Callable[[float, float], Exception]
"""Makes the error of a refusal from (now, seconds to wait)."""


@dataclass
class Guarded:
    """A gate, what it says when it refuses, and whether refused calls count."""

    gate: Gate
    body: Body
    counts_refused: bool = False


@dataclass(frozen=True)
class Answer:
    """What becomes of one call."""

    seconds: float
    error: Exception | None
    input_tokens: int


@dataclass
class Service:
    """All of it together; see the worlds for what it can be.

    Attributes:
        gates: Quotas, asked in their order.
        cap: Calls in flight that are admitted, by time.
        cap_body: What is said above it.
        pace: Seconds of work from (age of the service, calls in flight, chance, number of call).
        places: Calls worked on at once, by time; the others queue.
        queue: Calls that may queue; one more is refused with a 503.
        fails: Share of calls that fail at random, by time.
        fail_body: With what.
        hang: Share of calls that are never answered (or after an hour).
        refusal_seconds: How long a refusal takes.
        tokens: Mean input tokens of a call.
        neighbours_per_second: Somebody else's calls on the same gates.
    """

    seed: int = 0
    gates: Sequence[Guarded] = ()
    cap: Callable[[float], int] | None = None
    cap_body: Body | None = None
    pace: Callable[[float, int, random.Random, int], float] = lambda *_: 1.5
    places: int | None = None
    queue: int | None = None
    queue_body: Body | None = None
    fails: Callable[[float], float] = lambda age: 0.0
    fail_body: Body | None = None
    hang: float = 0.0
    refusal_seconds: float = 0.02
    tokens: int = 260
    tokens_sd: float = 0.0
    tells_tokens: bool = True
    neighbours_per_second: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"service {self.seed}")
        self.others = random.Random(f"others {self.seed}")
        self.born: float | None = None
        self.ends: list[float] = []
        self.free: list[float] = []
        self.waiting: list[float] = []
        self.calls = 0
        self.next_neighbour = math.inf

    async def __call__(self) -> object:
        answer = self.arrive(anyio.current_time())
        await anyio.sleep(answer.seconds)
        if answer.error is not None:
            raise answer.error
        if not self.tells_tokens:
            return "a picture"
        return SimpleNamespace(
            text="a picture",
            usage_metadata=SimpleNamespace(prompt_token_count=answer.input_tokens),
        )

    def arrive(self, now: float) -> Answer:
        """Say what becomes of a call that arrives now."""
        if self.born is None:
            self.born = now
            self.free = [now] * (self.places or 0)
            if self.neighbours_per_second:
                self.next_neighbour = now - 70.0
        while self.next_neighbour <= now:
            self._neighbour(self.next_neighbour)
            self.next_neighbour += self.others.expovariate(self.neighbours_per_second)
        self.calls += 1
        tokens = max(1, round(self.chance.gauss(self.tokens, self.tokens_sd)))
        age = now - self.born
        error = self._refusal(now, age, tokens)
        if error is not None:
            return Answer(self.refusal_seconds, error, tokens)
        seconds = self._work(now, age)
        heapq.heappush(self.ends, now + seconds)
        return Answer(seconds, None, tokens)

    def _neighbour(self, now: float) -> None:
        if not any(guarded.gate.full(now, self.tokens) for guarded in self.gates):
            for guarded in self.gates:
                guarded.gate.take(now, self.tokens)

    def _refusal(self, now: float, age: float, tokens: int) -> Exception | None:
        for ended in (self.ends, self.waiting):
            while ended and ended[0] <= now:
                heapq.heappop(ended)
        if self.chance.random() < self.fails(age):
            assert self.fail_body is not None
            return self.fail_body(now, 1.0)
        if self.cap is not None and len(self.ends) >= self.cap(age):
            assert self.cap_body is not None
            return self.cap_body(now, 1.0)
        refused = next((one for one in self.gates if one.gate.full(now, tokens)), None)
        if refused is not None:
            wait = refused.gate.wait_seconds(now)
            for other in self.gates:
                if other.counts_refused:
                    other.gate.take(now, tokens)
            return refused.body(now, wait)
        if self.queue is not None and self.free[0] > now and len(self.waiting) >= self.queue:
            assert self.queue_body is not None
            return self.queue_body(now, 1.0)
        for guarded in self.gates:
            guarded.gate.take(now, tokens)
        return None

    def _work(self, now: float, age: float) -> float:
        if self.chance.random() < self.hang:
            return 3600.0
        work = self.pace(age, len(self.ends) + 1, self.chance, self.calls)
        if self.places is None:
            return work
        begin = max(now, heapq.heappop(self.free))
        heapq.heappush(self.free, begin + work)
        if begin > now:
            heapq.heappush(self.waiting, begin)
        return begin + work - now
