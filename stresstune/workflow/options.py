"""What may be asked of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from stresstune.errors import UsageError
from stresstune.model.workload import Budget
from stresstune.workflow.endpoint import Endpoint

if TYPE_CHECKING:
    from stresstune.api.target import Target
    from stresstune.emulator import Profile
    from stresstune.memory.sources import Source

Subject = Literal["memory", "api"]

Path = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class TuneOptions:
    """What a run measures, and what becomes of it.

    Attributes:
        only: Measure only this; None is both.
        simulate: Probe an emulator instead of the API: a profile, or the name of one.
        target: Probe this instead of Gemini.
        url: Probe this address: one without a path is a Gemini API (the emulator, a gateway), one
            with a path is any HTTP endpoint.
        model: Gemini's model, if not the config's.
        prompt: What is asked in each call, if not the config's.
        vision: Send a picture along with each call.
        stream: Read each answer as a stream, to its end.
        endpoint: What is sent to an HTTP endpoint; by default nothing, with GET.
        source: What a session is, if not the config's factory or the workload's pictures.
        limit_bytes: Memory to reckon with, if that is less than what there is.
        budget: What the API probe may spend, if not what the config says.
        daily_quota: Requests a day that the API allows, where that is known; a probe without a
            budget of its own takes at most half of what is left of it.
        self_test: Before a real API is probed, find out for a second how many calls this machine
            makes at all.
        results: Do not measure: what an earlier run printed as JSON (a file, or the document).
        fallback: Do not measure: half of the wanted sessions.
        if_needed: Measure only if the startup check is not content, or a side that this run would
            measure never was.
        dry_run: Write nothing.
        state_dir: Folder of the journal, if not ``.stresstune/`` beside the config.
        fleet: Measure many hosts, through dask.distributed: the address of a scheduler, its file,
            or ``local:N`` for a rehearsal on this machine.
        fleet_config: The config as it is named on the hosts, if not as here.
        fleet_workers: Wait, for a minute at the most, until so many workers are there.
        host: Of a fleet's results: write the number of this host, by its name.
        same: One number for all hosts of a fleet, the largest that is safe on each of them.
    """

    only: Subject | None = None
    simulate: str | Profile | None = None
    target: Target | None = None
    url: str | None = None
    model: str | None = None
    prompt: str | None = None
    vision: bool = False
    stream: bool = False
    endpoint: Endpoint | None = None
    source: Source | None = None
    limit_bytes: int | None = None
    budget: Budget | None = None
    daily_quota: int | None = None
    self_test: bool = True
    results: Path | Mapping[str, Any] | None = None
    fallback: bool = False
    if_needed: bool = False
    dry_run: bool = False
    state_dir: Path | None = None
    fleet: str | None = None
    fleet_config: str | None = None
    fleet_workers: int = 0
    host: str | None = None
    same: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: Two options ask for different things.
        """
        if self.only not in {None, "memory", "api"}:
            raise UsageError(f"only is {self.only!r}: it must be memory or api")
        if self.limit_bytes is not None and self.limit_bytes <= 0:
            raise UsageError(f"limit_bytes is {self.limit_bytes}: it must be above 0 bytes")
        if self.daily_quota is not None and self.daily_quota < 1:
            raise UsageError(
                f"the daily quota is {self.daily_quota}: it must be at least 1 request"
            )
        exclusive = {
            "simulate": self.simulate is not None,
            "target": self.target is not None,
            "url": self.url is not None,
            "results": self.results is not None,
            "fallback": self.fallback,
        }
        if self.fleet is not None:
            self._check_fleet()
        given = [name for name, is_given in exclusive.items() if is_given]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} exclude each other: give one of them")
        if self.host is not None and self.same:
            raise UsageError("host and same exclude each other: give one of them")
        if self.only == "memory" and given and given[0] in {"results", "fallback"}:
            raise UsageError(f"only says what is measured, and {given[0]} measures nothing")
        if self.only == "memory" and given:
            raise UsageError(f"{given[0]} is about the API, and only memory was asked for")

    def _check_fleet(self) -> None:
        others = {"results": self.results, "fallback": self.fallback, "host": self.host}
        for name, given in others.items():
            if given:
                raise UsageError(f"fleet and {name} exclude each other: give one of them")
        if self.if_needed:
            raise UsageError("if_needed is about one machine: it does not go with fleet")


class TuneKeywords(TypedDict, total=False):
    """The same as keywords of a call."""

    only: Subject | None
    simulate: str | Profile | None
    target: Target | None
    url: str | None
    model: str | None
    prompt: str | None
    vision: bool
    stream: bool
    endpoint: Endpoint | None
    source: Source | None
    limit_bytes: int | None
    budget: Budget | None
    daily_quota: int | None
    self_test: bool
    results: Path | Mapping[str, Any] | None
    fallback: bool
    if_needed: bool
    dry_run: bool
    state_dir: Path | None
    fleet: str | None
    fleet_config: str | None
    fleet_workers: int
    host: str | None
    same: bool
