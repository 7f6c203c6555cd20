"""Evidence that an earlier run printed with ``--json``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stresstune.errors import UsageError
from stresstune.model.api import ApiCapacity
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import SCHEMA


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the probes found; None was not measured.

    Attributes:
        memory: About memory.
        api: About the API.
    """

    memory: MemoryCapacity | None = None
    api: ApiCapacity | LoadResult | None = None

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
        case _:
            return None


def read_results(source: str | os.PathLike[str] | Mapping[str, Any]) -> Measured:
    """Read what ``apply``, ``plan`` or ``probe`` printed with ``--json``.

    Args:
        source: A file, or the document itself.

    Raises:
        UsageError: It cannot be read, or holds no measurement.

    >>> read_results({"schema": 1, "memory": None, "api": None})
    Traceback (most recent call last):
        ...
    stresstune.errors.UsageError: the document holds no measurement: neither memory nor api ...
    """
    name = "the document" if isinstance(source, Mapping) else os.fspath(source)
    document = source if isinstance(source, Mapping) else _read(name)
    try:
        measured = _measured(document)
    except ValueError as error:
        raise UsageError(f"{name} cannot be used: {error}") from error
    if measured.memory is None and measured.api is None:
        raise UsageError(
            f"{name} holds no measurement: neither memory nor api was found in it. It must be what "
            "apply, plan or probe printed with --json"
        )
    return measured


def _read(name: str) -> Mapping[str, Any]:
    try:
        document = json.loads(Path(name).read_text())
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{name} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no JSON object: it must be what a command printed with --json")
    return document


def _measured(document: Mapping[str, Any]) -> Measured:
    if document.get("record") in {"api_capacity", "load_result"}:
        return Measured(api=_api(document))
    if "sessions_that_fit" in document:
        return Measured(memory=MemoryCapacity.from_json(document))
    memory, api = document.get("memory"), document.get("api")
    return Measured(
        memory=MemoryCapacity.from_json({"schema": SCHEMA, **memory}) if memory else None,
        api=_api({"schema": SCHEMA, **api}) if api else None,
    )


def _api(document: Mapping[str, Any]) -> ApiCapacity | LoadResult:
    if document.get("record") == "load_result":
        return LoadResult.from_json(document)
    return ApiCapacity.from_json(document)
