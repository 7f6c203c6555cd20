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
    """What went wrong, with values and units, and what to do next.

    >>> from stresstune import load_settings
    >>> try:
    ...     load_settings("nowhere.toml")
    ... except StresstuneError as error:
    ...     print(error)
    nowhere.toml does not exist...
    """


class UsageError(StresstuneError):
    """The call or the command line asks for something that cannot be.

    >>> from stresstune import tune
    >>> try:
    ...     tune(simulate="free", fallback=True)
    ... except UsageError as error:
    ...     print(error)
    simulate and fallback exclude each other: give one of them
    """


class ConfigError(UsageError):
    """A config file is missing, unreadable, not TOML, or has a value that is not allowed.

    Attributes:
        path: The file, as it was named by the caller.
        key: Dotted path of the offending key, or None where the file as a whole is at fault.

    >>> from stresstune import load_settings
    >>> try:
    ...     load_settings("nowhere.toml")
    ... except ConfigError as error:
    ...     print(error.path, error.key)
    nowhere.toml None
    """

    def __init__(self, message: str, *, path: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.key = key


class CredentialsMissing(UsageError):
    """There is no API key, and the API was to be probed.

    >>> from stresstune.api.credentials import find_api_key
    >>> try:
    ...     find_api_key(environ={})
    ... except CredentialsMissing as error:
    ...     print(error)
    no API key: set GEMINI_API_KEY, ...
    """


class MeasurementError(StresstuneError):
    """It could not be measured, so nothing can be said about it.

    Attributes:
        partial: What was measured before it failed, or None where nothing was.

    >>> from stresstune import burst
    >>> async def edit():
    ...     raise ConnectionError
    >>> try:
    ...     burst(edit)
    ... except MeasurementError as error:
    ...     print(type(error).__name__)
    TargetUnusable
    """

    partial: object | None = None


class TargetUnusable(MeasurementError):
    """The target refuses every call for a reason that no waiting mends (key, model, address).

    >>> from stresstune import burst
    >>> async def edit():
    ...     raise ConnectionError
    >>> try:
    ...     burst(edit)
    ... except TargetUnusable as error:
    ...     print(error)
    every call ended with ConnectionError: check the key, ...
    """


class ProbeUnsafe(MeasurementError):
    """The measurement could take the app or the caller down, so it was not begun.

    >>> from stresstune import Workload, probe_memory
    >>> from stresstune.memory.options import ProbeOptions
    >>> crash = ProbeOptions(until="crash")
    >>> try:
    ...     probe_memory(Workload(), mode="fill", limit_bytes=200_000_000, options=crash)
    ... except ProbeUnsafe as error:
    ...     print(error)
    going on until the crash is refused: ...; go on until the guard (--until guard)
    """


class WriteError(StresstuneError):
    """A file could not be written; what was there before is still there.

    >>> from pathlib import Path
    >>> from stresstune import apply, plan
    >>> try:
    ...     apply(plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}, state_dir="workshop.toml"))
    ... except WriteError as error:
    ...     print(Path("workshop.toml").read_text())
    MAX_CONCURRENT_SESSIONS = 30
    """


class StateError(StresstuneError):
    """Something changed between two steps that belong together.

    >>> from stresstune import rollback
    >>> try:
    ...     rollback("nowhere.toml")
    ... except StateError as error:
    ...     print(type(error).__name__)
    NothingToRollBack
    """


class StalePlan(StateError):
    """The config is not the one any more for which the plan was made.

    >>> from pathlib import Path
    >>> from stresstune import apply, plan
    >>> made = plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18})
    >>> _ = Path("workshop.toml").write_text("MAX_CONCURRENT_SESSIONS = 12")  # by hand, meanwhile
    >>> try:
    ...     apply(made)
    ... except StalePlan:
    ...     print(Path("workshop.toml").read_text())
    MAX_CONCURRENT_SESSIONS = 12
    """


class Locked(StateError):
    """Another process holds the lock on this config, and did not let go in time.

    >>> from tempfile import TemporaryDirectory
    >>> from stresstune.config.lock import locked
    >>> from stresstune.config.place import find_place
    >>> with TemporaryDirectory() as folder:
    ...     place = find_place("workshop.toml", state_dir=folder)
    ...     with locked(place):  # somebody is writing
    ...         try:
    ...             with locked(place, timeout_seconds=0): ...
    ...         except Locked as error:
    ...             print(error)
    workshop.toml is being written by process ... Nothing was written: try again when it has ended
    """


class NothingToRollBack(StateError):
    """The journal has no such change.

    >>> from stresstune import rollback
    >>> try:
    ...     rollback("nowhere.toml")
    ... except NothingToRollBack as error:
    ...     print(error)
    the journal of nowhere.toml has no change that is still in force: ...
    """


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM reached a probe; nothing of it is left running.

    Attributes:
        partial: What was measured until then (the record that the probe would have returned),
            or None where nothing was.

    >>> from stresstune import Workload, probe_memory
    >>> def ctrl_c(step):
    ...     raise KeyboardInterrupt
    >>> try:
    ...     probe_memory(Workload(images_per_session=1, image_bytes=100_000), on_progress=ctrl_c)
    ... except Interrupted as error:
    ...     print(error.partial.stopped_by)
    interrupted
    """

    def __init__(self, partial: object | None = None) -> None:
        super().__init__("interrupted")
        self.partial = partial
