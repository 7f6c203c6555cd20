"""What an emulated service is like: its quotas, its pace, its errors. Frozen, and JSON."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal, get_args

import msgspec

from stresstune.emulator.quotas import WindowKind, default_burst
from stresstune.model.api import LimitKind
from stresstune.model.record import Count, PositiveCount, Ratio, Record, Seconds

MINUTE_SECONDS = 60.0
DAY_SECONDS = 86_400.0
ONE_PROJECT = "project"
"""Where every key belongs, unless the profile says otherwise."""

RefusalShape = Literal["stated", "bare", "vertex", "error_info", "wrapped", "broken"]
"""How a 429 is worded.

``stated``: QuotaFailure, Help and RetryInfo, as the Gemini API does today. ``bare``: "Resource
has been exhausted" and nothing else. ``vertex``: shared capacity, no fixed quota. ``error_info``:
the older form, the limit in ``metadata.quota_limit_value``. ``wrapped``: the stated body inside of
a list of one. ``broken``: the stated body, cut off in the middle, as a whole answer.
"""

DelayStyle = Literal["floor", "ceil", "exact", "lying", "none"]
"""What RetryInfo says: whole seconds below or above, nine decimals, a number that has nothing to
do with the quota, or nothing at all."""

FaultName = Literal[
    "reset",
    "hang",
    "half_body",
    "garbage",
    "slow_body",
    "empty",
    "odd",
    "blocked",
    "stream_error",
]

Billing = Literal["ok", "prepaid_empty", "spend_cap", "spend_limit"]
"""Whether a project can pay: its prepayment is used up, its cap for the month is reached, or it
spends too much in ten minutes."""

QuotaKind = LimitKind | Literal["images_per_minute"]
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


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


class Errors(Record, frozen=True, kw_only=True):
    """How the service says no.

    Attributes:
        refusal: How a 429 is worded.
        delays: What its RetryInfo says.
        tier: The last part of the quotas' names: ``FreeTier``, ``PaidTier``, ``PaidTier2``, …
        overload_ratio: Share of calls that meet a 503, at any load and before any quota.
        internal_ratio: Share of admitted calls that end with a 500.
        billing: Whether the project can pay; if not, every call meets a 429 without a quota.
    """

    checked: ClassVar[bool] = True

    refusal: RefusalShape = "stated"
    delays: DelayStyle = "floor"
    tier: str = "FreeTier"
    overload_ratio: Ratio = 0.0
    internal_ratio: Ratio = 0.0
    billing: Billing = "ok"


class Faults(Record, frozen=True, kw_only=True):
    """Shares of the admitted calls that go wrong on the way; at most one thing happens to a call.

    Attributes:
        reset: The connection is reset (RST) before a byte of the answer.
        hang: No answer, ever; the connection stays open.
        half_body: The connection ends in the middle of the body.
        garbage: Bytes that are no HTTP.
        slow_body: The body comes in ten pieces, over as long again as the answer took.
        empty: A 200 with an empty body.
        odd: A 200 whose body is JSON, but no object.
        blocked: A 200 without a candidate (blocked by safety).
        stream_error: A stream that ends with an error instead of its second half.

    Raises:
        ValueError: Together they are more than 1.
    """

    checked: ClassVar[bool] = True

    reset: Ratio = 0.0
    hang: Ratio = 0.0
    half_body: Ratio = 0.0
    garbage: Ratio = 0.0
    slow_body: Ratio = 0.0
    empty: Ratio = 0.0
    odd: Ratio = 0.0
    blocked: Ratio = 0.0
    stream_error: Ratio = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(self.shares().values()) > 1 + 1e-9:
            raise ValueError(f"the shares of all faults are at most 1 together: {self.shares()}")

    def shares(self) -> dict[FaultName, float]:
        """Return the faults that happen at all, with their shares."""
        shares: dict[FaultName, float] = {name: getattr(self, name) for name in get_args(FaultName)}
        return {name: share for name, share in shares.items() if share}


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


class Profile(Record, frozen=True, kw_only=True):
    """A whole emulated service.

    Attributes:
        name: For people.
        models: Quotas by pattern of the model's name (``gemini-2.5-flash``, ``gemini-*``); the
            first that matches holds. A model that matches none is unknown (404).
        pace: How long answers take.
        errors: How it says no.
        faults: What breaks on the way.
        keys: Project by API key; calls with another key are refused. Empty: every key is good, and
            they all belong to one project.
        suspended_keys: Keys that meet a 403, which repeats the key, as the real one does.
        min_deadline_seconds: A shorter ``X-Server-Timeout`` is refused with a 400.
        image_bytes: Size of the pictures that it answers with.
        time_scale: Windows, pace and delays run so many times faster than the clock on the wall.
        seed: For everything that is left to chance.

    >>> Profile(models={"*": Quotas(requests_per_minute=60)}).truth()[0].value
    60
    """

    checked: ClassVar[bool] = True

    name: str = "custom"
    models: dict[ModelName, Quotas] = msgspec.field(default_factory=lambda: {"*": Quotas()})
    pace: Pace = Pace()
    errors: Errors = Errors()
    faults: Faults = Faults()
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    suspended_keys: tuple[str, ...] = ()
    min_deadline_seconds: Seconds = 10.0
    image_bytes: Annotated[int, msgspec.Meta(ge=1, le=50_000_000)] = 60_000
    time_scale: Annotated[float, msgspec.Meta(gt=0, le=10_000)] = 1.0
    seed: Count = 0

    def quotas_for(self, model: str) -> Quotas | None:
        """Return the quotas of a model, or None if there is no such model."""
        for pattern, quotas in self.models.items():
            if fnmatchcase(model, pattern):
                return quotas
        return None

    def truth(self) -> tuple[TrueLimit, ...]:
        """Return every limit of the service, in the order of ``models``."""
        per_model = (_limits_of(self, model, quotas) for model, quotas in self.models.items())
        limits = [limit for limits in per_model for limit in limits]
        if self.errors.overload_ratio:
            overload = TrueLimit(kind="overload", model="*", value=self.errors.overload_ratio)
            limits.append(overload)
        return tuple(limits)


def _limits_of(profile: Profile, model: str, quotas: Quotas) -> list[TrueLimit]:
    limits = [
        TrueLimit(
            kind=kind,
            model=model,
            value=value,
            window=window,
            window_seconds=window_seconds,
            burst=burst_of(quotas, kind, value) if window == "bucket" else None,
            stated=profile.errors.refusal in {"stated", "wrapped", "error_info"},
            rejected_count=quotas.rejected_count,
        )
        for kind, value, window, window_seconds in windows_of(quotas)
    ]
    if quotas.concurrency is not None:
        limits.append(TrueLimit(kind="concurrency", model=model, value=quotas.concurrency))
    if quotas.places is not None and profile.pace.median_seconds > 0:
        rate = quotas.places / mean_seconds(profile.pace)
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
