"""Worlds that the probe was not built on."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.outside.mixtures import mixtures
from tests.benchmarks.outside.moving import moving
from tests.benchmarks.outside.questions import questions
from tests.benchmarks.outside.quotas import quotas
from tests.benchmarks.outside.servers import servers
from tests.benchmarks.outside.world import OutsideWorld


def worlds() -> Sequence[OutsideWorld]:
    """All of them."""
    return [*quotas(), *servers(), *mixtures(), *moving(), *questions()]
