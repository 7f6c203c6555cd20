"""What the app is meant to carry, and what a probe may spend to find out."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from stresstune.model.memory import MemoryOutlook
from stresstune.model.record import Count, PositiveCount, Record, Seconds

ImageKind = Literal["encoded", "decoded", "base64"]


class Workload(Record, frozen=True, kw_only=True):
    """What the app is meant to carry.

    Attributes:
        sessions: T, how many users are to be let in at the same time.
        images_per_session: Pictures that one session keeps in memory.
        image_bytes: Size of one picture as it is uploaded (encoded), in bytes.
        image_kind: How a session keeps it: ``encoded`` (as uploaded), ``decoded`` (Pillow, 4 bytes
            a pixel) or ``base64`` (text).
        think_seconds: Z, the pause that a user makes between an answer and the next call.
        slow_mode_delay_seconds: What slow mode adds to that pause.
        max_slow_mode_delay_seconds: The longest such delay that users would bear.
        latency_objective_seconds: 95 % of the answers should come within this time.
        error_tolerance_ratio: Share of failed requests that still counts as holding.

    Raises:
        ValueError: A value is of the wrong type or outside of what is possible.

    >>> Workload(sessions=12).images_per_session
    30
    """

    checked: ClassVar[bool] = True

    sessions: PositiveCount = 30
    images_per_session: Count = 30
    image_bytes: Annotated[int, msgspec.Meta(ge=1, le=10**12)] = 2_610_000
    image_kind: ImageKind = "encoded"
    think_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 2.0
    slow_mode_delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 3.0
    max_slow_mode_delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 15.0
    latency_objective_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 10.0
    error_tolerance_ratio: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.01

    @property
    def session_bytes(self) -> int:
        """Picture data that one session is given (encoded size), in bytes."""
        return self.images_per_session * self.image_bytes


class Budget(Record, frozen=True, kw_only=True):
    """Hard caps on what an API probe may spend; requests in flight are counted in.

    Attributes:
        max_requests: Calls, rejected ones included.
        max_seconds: From the first call to the answer.
        max_tokens: Input tokens, or None for no cap.

    >>> Budget(max_requests=200).max_seconds
    180.0
    """

    checked: ClassVar[bool] = True

    max_requests: PositiveCount = 1000
    max_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 180.0
    max_tokens: PositiveCount | None = None


class Progress(Record, frozen=True, kw_only=True):
    """One step of a probe, for whoever wants to show it.

    Attributes:
        stage: Which probe speaks: ``memory`` or ``api``.
        message: What is being asked and what is known so far, in one line for a person.
        done: Units done (sessions, requests), for a bar.
        total: Units to do at the most, or None where that is unknown.
        memory: How full the memory is, and how many sessions will fit; from the memory probe.

    >>> step = Progress(stage="memory", message="12 of 30 sessions are open", done=12, total=30)
    >>> f"{step.stage}: {step.done / step.total:.0%}"
    'memory: 40%'
    """

    stage: Literal["memory", "api"]
    message: str
    done: Seconds = 0.0
    total: Seconds | None = None
    memory: MemoryOutlook | None = None
