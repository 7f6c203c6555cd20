"""A hundred probes beside an app of 800 MiB: it survives, and nothing is killed."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.memory.beside_an_app import MIB, probe_beside_an_app
from tests.memory.groups import NO_GROUPS, can_make_groups

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not can_make_groups(), reason=NO_GROUPS),
]
LIMIT_BYTES = 1280 * MIB
GUARD_BYTES = LIMIT_BYTES - 32 * MIB


def test_an_app_survives_a_hundred_probes():
    seen = probe_beside_an_app(100, LIMIT_BYTES)
    overshoot = (seen.peak_bytes - GUARD_BYTES) / MIB
    print(f"\nended by: {dict(Counter(probe[0] for probe in seen.probes))}")
    print(f"app survived: {seen.app_survived}; kills: {seen.kills}")
    print(f"highest charge beyond the guard: {overshoot:.1f} MiB of 32 allowed")
    assert len(seen.probes) == 100
    assert seen.app_survived
    assert seen.kills == 0
    assert overshoot <= 32
