"""What a memory probe may be told beyond the usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from stresstune.model.record import Bytes, Record

Until = Literal["target", "guard", "crash"]


class ProbeOptions(Record, frozen=True, kw_only=True):
    """Options of `probe_memory` that are rarely needed.

    Attributes:
        until: Where a ``fill`` ends: at the workload's sessions (``target``), where the next one
            could be too many (``guard``), or when the kernel kills (``crash``; refused where it
            could kill anything but the sessions' process).
        max_seconds: The probe ends after so long, with what it has found; None means a minute for
            a prediction, ten for a fill.
        stall_seconds: So long may a session take without computing and without any memory changing.
        app_baseline_bytes: What the app holds before its first session, where that is known and
            more than the interpreter and the modules that the sessions need.
        what_if: Also measure what would help (other malloc settings, encoded pictures, one thread),
            by a prediction each, for ``advice``.
        what_if_environment: Also measure with these variables in the environment of the app, or of
            a factory's process, by a prediction that ``advice`` tells of whatever it finds: an
            external session store, say. No result repeats their values.

    Raises:
        ValueError: A value is outside of what is possible.

    >>> from stresstune import Workload, probe_memory
    >>> small = Workload(sessions=2, images_per_session=1, image_bytes=100_000)
    >>> probe_memory(small, mode="fill", options=ProbeOptions(max_seconds=30)).held_sessions
    2
    """

    checked: ClassVar[bool] = True

    until: Until = "target"
    max_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
    stall_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 15.0
    app_baseline_bytes: Bytes | None = None
    what_if: bool = False
    what_if_environment: Mapping[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.what_if_environment:
            if not name or "=" in name or "\0" in name:
                raise ValueError(f"what_if_environment has {name!r}, which names no variable")
