"""Every error that stresstune raises on purpose.

A 429, a 503 or a timeout during a probe is data and never an exception; these are the cases in
which there is nothing to measure, nothing to decide or nothing to write::

    StresstuneError
    ├── UsageError              the call or the command line asks for something impossible
    │   ├── ConfigError         a config cannot be read, or says something that is not allowed
    │   └── CredentialsMissing  no API key, and nothing else was asked for
    ├── MeasurementError        it could not be measured
    │   ├── TargetUnusable      wrong key, unknown model, no route: every call would fail
    │   └── ProbeUnsafe         measuring it could take the app or the caller down
    ├── WriteError              a file could not be written; the old one is intact
    └── StateError              the world moved on between two steps
        ├── StalePlan           the config changed after the plan was made
        ├── Locked              somebody else is writing
        └── NothingToRollBack   there is no such change in the journal
    Interrupted (KeyboardInterrupt)  Ctrl-C or SIGTERM; carries what was measured until then

Wrong arguments of Python calls are `ValueError` or `TypeError`, as everywhere.
"""

from __future__ import annotations


class StresstuneError(Exception):
    """What went wrong, with values and units, and what to do next."""


class UsageError(StresstuneError):
    """The call or the command line asks for something that cannot be."""


class ConfigError(UsageError):
    """A config file is missing, unreadable, not TOML, or has a value that is not allowed.

    Attributes:
        path: The file, as it was named by the caller.
        key: Dotted path of the offending key, or None where the file as a whole is at fault.
    """

    def __init__(self, message: str, *, path: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.key = key


class CredentialsMissing(UsageError):
    """There is no API key, and the API was to be probed."""


class MeasurementError(StresstuneError):
    """It could not be measured, so nothing can be said about it.

    Attributes:
        partial: What was measured before it failed, or None where nothing was.
    """

    partial: object | None = None


class TargetUnusable(MeasurementError):
    """The target refuses every call for a reason that no waiting mends (key, model, address)."""


class ProbeUnsafe(MeasurementError):
    """The measurement could take the app or the caller down, so it was not begun."""


class WriteError(StresstuneError):
    """A file could not be written; what was there before is still there."""


class StateError(StresstuneError):
    """Something changed between two steps that belong together."""


class StalePlan(StateError):
    """The config is not the one any more for which the plan was made."""


class Locked(StateError):
    """Another process holds the lock on this config, and did not let go in time."""


class NothingToRollBack(StateError):
    """The journal has no such change."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM reached a probe; nothing of it is left running.

    Attributes:
        partial: What was measured until then (the record that the probe would have returned),
            or None where nothing was.
    """

    def __init__(self, partial: object | None = None) -> None:
        super().__init__("interrupted")
        self.partial = partial
