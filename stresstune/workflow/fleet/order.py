"""What the hosts of a fleet are told to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from stresstune.errors import UsageError

if TYPE_CHECKING:
    from stresstune.config.schema import Config
    from stresstune.memory.sources import Source
    from stresstune.model.change import Evidence, Plan
    from stresstune.model.verdict import Recommendation
    from stresstune.model.workload import Workload
    from stresstune.workflow.options import TuneOptions


@dataclass(frozen=True, kw_only=True)
class Look:
    """Say who you are.

    Attributes:
        path: The config that will be written there, or None.
        state_dir: Folder of its journal, or None.
    """

    path: str | None = None
    state_dir: str | None = None


@dataclass(frozen=True, kw_only=True)
class MemoryOrder:
    """Find out how many sessions fit.

    Attributes:
        run_id: Of the run.
        workload: What a session holds.
        source: What a session is.
        limit_bytes: Memory to reckon with, or None for what there is.
        headroom_ratio: See `stresstune.model.policy.Policy`.
        max_seconds: The probe ends after so long, with what it has found.
        engine_pids: Processes of the engine in the same memory.
    """

    run_id: str
    workload: Workload
    source: Source
    limit_bytes: int | None
    headroom_ratio: float
    max_seconds: float
    engine_pids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CallsOrder:
    """Be ready to make calls.

    Attributes:
        run_id: Of the run; it is filled in when it is sent.
        target: What is called: a target, or a class or a partial of one that makes it there; None
            is what ``options`` and ``config`` say.
        options: Of the run.
        config: Likewise.
        emulator_url: Call the emulator there instead.
        timeout_seconds: Deadline of a call.
        needed_per_second: Calls a second that the run may need, for the hosts' self-test; None
            leaves it out.
    """

    run_id: str = ""
    target: Any = None
    options: TuneOptions | None = None
    config: Config | None = None
    emulator_url: str | None = None
    timeout_seconds: float = 120.0
    needed_per_second: float | None = None


@dataclass(frozen=True, kw_only=True)
class FileOrder:
    """Plan what the config there should say.

    Attributes:
        path: The config, as it is named there.
        wanted: What it should say.
        evidence: For the journal; where it was measured is filled in there.
        careful: Values may become more careful, never bolder.
        state_dir: Folder of the journal, or None.
    """

    path: str
    wanted: Recommendation
    evidence: Evidence
    careful: bool = False
    state_dir: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Why something could not be done on a host.

    Attributes:
        reason: In words.
        stale: The file changed after it was planned.
    """

    reason: str
    stale: bool = False


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan that was made on a host.

    Attributes:
        plan: It.
    """

    plan: Plan


def check_sendable(target: object) -> None:
    """Refuse to send a key through the engine.

    Raises:
        UsageError: The target holds one.
    """
    if _holds_a_key(target):
        raise UsageError(
            "this target holds an API key, which is not sent through the engine: give the class, "
            "target=Gemini or partial(Gemini, 'gemini-2.5-flash'), and each host makes its own "
            "with the key of its environment"
        )


def _holds_a_key(target: object) -> bool:
    if isinstance(target, partial):
        return "api_key" in target.keywords or _holds_a_key(target.func)
    return type(target).__module__ == "stresstune.api.gemini"
