"""From evidence to numbers: pure, total, monotonic, explained.

`judge` says how bad it is and which limit binds, `recommend` says what the knobs should be and
why. Both are functions of their arguments alone.

Decisions that somebody may want to undo:

* **The worst finding wins**, in the order good, inconclusive, concerning, critical. A probe that
  ran and could tell nothing makes the run inconclusive, unless the other one found something that
  is already worth acting on. A subject that nobody asked for has no finding and counts for nothing.
* **More memory is never worse.** The table of thresholds calls it critical when all T sessions fit
  but use more than 93 % of the limit, and concerning when only T - 1 fit, so that a little more
  memory would turn concerning into critical. Here the tier is the best that the table gives for
  this amount of memory or any smaller one: the 93 % make it critical only where T - 1 sessions
  would be critical too (one wanted session, or ``memory_critical_sessions_ratio = 1``), and the
  finding says how full it is.
* **Slow mode is chosen for the users that are wanted**, also where memory lets in fewer: the pause
  then still fits on the day on which more memory is bought, and the number of sessions never
  depends on it.
* **Nobody is let in is no tuning.** The number never goes below 1; the tier is then critical and
  the reason says so.
"""

from stresstune.policy.judge import judge
from stresstune.policy.recommend import fallback, recommend

__all__ = ["judge", "recommend", "fallback"]
