"""Simulated services of every kind that the API probe is to be right about."""

from __future__ import annotations

from tests.benchmarks import quota_worlds, server_worlds
from tests.benchmarks.world import World


def worlds() -> list[World]:
    """Return all of them."""
    return [
        *quota_worlds.minute_quotas(),
        *quota_worlds.token_quotas(),
        *quota_worlds.days_and_zeros(),
        *server_worlds.caps(),
        *server_worlds.queues(),
        *server_worlds.noise(),
        *quota_worlds.other_users(),
        *server_worlds.two_limits(),
        *server_worlds.latencies(),
        *server_worlds.other_workloads(),
        *quota_worlds.small_budgets(),
        *quota_worlds.other_buckets(),
        *quota_worlds.slow_or_odd_refusals(),
    ]
