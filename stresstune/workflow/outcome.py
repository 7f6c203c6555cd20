"""What the config says in the end, and what the room is to be told of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from stresstune.config.path import format_path
from stresstune.config.schema import KNOBS
from stresstune.config.slow_mode import has_slow_mode
from stresstune.policy import judge
from stresstune.policy.advice import announce

if TYPE_CHECKING:
    from stresstune.config.schema import Config
    from stresstune.model.change import Plan
    from stresstune.model.policy import Knob
    from stresstune.model.verdict import Recommendation, Verdict


def in_force(config: Config, made: Plan) -> dict[Knob, Any]:
    """Return what the config says of each knob when a plan is written; not there is left out."""
    changed = {change.key: change.new for change in made.changes}
    found: dict[Knob, Any] = {}
    for knob in KNOBS:
        path = config.keys.path_of(knob)
        key = format_path(path) if path else ""
        value = changed.get(key, config.values.get(knob))
        if value is not None:
            found[knob] = value
    return found


def told(
    recommendation: Recommendation, verdict: Verdict | None, config: Config, final: dict[Knob, Any]
) -> Recommendation:
    """Return the recommendation, announcing what will be in force instead of what was wanted."""
    if "max_concurrent_sessions" not in final or not recommendation.announce:
        return recommendation
    verdict = verdict or judge(workload=config.workload, policy=config.policy)
    slow = bool(final.get("slow_mode_default")) if has_slow_mode(config) else None
    words = announce(verdict, final["max_concurrent_sessions"], slow_mode=slow)
    return replace(recommendation, announce=words)
