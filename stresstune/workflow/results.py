"""Evidence that an earlier run printed with ``--json``."""

from __future__ import annotations

import json
import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from stresstune.errors import UsageError
from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity, MissingHost
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import SCHEMA
from stresstune.model.workload import Workload
from stresstune.workflow.fitted import OtherWorkload, memory_for
from stresstune.workflow.gathered import Gathered


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the probes found; None was not measured.

    Attributes:
        memory: About memory.
        api: About the API.
        fleet: About many hosts; memory is then None.
    """

    memory: MemoryCapacity | None = None
    api: ApiCapacity | LoadResult | None = None
    fleet: FleetCapacity | None = None

    @property
    def simulated(self) -> bool:
        """Whether the API was the emulator."""
        return self.api is not None and self.api.simulated


def as_measured(found: object) -> Measured | None:
    """Wrap what one probe found, or None where that was nothing."""
    match found:
        case Measured():
            return found
        case MemoryCapacity():
            return Measured(memory=found)
        case ApiCapacity() | LoadResult():
            return Measured(api=found)
        case FleetCapacity():
            return Measured(api=found.api, fleet=found)
        case _:
            return None


def read_results(
    source: str | os.PathLike[str] | Mapping[str, Any], workload: Workload | None = None
) -> Measured:
    """Read what ``apply``, ``plan`` or ``probe`` printed with ``--json``.

    Args:
        source: A file, a folder with one such file (``NAME.json``) of each host of a fleet, or the
            document itself.
        workload: What the evidence is to answer for; what was found for another one is scaled, and
            says so. None takes it as it is.

    Raises:
        UsageError: It cannot be read, holds no measurement, or none that says anything of this
            workload.

    >>> read_results({"schema": 1, "memory": None, "api": None})
    Traceback (most recent call last):
        ...
    stresstune.errors.UsageError: the document holds no measurement: neither memory nor api ...
    """
    name = "the document" if isinstance(source, Mapping) else os.fspath(source)
    if not isinstance(source, Mapping) and Path(source).is_dir():
        return _read_folder(Path(source), workload)
    document = source if isinstance(source, Mapping) else _read(name)
    try:
        measured = _measured(document)
        if workload is not None:
            measured = _fitted(measured, workload)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{name} cannot be used: {error}") from error
    if measured == Measured():
        raise UsageError(
            f"{name} holds no measurement: neither memory nor api was found in it. It must be what "
            "apply, plan or probe printed with --json"
        )
    return measured


def _fitted(found: Measured, workload: Workload) -> Measured:
    if found.fleet is not None:
        return _of_fleet(_fleet_for(found.fleet, workload))
    memory = found.memory and memory_for(found.memory, workload)
    return Measured(memory=memory, api=_api_for(found.api, workload))


def _api_for(
    api: ApiCapacity | LoadResult | None, workload: Workload
) -> ApiCapacity | LoadResult | None:
    """Judge an API by the stricter of two objectives, and say where they differ."""
    if not isinstance(api, ApiCapacity):
        return api
    then, now = api.latency_objective_seconds, workload.latency_objective_seconds
    if then == now:
        return api
    note = (
        f"probed for answers within {then:g} s, and the config says {now:g} s: the stricter "
        "counts; probe the API again to be sure"
    )
    return replace(api, latency_objective_seconds=min(then, now), notes=(*api.notes, note))


def _fleet_for(fleet: FleetCapacity, workload: Workload) -> FleetCapacity:
    """Make each host's evidence fit; a host whose evidence says nothing of it is missing."""
    hosts, missing = [], list(fleet.missing)
    for host in fleet.hosts:
        try:
            memory = host.memory and memory_for(host.memory, workload)
        except OtherWorkload as error:
            missing.append(MissingHost(name=host.name, reason=str(error), id=host.id))
        else:
            hosts.append(replace(host, memory=memory))
    api = _api_for(fleet.api, workload)
    return replace(fleet, hosts=tuple(hosts), missing=tuple(missing), api=api)


def _read_folder(folder: Path, workload: Workload | None) -> Measured:
    """Merge what several hosts printed; a file that cannot be used is a host that is missing."""
    seen = (one for one in folder.glob("*.json") if not one.name.startswith("."))
    files = sorted(seen, key=lambda one: (len(one.name), one.name))  # a copy has the longer name
    if not files:
        raise UsageError(
            f"{folder} holds no *.json: it must hold what probe or apply printed with --json, one "
            "NAME.json for each host"
        )
    together = Gathered()
    for file in files:
        try:
            found = _read_host(file, workload)
        except UsageError as error:
            together.missing.append(MissingHost(name=file.stem, reason=str(error)))
        else:
            together.add(file.stem, memory=found.memory, api=found.api, fleet=found.fleet)
    if together.is_empty:
        reasons = "; ".join(map(str, together.missing))
        raise UsageError(f"{folder} holds no measurement that can be used: {reasons}")
    fleet = together.fleet()
    return Measured(api=fleet.api, fleet=fleet)


def _read_host(file: Path, workload: Workload | None) -> Measured:
    if not file.is_file():
        raise UsageError(f"{file} is no file")
    return read_results(file, workload)


def _read(name: str) -> Mapping[str, Any]:
    try:
        document = json.loads(Path(name).read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no JSON object: it must be what a command printed with --json")
    return document


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _measured(document: Mapping[str, Any]) -> Measured:
    schema, record = document.get("schema", SCHEMA), document.get("record")
    if schema != SCHEMA:
        raise ValueError(f"schema is {schema!r}, and this version reads {SCHEMA}")
    if record in ("api_capacity", "load_result"):
        return Measured(api=_api(document))
    if record == "fleet_capacity":
        return _of_fleet(FleetCapacity.from_json(document))
    fleet = _member(document, "fleet") if record == "tune_result" else None
    if fleet is not None:
        capacity = _member(fleet, "capacity")
        return _of_fleet(FleetCapacity.from_json({"schema": SCHEMA, **(capacity or {})}))
    if "sessions_that_fit" in document:
        return Measured(memory=MemoryCapacity.from_json(document))
    memory, api = _member(document, "memory"), _member(document, "api")
    return Measured(
        memory=MemoryCapacity.from_json({"schema": SCHEMA, **memory}) if memory else None,
        api=_api({"schema": SCHEMA, **api}) if api else None,
    )


def _member(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    found = document.get(name)
    if found is None or isinstance(found, Mapping):
        return found
    raise ValueError(f"{name} is {reprlib.repr(found)}: it must be an object, or null")


def _of_fleet(fleet: FleetCapacity) -> Measured:
    return Measured(api=fleet.api, fleet=fleet)


def _api(document: Mapping[str, Any]) -> ApiCapacity | LoadResult:
    if document.get("record") == "load_result":
        return LoadResult.from_json(document)
    return ApiCapacity.from_json(document)
