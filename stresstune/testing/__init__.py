"""Simulated services with a known truth, for your own tests of what depends on stresstune.

A `SimulatedService` is a target (an async callable) whose limits you choose. It waits by
``anyio.sleep``, so that under trio's ``MockClock(autojump_threshold=0)`` an hour passes in a
moment. `most_users_that_hold` lets simulated users live on the same service and says how many it
really carries, `users_hold` whether it carries so many: the truth that a recommendation is to be
held against.

>>> from stresstune.testing import FixedWindow, SimulatedService, most_users_that_hold
>>> def service(seed: int) -> SimulatedService:
...     return SimulatedService(rate=FixedWindow(quota=150), latency_seconds=1.5, seed=seed)
>>> most_users_that_hold(service, at_most=30)
8
"""

from stresstune.testing.limits import (
    ConcurrencyCap,
    FixedWindow,
    RateLimit,
    SlidingWindow,
    TokenBucket,
)
from stresstune.testing.service import SimulatedRefusal, SimulatedService
from stresstune.testing.users import Experience, live, most_users_that_hold, users_hold

__all__ = [
    "ConcurrencyCap",
    "Experience",
    "FixedWindow",
    "RateLimit",
    "SimulatedRefusal",
    "SimulatedService",
    "SlidingWindow",
    "TokenBucket",
    "live",
    "most_users_that_hold",
    "users_hold",
]
