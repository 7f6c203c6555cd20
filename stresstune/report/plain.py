"""The words of the field, said to somebody who does not program."""

from __future__ import annotations

import math
import re

from stresstune.model.api import Limit, LimitKind, Provenance
from stresstune.model.verdict import Tier
from stresstune.units import format_ratio, format_seconds

TIERS: dict[Tier, tuple[str, str]] = {
    "good": ("Good", "everybody who is wanted can work at full pace"),
    "concerning": ("Concerning", "it works for most, with less room than is comfortable"),
    "critical": ("Critical", "without a change it breaks in front of the room"),
    "inconclusive": ("Inconclusive", "too little could be measured to say"),
}
"""Each tier, and what it means."""

BINDINGS: dict[str, str] = {
    "memory": "Memory",
    "requests_per_minute": "The API's quota of requests a minute",
    "tokens_per_minute": "The API's quota of input tokens a minute",
    "requests_per_day": "The API's quota of requests a day",
    "concurrency": "Calls at the same time",
    "throughput": "The speed of the service",
    "overload": "The service fails at random",
    "api": "The API",
    "app": "The app itself",
}
"""What binds, by the name that it has in the evidence."""

UNITS: dict[LimitKind, str] = {
    "requests_per_minute": "requests a minute",
    "tokens_per_minute": "input tokens a minute",
    "requests_per_day": "requests a day",
    "concurrency": "calls at the same time",
    "throughput": "answers a second",
    "overload": "of the calls fail, whatever the load",
}

SURE: dict[Provenance, str] = {
    "stated": "stated by the service",
    "measured": "measured",
    "lower_bound": "at least this; it may be more",
}


CODE = re.compile(r"`([\w./=-][\w ./=-]*)`")
"""A command or an option in backticks; nothing else that stands in backticks is taken for one."""


def people(count: int) -> str:
    """Count people.

    >>> people(1), people(1200)
    ('1 person', '1,200 people')
    """
    return "1 person" if count == 1 else f"{count:,} people"


def limit_value(limit: Limit) -> str:
    """Say what is limited to how much.

    >>> limit_value(Limit(kind="requests_per_minute", value=150, low=150, high=150,
    ...                   provenance="stated"))
    '150 requests a minute'
    """
    at_least = "at least " if limit.provenance == "lower_bound" else ""
    return f"{at_least}{number(limit.value, limit.kind)} {UNITS[limit.kind]}"


def limit_interval(limit: Limit) -> str:
    """Say between which ends a limit lies, or "exact"."""
    if limit.low == limit.high:
        return "exact"
    if limit.high is None or math.isinf(limit.high):
        return f"{number(limit.low, limit.kind)} or more"
    return f"{number(limit.low, limit.kind)} to {number(limit.high, limit.kind)}"


def number(value: float, kind: LimitKind) -> str:
    """Print a limit's value as people read it.

    >>> number(0.31, "overload"), number(2.95, "throughput"), number(1e6, "tokens_per_minute")
    ('31 %', '3.0', '1,000,000')
    """
    if kind == "overload":
        return format_ratio(value)
    if not math.isfinite(value):
        return "no end known"
    return f"{value:.1f}" if value < 10 and value % 1 else f"{value:,.0f}"


def place_of(limit_source: str) -> str:
    """Say who sets a memory limit.

    >>> place_of("host"), place_of("cgroup v2 /app"), place_of("--limit")
    ('the whole machine', 'the container: cgroup v2 /app', 'told by --limit')
    """
    if limit_source == "host":
        return "the whole machine"
    if limit_source.startswith("cgroup"):
        return f"the container: {limit_source}"
    if limit_source.startswith(("--", "STRESSTUNE_")):
        return f"told by {limit_source}"
    return limit_source or "unknown"


def pause(seconds: float) -> str:
    """Say how long a pause is.

    >>> pause(10.5), pause(15.0)
    ('10.5 s', '15 s')
    """
    return f"{seconds:g} s" if seconds < 100 else format_seconds(seconds)


def day(at: str) -> str:
    """Print a time of the journal for people, in UTC.

    >>> day("2026-11-24T19:30:00+00:00")
    '2026-11-24 19:30 UTC'
    """
    return f"{at[:16].replace('T', ' ')} UTC"


def capital(words: str) -> str:
    """Begin a sentence."""
    return words[:1].upper() + words[1:]
