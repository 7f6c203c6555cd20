"""Starts the sessions' process as it was asked for."""

from __future__ import annotations

from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.request import Request
from stresstune.memory.sources import App, child_module, child_words


def sessions_process(request: Request, watch: Watch) -> SacrificialProcess:
    """Prepare the process; entering its ``with`` block starts it."""
    source = request.source
    own = source.environment if isinstance(source, App) else {}
    words = child_words(source, request.workload)
    return SacrificialProcess(child_module(source), words, watch, {**own, **request.environment})
