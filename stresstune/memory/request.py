"""What a probe is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from stresstune.memory.options import ProbeOptions
from stresstune.memory.sources import Simulated, Source
from stresstune.memory.teller import OnProgress
from stresstune.model.memory import MemoryMode
from stresstune.model.workload import Workload

_PREDICT_SECONDS = 60.0
_FILL_SECONDS = 600.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to probe; see `probe_memory` for the names."""

    workload: Workload
    source: Source
    mode: MemoryMode
    limit_bytes: int | None
    headroom_ratio: float
    options: ProbeOptions
    on_progress: OnProgress | None = None
    stop: Callable[[], bool] = lambda: False
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def threads(self) -> int:
        """How many sessions are made at a time."""
        return 1 if isinstance(self.source, Simulated) else self.source.concurrency

    @property
    def max_seconds(self) -> float:
        """How long the probe may take."""
        usual = _PREDICT_SECONDS if self.mode == "predict" else _FILL_SECONDS
        return self.options.max_seconds or usual

    @property
    def crashes(self) -> bool:
        """Whether the kernel is to kill."""
        return self.mode == "fill" and self.options.until == "crash"
