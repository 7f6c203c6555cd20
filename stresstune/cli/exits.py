"""Exit codes, and which error has which.

The gaps are on purpose: 2 is what every tool says to a wrong option, and shells and systemd give
meanings of their own to 126 and above.
"""

from __future__ import annotations

from typing import Literal

import click

from stresstune.errors import (
    Interrupted,
    MeasurementError,
    StateError,
    StresstuneError,
    UsageError,
    WriteError,
)
from stresstune.model.verdict import Tier
from stresstune.workflow.result import TuneResult

DONE = 0
INTERNAL = 1
USAGE = 2
CHANGES_PENDING = 10
CONCERNING = 20
CRITICAL = 30
INCONCLUSIVE = 40
NOT_WRITTEN = 50
STALE = 51
INTERRUPTED = 130

MEANINGS = {
    DONE: "Done, or nothing to do.",
    INTERNAL: "An internal error: a fault of stresstune.",
    USAGE: "A wrong option, or a config that cannot be used.",
    CHANGES_PENDING: "Something would change (`plan --exit-code`).",
    CONCERNING: "The tier is concerning (with `--fail-on concerning`).",
    CRITICAL: "The tier is critical (with `--fail-on`).",
    INCONCLUSIVE: "It could not be measured; nothing was written.",
    NOT_WRITTEN: "It could not be written (the old file is intact), or not be printed.",
    STALE: "The plan is stale, or somebody else is writing.",
    INTERRUPTED: "Interrupted: what was measured is printed, and nothing is left behind.",
}
"""What a code says to whoever reads it."""

FailOn = Literal["concerning", "critical"]

_OF_ERROR: tuple[tuple[type[BaseException], int], ...] = (
    (UsageError, USAGE),
    (click.ClickException, USAGE),
    (MeasurementError, INCONCLUSIVE),
    (WriteError, NOT_WRITTEN),
    (StateError, STALE),
    (KeyboardInterrupt, INTERRUPTED),
    (click.Abort, INTERRUPTED),
)


class InterruptedAndShown(Interrupted):
    """An interruption whose part of the result was printed already."""


class FailedAndShown(MeasurementError):
    """An error after one half was measured, which was printed already."""


class NotPrinted(WriteError):
    """Stdout did not take the result, which was shown on stderr instead."""


SHOWN = (InterruptedAndShown, FailedAndShown, NotPrinted)
"""Errors that have printed their document."""


def code_of(error: BaseException) -> int:
    """Return the exit code of an error.

    >>> code_of(UsageError("no such option")), code_of(OSError("?"))
    (2, 1)
    """
    return next((code for kind, code in _OF_ERROR if isinstance(error, kind)), INTERNAL)


def is_expected(error: BaseException) -> bool:
    """Tell whether an error speaks for itself, without a traceback."""
    return isinstance(error, StresstuneError | click.ClickException)


def code_of_tier(tier: Tier, fail_on: FailOn | None) -> int:
    """Return the exit code of a finished run.

    >>> code_of_tier("critical", None), code_of_tier("critical", "concerning")
    (0, 30)
    """
    if tier == "inconclusive":
        return INCONCLUSIVE
    if tier == "critical" and fail_on is not None:
        return CRITICAL
    return CONCERNING if tier == "concerning" and fail_on == "concerning" else DONE


def code_of_result(result: TuneResult, fail_on: FailOn | None) -> int:
    """Return the exit code of a run."""
    if result.outcome == "inconclusive":
        return INCONCLUSIVE
    if result.fleet is not None and any(one.outcome == "failed" for one in result.fleet.hosts):
        return NOT_WRITTEN
    unmeasured = result.tier is None or result.tier == "inconclusive"
    return DONE if unmeasured else code_of_tier(result.tier or "good", fail_on)
