"""What dask is, and does to a process, where it is running: read there without importing it."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any


def nanny_variables() -> tuple[str, ...]:
    """Return the environment variables that dask's nanny set for this process, if it did.

    They are meant for dask's own workers (``MALLOC_TRIM_THRESHOLD_`` changes how memory is given
    back), and the app has none of them.

    >>> nanny_variables()
    ()
    """
    dask = sys.modules.get("dask")
    if dask is None:
        return ()
    preset: dict[str, Any] = dask.config.get("distributed.nanny.pre-spawn-environ", {}) or {}
    return tuple(name for name, value in preset.items() if os.environ.get(name) == str(value))


def terminate_ratio() -> float:
    """Return the share of its memory limit at which a nanny ends its worker; 0 is never.

    >>> 0.0 <= terminate_ratio() <= 1.0
    True
    """
    dask = sys.modules.get("dask")
    ratio = dask.config.get("distributed.worker.memory.terminate", 0) if dask else 0
    return float(ratio or 0)


def engine_version() -> str:
    """Return the version of dask.distributed that is running here, or "".

    >>> isinstance(engine_version(), str)
    True
    """
    return str(getattr(sys.modules.get("distributed"), "__version__", ""))


def be_quiet() -> None:
    """Let dask's own log say only what is critical; our words say the rest.

    It counts where dask was not imported yet, and where nobody has said otherwise. Its client has a
    level of its own, which dask sets when it is imported; a filter stays.
    """
    if os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical") == "critical":
        logging.getLogger("distributed.client").addFilter(_is_critical)


def _is_critical(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL
