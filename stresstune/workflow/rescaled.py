"""What would be right here, worked out from what was measured there."""

from __future__ import annotations

from stresstune.config.fingerprint import is_stated, rescale
from stresstune.config.place import Place
from stresstune.config.recall import last_run_of
from stresstune.config.schema import Config
from stresstune.config.slow_mode import has_slow_mode, reckoned_with
from stresstune.model.brief import Values, values_of
from stresstune.model.fingerprint import Fingerprint
from stresstune.policy import judge, recommend


def rescaled(place: Place, config: Config, now: Fingerprint) -> Values | None:
    """Return the values that would be right, or None where nothing was ever measured.

    Args:
        place: Where the journal is.
        config: What the config says.
        now: Where we are.

    Raises:
        JournalUnreadable: The evidence cannot be read by this version.
    """
    run = last_run_of(place)
    if run is None:
        return None
    then = run.evidence.verdict
    memory = then.memory
    if memory is not None:
        memory = rescale(memory, now.limit_bytes, alone=is_stated(now))
    policy = reckoned_with(config)
    if (memory, config.workload, policy) == (then.memory, then.workload, then.policy):
        return values_of(run.evidence.recommendation)  # the same question has the same answer
    verdict = judge(memory, then.api, config.workload, policy)
    return values_of(recommend(verdict, slow_mode=has_slow_mode(config)))
