"""What may stand under ``[stresstune]``."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

import msgspec

from stresstune.config.path import parse_path, require_apart
from stresstune.model.policy import Knob, Policy
from stresstune.model.record import PositiveCount, Record
from stresstune.model.workload import Budget, Workload
from stresstune.units import parse_bytes

KNOBS: tuple[Knob, ...] = (
    "max_concurrent_sessions",
    "slow_mode_default",
    "slow_mode_delay_seconds",
)
"""The three knobs, in the order in which they are shown."""

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"

PositiveSeconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class Keys(Record, frozen=True, kw_only=True):
    """Where the app keeps its knobs: dotted paths into its own TOML file.

    Attributes:
        max_concurrent_sessions: An integer; users that are let in at the same time.
        slow_mode_default: A boolean; "" where the app has no slow mode.
        slow_mode_delay_seconds: A number; "" where the app has no slow mode.

    Raises:
        ValueError: One is no dotted path, or two are the same or lie within each other.

    >>> Keys(max_concurrent_sessions="limits.sessions").path_of("max_concurrent_sessions")
    ('limits', 'sessions')
    """

    checked: ClassVar[bool] = True

    max_concurrent_sessions: Annotated[str, msgspec.Meta(min_length=1)] = "MAX_CONCURRENT_SESSIONS"
    slow_mode_default: str = "slow_mode.default"
    slow_mode_delay_seconds: str = "slow_mode.delay_seconds"

    def __post_init__(self) -> None:
        super().__post_init__()
        paths = [_path(self.of(knob), knob) for knob in KNOBS if self.of(knob)]
        try:
            require_apart(paths)
        except ValueError as error:
            raise ValueError(f"each knob needs a path of its own: {error}") from None
        if any(path[0] == "stresstune" for path in paths):
            raise ValueError("a knob cannot stand under stresstune: that is this tool's own table")

    def of(self, knob: Knob) -> str:
        """Return a knob's path as it was written, or "" if the app has no such knob."""
        text: str = getattr(self, knob)
        return text

    def path_of(self, knob: Knob) -> tuple[str | int, ...] | None:
        """Return a knob's path, or None if the app has no such knob."""
        text = self.of(knob)
        return parse_path(text) if text else None


def _path(text: str, knob: Knob) -> tuple[str | int, ...]:
    try:
        return parse_path(text)
    except ValueError as error:
        raise ValueError(f"{knob}: {error}") from None


class Environment(Record, frozen=True, kw_only=True):
    """Names of the environment variables that override the app's knobs.

    Attributes:
        max_concurrent_sessions: Name, or "" for the knob's path in capitals with ``_`` for
            everything that is neither letter nor digit (``slow_mode.default`` becomes
            ``SLOW_MODE_DEFAULT``). It must be given where that is the same for two knobs, or a
            variable that is there for everybody, such as ``PATH``.
        slow_mode_default: Likewise.
        slow_mode_delay_seconds: Likewise.

    Raises:
        ValueError: A name that no shell takes, or the same one twice.
    """

    checked: ClassVar[bool] = True

    max_concurrent_sessions: str = ""
    slow_mode_default: str = ""
    slow_mode_delay_seconds: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for knob in KNOBS if (name := getattr(self, knob))]
        for name in given:
            if not re.fullmatch(_VARIABLE, name):
                raise ValueError(
                    f'"{name}" is no name of an environment variable: write it with letters, '
                    "digits and _, and no digit first"
                )
        if len(set(given)) < len(given):
            raise ValueError("two knobs have the same variable: each needs its own")


class ApiOptions(Record, frozen=True, kw_only=True):
    """What the API probe calls; flags of the command line outrank it.

    Attributes:
        model: Model whose quota is probed, or "" for the command's own default.
        url: Base address of the API, or of any HTTP endpoint; "" for the real Gemini API.
        prompt: What is asked in each call, or "" for the command's own.
        prompt_file: File that holds what is asked, seen from the config's folder; instead of
            ``prompt``.
        vision: Send a picture with each call.
        stream: Read each answer as a stream, to its end.

    Raises:
        ValueError: There is a prompt, and a file that holds one too.
    """

    checked: ClassVar[bool] = True

    model: str = ""
    url: str = ""
    prompt: str = ""
    prompt_file: str = ""
    vision: bool = False
    stream: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prompt and self.prompt_file:
            raise ValueError("prompt and prompt_file exclude each other: give one of them")


class MemoryOptions(Record, frozen=True, kw_only=True):
    """What the memory probe opens; flags of the command line outrank it.

    Attributes:
        limit: Effective limit to reckon with (``"2GB"``, ``"512MiB"``), or "" to find it.
        factory: ``"package.module:function"`` that opens one real session, or "" for pictures.
        concurrency: How many sessions the app opens at the same time (its threads).

    Raises:
        ValueError: The limit is no size, or the factory no ``module:function``.
    """

    checked: ClassVar[bool] = True

    limit: str = ""
    factory: str = ""
    concurrency: PositiveCount = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.limit:
            parse_bytes(self.limit)
        if self.factory and ":" not in self.factory:
            raise ValueError(f"factory is {self.factory!r}: write it as package.module:function")

    @property
    def limit_bytes(self) -> int | None:
        """The limit in bytes, or None if it is to be found."""
        return parse_bytes(self.limit) if self.limit else None


class CheckOptions(Record, frozen=True, kw_only=True):
    """When a measurement is too old to be believed.

    Attributes:
        max_age_days: After so many days `check` calls the values stale.
    """

    checked: ClassVar[bool] = True

    max_age_days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 30.0


class JournalOptions(Record, frozen=True, kw_only=True):
    """How much of the past is kept.

    Attributes:
        keep: Runs, and changes with the bytes before them, that the journal remembers.
        lock_seconds: How long to wait for another writer.
    """

    checked: ClassVar[bool] = True

    keep: PositiveCount = 50
    lock_seconds: PositiveSeconds = 10.0


class Config(Record, frozen=True, kw_only=True):
    """Everything that a config says to stresstune, and where the knobs stand now.

    Attributes:
        path: The file, as it was named.
        workload: ``[stresstune.workload]``.
        keys: ``[stresstune.keys]``.
        policy: ``[stresstune.policy]``.
        budget: ``[stresstune.budget]``.
        api: ``[stresstune.api]``.
        memory: ``[stresstune.memory]``.
        environment: ``[stresstune.environment]``.
        check: ``[stresstune.check]``.
        journal: ``[stresstune.journal]``.
        values: What the file says now for each knob; a knob that is not there is left out.
    """

    path: str
    workload: Workload = Workload()
    keys: Keys = Keys()
    policy: Policy = Policy()
    budget: Budget = Budget()
    api: ApiOptions = ApiOptions()
    memory: MemoryOptions = MemoryOptions()
    environment: Environment = Environment()
    check: CheckOptions = CheckOptions()
    journal: JournalOptions = JournalOptions()
    values: dict[str, Any] = msgspec.field(default_factory=dict)


TABLES: dict[str, type[Record]] = {
    "workload": Workload,
    "keys": Keys,
    "policy": Policy,
    "budget": Budget,
    "api": ApiOptions,
    "memory": MemoryOptions,
    "environment": Environment,
    "check": CheckOptions,
    "journal": JournalOptions,
}
"""Tables under ``[stresstune]`` and the records that they are read into."""
