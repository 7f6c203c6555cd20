"""The JSON schema of everything that a command prints with ``--json``, made from the records."""

from __future__ import annotations

from typing import Any

import msgspec

from stresstune.config.apply import Applied
from stresstune.config.explain import Explanation
from stresstune.emulator.counts import Counts
from stresstune.memory.child.leftovers import Leftover
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Plan
from stresstune.model.fingerprint import Check
from stresstune.model.journal import HistoryEntry
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import SCHEMA, Estimate
from stresstune.model.report import ReportFile
from stresstune.workflow.preflight import Preflight
from stresstune.workflow.result import TuneResult

PRINTED_BY: dict[str, tuple[str, ...]] = {
    "apply": ("TuneResult", "Unfinished"),
    "plan": ("TuneResult", "Unfinished"),
    "plan --out": ("Plan",),
    "probe memory": ("MemoryCapacity", "Unfinished"),
    "probe memory --cleanup": ("Removed",),
    "probe api": ("ApiCapacity", "LoadResult", "Unfinished"),
    "preflight": ("Preflight", "Unfinished"),
    "check": ("Check",),
    "explain": ("Explanation",),
    "history": ("History",),
    "rollback": ("Applied",),
    "report": ("ReportFile",),
    "emulate": ("Counts",),
    "completion": ("Completion",),
    "any command that fails": ("Failure",),
}
"""Which document a command prints; each name is a definition of the schema."""

_RECORDS = (
    *(TuneResult, MemoryCapacity, ApiCapacity, LoadResult, Preflight, Check, Explanation),
    *(HistoryEntry, Applied, Counts, Leftover, Plan, ReportFile),
)
_REF = "#/$defs/"


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12): any document, with a definition for each kind."""
    _, found = msgspec.json.schema_components(
        _RECORDS, schema_hook=_interval, ref_template=_REF + "{name}"
    )
    definitions = {**{name: _whole(one) for name, one in found.items()}, **_envelopes()}
    documents = sorted({name for names in PRINTED_BY.values() for name in names})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What stresstune prints with --json, version {SCHEMA}",
        "type": "object",
        "properties": {"schema": {"const": SCHEMA}},
        "required": ["schema"],
        "anyOf": [{"$ref": _REF + name} for name in documents],
        "$defs": dict(sorted(definitions.items())),
    }


def _whole(definition: dict[str, Any]) -> dict[str, Any]:
    """Whatever has a default may be left out when a document is read; printed it always is."""
    return {**definition, "required": list(definition["properties"])}


def _interval(kind: type) -> dict[str, Any]:
    if kind is not Estimate:
        raise NotImplementedError(f"{kind.__name__} has no schema")
    number = {"type": "number"}
    return {
        "type": "object",
        "title": "A measured number with the ends of its 95 % confidence interval",
        "properties": {"value": number, "low": number, "high": number},
        "required": ["value", "low", "high"],
    }


def _envelopes() -> dict[str, Any]:
    """Return the documents that are no record of their own."""
    text = {"type": "string"}
    either = [{"$ref": _REF + "ApiCapacity"}, {"$ref": _REF + "LoadResult"}, {"type": "null"}]
    return {
        "History": _object(entries={"type": "array", "items": {"$ref": _REF + "HistoryEntry"}}),
        "Removed": _object(removed={"type": "array", "items": {"$ref": _REF + "Leftover"}}),
        "Completion": _object(shell=text, script=text),
        "Failure": _object(outcome={"const": "error"}, exit_code={"type": "integer"}, error=text),
        "Unfinished": _object(
            outcome={"enum": ["failed", "interrupted"]},
            memory={"anyOf": [{"type": "object"}, {"type": "null"}]},
            api={"anyOf": [{"type": "object"}, either[-1]]},
        ),
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
