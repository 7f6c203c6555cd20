"""What people do to an API at a pace, in one sentence: for whoever explains a number."""

from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.api import LATE_ALLOWED_RATIO, ApiCapacity


def average_words(api: ApiCapacity, sessions: int, pause_seconds: float) -> str:
    """Say how many calls so many people make, and why no more of them are carried.

    Args:
        api: What the API carries.
        sessions: People who work at the same time.
        pause_seconds: From an answer to the next call of the same person.

    >>> from stresstune.model.load import Latency
    >>> latency = Latency(count=1, average_seconds=1.3)
    >>> api = ApiCapacity(limits=(), outcome="measured", latency=latency)
    >>> average_words(api, 3, 17.0)[:70]
    '3 people at 17 s between two calls + 1.3 s for an answer make about 9.'
    """
    answer_seconds = api.latency.average_seconds
    count = max(sessions, 1)
    people = f"{count:,} {'person' if count == 1 else 'people'} at {pause_seconds:g} s between two"
    slowest = min((one.low for one in api.limits if one.kind == "throughput"), default=None)
    if slowest is not None and _by_throughput(api, pause_seconds) <= sessions:
        return (
            f"{people} calls share {slowest:g} answers a second, and wait for each other; more "
            f"than {100 * LATE_ALLOWED_RATIO:g} % of the answers could take longer than "
            f"{api.latency_objective_seconds:g} s beyond {sessions:,}"
        )
    per_minute = 60 * count / max(pause_seconds + answer_seconds, 1e-3)
    failing = f"more than {100 * api.error_tolerance_ratio:g} % of the calls could fail"
    return (
        f"{people} calls + {answer_seconds:.1f} s for an answer make about {per_minute:,.1f} calls "
        f"a minute on average; since people fluctuate, {failing} beyond {sessions:,}"
    )


def _by_throughput(api: ApiCapacity, pause_seconds: float) -> int:
    queued = tuple(one for one in api.limits if one.kind == "throughput")
    alone = replace(api, limits=queued, proven_per_minute=None, proven_in_flight=None)
    return alone.max_sessions(pause_seconds)
