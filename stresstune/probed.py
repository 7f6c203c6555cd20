"""Whether this process belongs to a probe."""

from __future__ import annotations

import os
from collections.abc import Mapping

from stresstune.errors import UsageError

MARK = "STRESSTUNE_PROBE"
"""Environment variable that marks a probe's processes, and what these start."""


def is_probed(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a probe started this process, or one that this one comes from.

    >>> is_probed({})
    False
    """
    return bool(environ.get(MARK))


def refuse_within_a_probe() -> None:
    """Keep a probe from being begun by what it probes: that would go on for ever.

    Raises:
        UsageError: This process belongs to a probe.
    """
    if is_probed():
        raise UsageError(
            "a probe was begun by what a probe has started: where a module or an app measures "
            'while it is imported or started, put that under `if __name__ == "__main__":`'
        )
