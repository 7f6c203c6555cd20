"""How many users a limit carries: pure queueing theory.

A user is a session that thinks for Z seconds (exponentially distributed here: nobody pauses by
the clock), calls, waits R seconds for the answer, and thinks again. By the interactive response
time law (Denning and Buzen 1978) N such users make N / (R + Z) calls a second. They are
independent of each other, so that their calls come unevenly; every function here leaves just the
room that this takes, so that no more than ``tolerance_ratio`` of the calls fail, and no more.

A refused call fails at once, and its user comes back after Z instead of R + Z: under overload
refusals breed refusals. `Users.refusal_feedback` accounts for it.
"""

from stresstune.queueing.quotas import (
    bucket_loss,
    erlang_b,
    fixed_window_loss,
    sessions_under_bucket,
    sessions_under_fixed_window,
    sessions_under_window,
    window_loss,
    window_needed,
)
from stresstune.queueing.servers import (
    capped_queue_loss,
    concurrency_needed,
    engset_loss,
    late_ratio,
    sessions_under_concurrency,
    sessions_under_throughput,
)
from stresstune.queueing.users import MAX_SESSIONS, Users, largest

__all__ = [
    "MAX_SESSIONS",
    "Users",
    "bucket_loss",
    "capped_queue_loss",
    "concurrency_needed",
    "engset_loss",
    "erlang_b",
    "fixed_window_loss",
    "largest",
    "late_ratio",
    "sessions_under_bucket",
    "sessions_under_concurrency",
    "sessions_under_fixed_window",
    "sessions_under_throughput",
    "sessions_under_window",
    "window_loss",
    "window_needed",
]
