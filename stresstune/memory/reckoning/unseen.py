"""Sessions that keep too little to be seen. Pure.

What is not seen is not nothing, and its room is no number: then only a lower bound is said.
"""

from __future__ import annotations

from dataclasses import replace

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import Projection
from stresstune.model.record import Estimate

_SMALLEST_SESSION_BYTES = 1024
"""What keeps less is no session of an app: an empty object, a number, a place in a list."""

_RESOLUTION_BYTES = 128 * 1024
"""Two readings and a heap that grows by pages do not tell less than this from nothing."""

_MANY = 100
"""Whether so many times the wanted sessions fit, or more, changes no decision."""

NOTHING_KEPT = (
    "the function returned nothing that is kept, and memory did not grow: return from it what "
    "the app keeps for one session (its pictures, its client, its connection)"
)


def is_unseen(fit: Fit) -> bool:
    """Tell whether what sessions keep is too little to be measured.

    >>> from stresstune.memory.reckoning.steps import Step
    >>> is_unseen(Fit([Step(n, 10**7 + n * 16) for n in range(5)]))
    True
    >>> is_unseen(Fit([Step(n, 10**7 + n * 10**6) for n in range(5)]))
    False
    """
    kept_bytes = fit.mean_bytes * fit.measured
    return fit.mean_bytes < _SMALLEST_SESSION_BYTES or kept_bytes < _RESOLUTION_BYTES


def bounded(projection: Projection, fit: Fit, *, wanted: int) -> Projection | None:
    """Claim no more than can be known, where what sessions keep is too little to be seen.

    Args:
        projection: How many fit, if a session keeps as little as it seems.
        fit: What was measured.
        wanted: Sessions that are wanted.

    Returns:
        A lower bound; None where the projection stands.
    """
    fits = min(projection.sessions, max(fit.last.held, _MANY * wanted))
    if not is_unseen(fit) or fits == projection.sessions:
        return None
    most_bytes = max(0.0, fit.mean_bytes) + _RESOLUTION_BYTES / fit.measured
    return replace(
        projection,
        sessions=fits,
        low=fits,
        high=fits,
        bytes_per_session=Estimate(most_bytes, 0.0, most_bytes),
        sizes_vary=False,
        grows=False,
    )


def is_empty(returned_nothing: int, held: int) -> bool:
    """Tell whether a source kept nothing alive: None each time, or one and the same object.

    >>> is_empty(4, 4), is_empty(3, 4), is_empty(0, 1)
    (True, True, False)
    """
    return returned_nothing > 0 and held - returned_nothing <= 1
