"""What would be right here, worked out from what was measured there."""

from __future__ import annotations

from stresstune.config.drift import is_stated
from stresstune.config.glance import glance
from stresstune.config.grounds import grounds_of
from stresstune.config.place import Place
from stresstune.config.rescale import rescale
from stresstune.config.schema import Config
from stresstune.config.slow_mode import has_slow_mode, reckoned_with
from stresstune.model.brief import Values, values_of
from stresstune.model.fingerprint import Fingerprint
from stresstune.policy import judge, recommend
from stresstune.workflow.fitted import OtherWorkload, memory_for


def rescaled(place: Place, config: Config, now: Fingerprint) -> Values | None:
    """Return the values that would be right, or None where nothing was measured that tells them.

    Args:
        place: Where the journal is.
        config: What the config says.
        now: Where we are.

    Raises:
        JournalUnreadable: The evidence cannot be read by this version.
    """
    then = grounds_of(place)
    if then is None:
        return None
    memory = then.memory
    if memory is not None:
        try:
            memory = memory_for(memory, config.workload)
        except OtherWorkload:
            return None
        memory = rescale(memory, now.limit_bytes, alone=is_stated(now))
    policy = reckoned_with(config)
    if (memory, config.workload, policy) == (then.memory, then.workload, then.policy):
        last, _ = glance(place)  # the same question has the same answer
        return last.brief.safe if last else None
    verdict = judge(memory, then.api, config.workload, policy)
    return values_of(recommend(verdict, slow_mode=has_slow_mode(config)))
