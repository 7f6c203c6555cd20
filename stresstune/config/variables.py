"""Names of the environment variables that override the app's knobs."""

from __future__ import annotations

import re

from stresstune.config.schema import Config
from stresstune.model.policy import Knob

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")

_COMMON = """
CI COLUMNS DEBUG DISPLAY EDITOR HOME HOST HOSTNAME LANG LINES LOGNAME MAIL OLDPWD PAGER PATH
PORT PWD SHELL SHLVL TEMP TERM TMP TMPDIR TZ USER
"""
WELL_KNOWN = frozenset(_COMMON.split())
"""Variables that shells, systems and hosting platforms set for everybody."""


def variable_of(config: Config, knob: Knob) -> str:
    """Return the name of the environment variable that overrides a knob, or "" if none can.

    >>> variable_of(Config(path="workshop.toml"), "slow_mode_default")
    'SLOW_MODE_DEFAULT'
    """
    given: str = getattr(config.environment, knob)
    return given or _NOT_A_NAME.sub("_", config.keys.of(knob)).strip("_").upper()
