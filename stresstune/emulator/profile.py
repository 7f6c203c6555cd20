"""What an emulated service is like: its quotas, its pace, its errors. Frozen, and JSON."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal, get_args

import msgspec

from stresstune.emulator.limits import Pace, Quotas, TrueLimit, limits_of
from stresstune.model.record import Count, Ratio, Record, Seconds

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

ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Models = Annotated[dict[ModelName, Quotas], msgspec.Meta(min_length=1)]


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
    models: Models = msgspec.field(default_factory=lambda: {"*": Quotas()})
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
        stated = self.errors.refusal in {"stated", "wrapped", "error_info"}
        per_model = (
            limits_of(model, quotas, self.pace, stated=stated)
            for model, quotas in self.models.items()
        )
        limits = [limit for limits in per_model for limit in limits]
        if self.errors.overload_ratio:
            overload = TrueLimit(kind="overload", model="*", value=self.errors.overload_ratio)
            limits.append(overload)
        return tuple(limits)
