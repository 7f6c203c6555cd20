"""``STRESSTUNE=off``: the switch that an operator can throw without touching a file."""

from __future__ import annotations

import os
from collections.abc import Mapping

SWITCH = "STRESSTUNE"


def is_switched_off(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether `tune` and `check` are to do nothing.

    >>> is_switched_off({"STRESSTUNE": "off"}), is_switched_off({})
    (True, False)
    """
    return environ.get(SWITCH, "").strip().lower() in {"off", "0", "false", "no"}
