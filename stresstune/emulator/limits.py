"""What one model may be asked for, how fast it answers, and the limits that follow from both."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import msgspec

from stresstune.emulator.quotas import WindowKind, default_burst
from stresstune.model.api import LimitKind
from stresstune.model.record import Count, PositiveCount, Ratio, Record, Seconds

MINUTE_SECONDS = 60.0
DAY_SECONDS = 86_400.0

QuotaKind = LimitKind | Literal["images_per_minute"]


class Quotas(Record, frozen=True, kw_only=True):
    """What one model may be asked for; None is no limit.

    Attributes:
        requests_per_minute: RPM; 0 means that the model is not to be had.
        tokens_per_minute: Input TPM.
        images_per_minute: Pictures that are asked for; models that draw have such a quota.
        requests_per_day: RPD, on a fixed window of 24 hours.
        concurrency: Calls in flight; one more is refused.
        concurrency_status: How it is refused: 429 (bare) or 503.
        places: Calls that are served at the same time; others wait (a limit of throughput).
        queue: Calls that may wait for a place; one more meets a 503. None is any number.
        window: How a minute is counted.
        burst: What a bucket of requests holds, or None for a sixth of the limit.
        phase_seconds: How much of the first fixed minute is over when the emulator starts.
        used_ratio: Share of each quota that somebody else has used when the emulator starts.
        rejected_count: Whether calls that are refused count against the quotas.
        bucket: Name under which the service counts the model, or "" for the model's own. Models
            with the same bucket share one quota.
    """

    checked: ClassVar[bool] = True

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    images_per_minute: Count | None = None
    requests_per_day: Count | None = None
    concurrency: PositiveCount | None = None
    concurrency_status: Literal[429, 503] = 429
    places: PositiveCount | None = None
    queue: Count | None = None
    window: WindowKind = "fixed"
    burst: PositiveCount | None = None
    phase_seconds: Seconds = 0.0
    used_ratio: Ratio = 0.0
    rejected_count: bool = False
    bucket: str = ""


class Pace(Record, frozen=True, kw_only=True):
    """How long the service takes for an answer: lognormal, by its median and its sigma.

    Attributes:
        median_seconds: Half of the answers are faster.
        sigma: Standard deviation of the logarithm: 0 is always the median, 0.25 is steady (95 %
            within 1.5 times the median), 1 has a heavy tail (95 % within 5 times).
        metadata_seconds: What countTokens and the list of models take.
    """

    checked: ClassVar[bool] = True

    median_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 1.5
    sigma: Annotated[float, msgspec.Meta(ge=0, le=4)] = 0.25
    metadata_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 0.05


class TrueLimit(Record, frozen=True, kw_only=True):
    """One limit of the emulated service, as it really is.

    Attributes:
        kind: What is limited.
        model: Pattern of the models' names that it holds for, each on its own.
        value: In the unit of the kind; for ``throughput`` calls a second, reckoned from the
            places and the mean time of an answer.
        window: How it is counted, where it is counted over time.
        window_seconds: Length of the window, on the emulator's clock.
        burst: What a bucket holds.
        stated: Whether the service says the value when it refuses.
        rejected_count: Whether refused calls count.
    """

    kind: QuotaKind
    model: str
    value: float
    window: WindowKind | None = None
    window_seconds: float | None = None
    burst: int | None = None
    stated: bool = False
    rejected_count: bool = False


def limits_of(model: str, quotas: Quotas, pace: Pace, *, stated: bool) -> list[TrueLimit]:
    """Return the limits of one model as they really are.

    Args:
        model: Pattern of the models' names.
        quotas: What it may be asked for.
        pace: How long its answers take.
        stated: Whether the service says the value when it refuses.
    """
    limits = [
        TrueLimit(
            kind=kind,
            model=model,
            value=value,
            window=window,
            window_seconds=window_seconds,
            burst=burst_of(quotas, kind, value) if window == "bucket" else None,
            stated=stated,
            rejected_count=quotas.rejected_count,
        )
        for kind, value, window, window_seconds in windows_of(quotas)
    ]
    if quotas.concurrency is not None:
        limits.append(TrueLimit(kind="concurrency", model=model, value=quotas.concurrency))
    if quotas.places is not None and pace.median_seconds > 0:
        rate = quotas.places / mean_seconds(pace)
        limits.append(TrueLimit(kind="throughput", model=model, value=rate))
    return limits


def windows_of(quotas: Quotas) -> list[tuple[QuotaKind, int, WindowKind, float]]:
    """Return kind, value, window and length of each quota that is counted over time."""
    rows: list[tuple[QuotaKind, int | None, WindowKind, float]] = [
        ("requests_per_minute", quotas.requests_per_minute, quotas.window, MINUTE_SECONDS),
        ("requests_per_day", quotas.requests_per_day, "fixed", DAY_SECONDS),
        ("tokens_per_minute", quotas.tokens_per_minute, quotas.window, MINUTE_SECONDS),
        ("images_per_minute", quotas.images_per_minute, quotas.window, MINUTE_SECONDS),
    ]
    return [
        (kind, value, window, length) for kind, value, window, length in rows if value is not None
    ]


def burst_of(quotas: Quotas, kind: QuotaKind, value: int) -> int:
    """Return what the bucket of one quota holds; ``burst`` is in requests, the others in step."""
    if quotas.burst is None or not quotas.requests_per_minute:
        return default_burst(value)
    if kind == "requests_per_minute":
        return quotas.burst
    return max(1, value * quotas.burst // quotas.requests_per_minute)


def mean_seconds(pace: Pace) -> float:
    """Return the mean of the lognormal pace: median * exp(sigma² / 2).

    >>> mean_seconds(Pace(median_seconds=2.0, sigma=0.0))
    2.0
    """
    return float(pace.median_seconds * math.exp(pace.sigma**2 / 2))
