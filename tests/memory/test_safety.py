"""A probe takes nobody down; a hundred of them, in tests/benchmarks/test_memory_safety.py."""

import pytest

from tests.memory.beside_an_app import MIB, probe_beside_an_app
from tests.memory.groups import NO_GROUPS, can_make_groups

pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(not can_make_groups(), reason=NO_GROUPS),
]


def test_an_app_in_the_same_group_survives_every_kind_of_probe():
    seen = probe_beside_an_app(6, 1280 * MIB)
    assert seen.app_survived
    assert seen.kills == 0
    assert [probe[0] for probe in seen.probes[1:4]] == ["guard", "guard", "guard"]
    assert seen.probes[0][1] in {5, 6}
    assert seen.probes[5][1] in {18, 19, 20}
