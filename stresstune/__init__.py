"""Measure what this deployment can really hold, and set its limits to match.

A tour::

    memory = probe_memory(Workload(sessions=30))         # how many sessions fit?
    api = probe_api(Gemini(), Workload(sessions=30))     # which limit of the API binds?
    verdict = judge(memory, api, Workload(sessions=30))  # good, concerning, critical?
    made = plan("workshop.toml", recommend(verdict))     # what would be written, as a diff
    apply(made).undo()                                   # write it, and take it back
    tune("workshop.toml")                                # all of it at once
    check("workshop.toml")                               # at startup: does it still fit?
    load_settings("workshop.toml")                       # what the app reads

Names are loaded when they are asked for: importing this package costs next to nothing.
"""

from __future__ import annotations

# Every use of this package needs typing, and inspect (the library of its records does): loaded
# here, they do not keep the first call (a startup check, say) waiting. The rest of what costs time
# waits until it is asked for.
import inspect  # noqa: F401 - see above
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresstune.api.classic import aburst, aramp, asustained, burst, ramp, sustained
    from stresstune.api.gemini import Gemini
    from stresstune.api.http import HttpTarget
    from stresstune.api.probe import aprobe_api, probe_api
    from stresstune.config.aio import aapply, aload_settings, aplan, arollback
    from stresstune.config.apply import Applied, apply
    from stresstune.config.plan import plan
    from stresstune.config.rollback import rollback
    from stresstune.config.settings import Settings, load_settings
    from stresstune.errors import (
        ConfigError,
        CredentialsMissing,
        Interrupted,
        Locked,
        MeasurementError,
        NothingToRollBack,
        ProbeUnsafe,
        StalePlan,
        StateError,
        StresstuneError,
        TargetUnusable,
        UsageError,
        WriteError,
    )
    from stresstune.memory.options import ProbeOptions
    from stresstune.memory.probe import aprobe_memory, probe_memory
    from stresstune.memory.sources import App, Factory, Simulated
    from stresstune.model.api import ApiCapacity, Limit
    from stresstune.model.change import Change, Evidence, Plan
    from stresstune.model.fingerprint import Check
    from stresstune.model.fleet import FleetCapacity
    from stresstune.model.load import LoadResult
    from stresstune.model.memory import MemoryCapacity
    from stresstune.model.policy import Bounds, Policy
    from stresstune.model.report import Dossier
    from stresstune.model.verdict import Finding, Reason, Recommendation, Verdict
    from stresstune.model.workload import Budget, Progress, Workload
    from stresstune.policy.judge import judge
    from stresstune.policy.recommend import fallback, recommend
    from stresstune.workflow.check import acheck, check
    from stresstune.workflow.fleet.public import aprobe_fleet, probe_fleet
    from stresstune.workflow.preflight import Preflight, apreflight, preflight
    from stresstune.workflow.report import asave_report, save_report
    from stresstune.workflow.result import TuneResult
    from stresstune.workflow.tune import atune, tune

_HOMES: dict[str, tuple[str, ...]] = {
    "workflow.tune": ("tune", "atune"),
    "workflow.check": ("check", "acheck"),
    "workflow.preflight": ("preflight", "apreflight", "Preflight"),
    "workflow.result": ("TuneResult",),
    "workflow.report": ("save_report", "asave_report"),
    "model.report": ("Dossier",),
    "model.workload": ("Workload", "Budget", "Progress"),
    "memory.probe": ("probe_memory", "aprobe_memory"),
    "memory.options": ("ProbeOptions",),
    "memory.sources": ("Simulated", "Factory", "App"),
    "model.memory": ("MemoryCapacity",),
    "api.probe": ("probe_api", "aprobe_api"),
    "api.gemini": ("Gemini",),
    "api.http": ("HttpTarget",),
    "api.classic": ("burst", "aburst", "sustained", "asustained", "ramp", "aramp"),
    "workflow.fleet.public": ("probe_fleet", "aprobe_fleet"),
    "model.fleet": ("FleetCapacity",),
    "model.api": ("ApiCapacity", "Limit"),
    "model.load": ("LoadResult",),
    "policy.judge": ("judge",),
    "policy.recommend": ("recommend", "fallback"),
    "model.policy": ("Policy", "Bounds"),
    "model.verdict": ("Verdict", "Finding", "Recommendation", "Reason"),
    "config.plan": ("plan",),
    "config.apply": ("apply", "Applied"),
    "config.rollback": ("rollback",),
    "config.settings": ("load_settings", "Settings"),
    "config.aio": ("aplan", "aapply", "arollback", "aload_settings"),
    "model.change": ("Plan", "Change", "Evidence"),
    "model.fingerprint": ("Check",),
    "errors": (
        "StresstuneError",
        "UsageError",
        "ConfigError",
        "CredentialsMissing",
        "MeasurementError",
        "TargetUnusable",
        "ProbeUnsafe",
        "WriteError",
        "StateError",
        "StalePlan",
        "Locked",
        "NothingToRollBack",
        "Interrupted",
    ),
}

__all__ = [
    # the whole loop, and the startup check
    "tune", "atune", "TuneResult", "check", "acheck", "Check",
    "preflight", "apreflight", "Preflight",
    # what is to be carried, and what a probe may spend
    "Workload", "Budget", "Progress",
    # memory
    "probe_memory", "aprobe_memory", "Simulated", "Factory", "App", "ProbeOptions",
    "MemoryCapacity",
    # the API
    "probe_api", "aprobe_api", "Gemini", "HttpTarget", "ApiCapacity", "Limit",
    "burst", "aburst", "sustained", "asustained", "ramp", "aramp", "LoadResult",
    # many hosts that share one quota
    "probe_fleet", "aprobe_fleet", "FleetCapacity",
    # what it means, and what to do about it
    "judge", "recommend", "fallback", "Policy", "Bounds",
    "Verdict", "Finding", "Recommendation", "Reason",
    # the config
    "plan", "aplan", "apply", "aapply", "rollback", "arollback", "load_settings", "aload_settings",
    "Plan", "Change", "Evidence", "Applied", "Settings",
    # what can be shown to others
    "save_report", "asave_report", "Dossier",
    # what can go wrong
    "StresstuneError", "UsageError", "ConfigError", "CredentialsMissing", "MeasurementError",
    "TargetUnusable", "ProbeUnsafe", "WriteError", "StateError", "StalePlan", "Locked",
    "NothingToRollBack", "Interrupted",
]  # fmt: skip

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from the module where it lives (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
