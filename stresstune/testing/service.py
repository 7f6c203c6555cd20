"""A simulated service: an async callable with limits of your choice, and answers like Gemini's."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass
from types import SimpleNamespace

from stresstune.testing.checks import at_least, shares
from stresstune.testing.limits import ConcurrencyCap, RateLimit


class SimulatedRefusal(Exception):
    """What the service raises; it carries what google-genai's errors carry.

    Attributes:
        code: HTTP status (429, 503, 500).
        status: Its name at Google (``RESOURCE_EXHAUSTED``, …).
        details: The body, as parsed from JSON.
    """

    def __init__(self, code: int, status: str, details: list[dict[str, object]]) -> None:
        message = f"simulated {status}"
        super().__init__(f"{code} {status}")
        self.code = code
        self.status = status
        self.details = {
            "error": {"code": code, "status": status, "message": message, "details": details}
        }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What becomes of one call.

    Attributes:
        seconds: Until it is answered.
        error: What it is answered with, or None for success.
        input_tokens: Tokens of the prompt.
    """

    seconds: float
    error: SimulatedRefusal | None
    input_tokens: int


@dataclass(kw_only=True)
class SimulatedService:
    """A service with known limits.

    It is a target: ``await service()`` returns something with ``usage_metadata``, or raises
    `SimulatedRefusal`. `arrive` is the same without waiting, on a clock of your own.

    Attributes:
        rate: A quota of requests, or None.
        tokens: A quota of input tokens, or None.
        per_day: Requests left until midnight, or None for no daily quota.
        concurrency: Calls in flight that are admitted (others get a 429), or None.
        places: Calls that are worked on at the same time while others queue, or None.
        latency_seconds: Median response time without a queue.
        latency_sigma: Sigma of its lognormal distribution (0: constant; 1: heavy tail).
        refusal_seconds: How soon a refusal comes.
        overload_ratio: Share of calls that are refused at random, whatever the load.
        overload_code: How they are refused: 503, or a 429 that no quota explains.
        error_ratio: Share of calls that get a 500 at random.
        input_tokens: Mean tokens of a prompt.
        input_tokens_sd: Their standard deviation.
        stated: 429s say which quota it was, and its value.
        lying_delay_seconds: What RetryInfo says instead of the truth, or None.
        model: What a 429 calls the model.
        seed: Of everything that is random here.

    Raises:
        TypeError: A limit is none, such as a bare number.
        ValueError: A number cannot be.
    """

    rate: RateLimit | None = None
    tokens: RateLimit | None = None
    per_day: int | None = None
    concurrency: int | None = None
    places: int | None = None
    latency_seconds: float = 1.5
    latency_sigma: float = 0.0
    refusal_seconds: float = 0.02
    overload_ratio: float = 0.0
    overload_code: int = 503
    error_ratio: float = 0.0
    input_tokens: int = 260
    input_tokens_sd: float = 0.0
    stated: bool = False
    lying_delay_seconds: float | None = None
    model: str = "gemini-3-flash"
    seed: int = 0

    def __post_init__(self) -> None:
        self._check()
        self.calls = 0
        self.admitted = 0
        self.refused = 0
        self._random = random.Random(self.seed)
        self._cap = None if self.concurrency is None else ConcurrencyCap(self.concurrency)
        self._free_at = None if self.places is None else [-math.inf] * self.places
        self._day_left = self.per_day

    def _check(self) -> None:
        for name, limit in (("rate", self.rate), ("tokens", self.tokens)):
            if limit is not None and not hasattr(limit, "admit"):
                raise TypeError(
                    f"{name} is {limit!r}, and it must be a limit: FixedWindow({limit})"
                )
        at_least(1, concurrency=self.concurrency, places=self.places)
        at_least(0, per_day=self.per_day, lying_delay_seconds=self.lying_delay_seconds)
        at_least(0, latency_seconds=self.latency_seconds, latency_sigma=self.latency_sigma)
        at_least(0, refusal_seconds=self.refusal_seconds)
        at_least(0, input_tokens=self.input_tokens, input_tokens_sd=self.input_tokens_sd)
        shares(overload_ratio=self.overload_ratio, error_ratio=self.error_ratio)

    async def __call__(self) -> object:
        """Be called: wait as long as the service takes, then answer or refuse.

        Raises:
            SimulatedRefusal: By a limit, or at random.
        """
        import anyio  # noqa: PLC0415 - the pure part of this module does without

        answer = self.arrive(anyio.current_time())
        await anyio.sleep(answer.seconds)
        if answer.error is not None:
            raise answer.error
        return SimpleNamespace(
            text="a picture",
            usage_metadata=SimpleNamespace(prompt_token_count=answer.input_tokens),
        )

    def arrive(self, now_seconds: float) -> Answer:
        """Say what becomes of a call that arrives now; calls arrive in the order of time."""
        self.calls += 1
        tokens = max(1, round(self._random.gauss(self.input_tokens, self.input_tokens_sd)))
        error = self._refusal(now_seconds, tokens)
        if error is not None:
            self.refused += 1
            return Answer(seconds=self.refusal_seconds, error=error, input_tokens=tokens)
        self.admitted += 1
        seconds = self._service_seconds(now_seconds)
        if self._cap is not None:
            self._cap.occupy(now_seconds + seconds)
        broken = self._random.random() < self.error_ratio
        return Answer(
            seconds=seconds,
            error=SimulatedRefusal(500, "INTERNAL", []) if broken else None,
            input_tokens=tokens,
        )

    def _refusal(self, now: float, tokens: int) -> SimulatedRefusal | None:
        if self._random.random() < self.overload_ratio:
            status = "RESOURCE_EXHAUSTED" if self.overload_code == 429 else "UNAVAILABLE"
            return SimulatedRefusal(self.overload_code, status, [])
        if self._day_left is not None and self._day_left <= 0:
            return self._quota_exhausted("requests", "PerDay", float(self.per_day or 0), 40.0)
        if self._cap is not None and not self._cap.has_room(now):
            return SimulatedRefusal(429, "RESOURCE_EXHAUSTED", [])
        if self.rate is not None and not self.rate.admit(now):
            delay = self.rate.retry_after_seconds(now)
            return self._quota_exhausted("requests", "PerMinute", _quota(self.rate), delay)
        if self.tokens is not None and not self.tokens.admit(now, tokens):
            delay = self.tokens.retry_after_seconds(now)
            return self._quota_exhausted("tokens", "PerMinute", _quota(self.tokens), delay)
        if self._day_left is not None:
            self._day_left -= 1
        return None

    def _service_seconds(self, now: float) -> float:
        service = self.latency_seconds * math.exp(self._random.gauss(0, self.latency_sigma))
        if self._free_at is None:
            return service
        begin = max(now, heapq.heappop(self._free_at))
        heapq.heappush(self._free_at, begin + service)
        return begin + service - now

    def _quota_exhausted(
        self, what: str, window: str, value: float, delay: float
    ) -> SimulatedRefusal:
        if not self.stated:
            return SimulatedRefusal(429, "RESOURCE_EXHAUSTED", [])
        if self.lying_delay_seconds is not None:
            delay = self.lying_delay_seconds
        name = {
            "requests": f"GenerateRequests{window}PerProjectPerModel",
            "tokens": f"GenerateContentPaidTierInputTokensPerModel{window}",
        }[what]
        violation: dict[str, object] = {
            "quotaMetric": f"generativelanguage.googleapis.com/generate_content_{what}",
            "quotaId": f"{name}-PaidTier1",
            "quotaDimensions": {"location": "global", "model": self.model},
        }
        if value > 0:  # the real service leaves the value out where it is 0
            violation["quotaValue"] = str(round(value))
        details: list[dict[str, object]] = [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{delay:.0f}s"},
        ]
        refusal = SimulatedRefusal(429, "RESOURCE_EXHAUSTED", details)
        refusal.details["error"]["message"] = (
            f"You exceeded your current quota.\n* Quota exceeded for metric: "
            f"{violation['quotaMetric']}, limit: {round(value)}, model: {self.model}\n"
            f"Please retry in {delay}s."
        )
        return refusal


def _quota(limit: RateLimit) -> float:
    return float(getattr(limit, "quota", 0))
