"""Starts the sessions' process as it was asked for."""

from __future__ import annotations

import msgspec

from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.request import Request
from stresstune.memory.sources import App, child_module, child_words

_READY_RATIO = 0.9


def sessions_process(request: Request, watch: Watch) -> SacrificialProcess:
    """Prepare the process; entering its ``with`` block starts it."""
    source = request.source
    own = source.environment if isinstance(source, App) else {}
    if isinstance(source, App):
        # It is to say itself what it waited for, before its time is up.
        ready_seconds = min(source.ready_seconds, _READY_RATIO * request.max_seconds)
        source = msgspec.structs.replace(source, ready_seconds=ready_seconds)
    words = child_words(source, request.workload)
    return SacrificialProcess(child_module(source), words, watch, {**own, **request.environment})
