"""Predicted beside killed-at, over session kinds and sizes of group; prints a table."""

from __future__ import annotations

import pytest

from tests.memory.ground_truth import Comparison, compare
from tests.memory.groups import NO_GROUPS, can_make_groups

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not can_make_groups(), reason=NO_GROUPS),
]

ALONE = [
    "encoded",
    "large",
    "decoded",
    "base64_fragmenting",
    "small_objects",
    "tiny",
    "shared_model",
    "short_peak",
    "edit",
    "unequal",
    "periodic",
    "growing",
    "growing_by_factor",
    "lognormal",
]
TOGETHER = ["encoded", "decoded", "small_objects", "edit", "base64_fragmenting"]
NO_HONEST_NUMBER = {"lognormal"}


def test_predictions_are_where_the_kernel_kills():
    cases = [
        *((kind, limit_mib, 1) for kind in ALONE for limit_mib in (384, 1024)),
        *((kind, 2048, 1) for kind in ("encoded", "edit", "periodic")),
        *((kind, limit_mib, 4) for kind in TOGETHER for limit_mib in (384, 1024)),
    ]
    print()
    seen = []
    for case in cases:
        seen.append(compare(*case))
        print(seen[-1], flush=True)
    _judge(seen)


def _judge(seen: list[Comparison]) -> None:
    honest = [each for each in seen if each.kind not in NO_HONEST_NUMBER]
    true = sum(each.is_true for each in honest)
    print(f"true: {true} of {len(honest)}; too high: {sum(each.is_too_high for each in seen)}")
    assert not any(each.kills for each in seen)
    assert all(each.safe < each.killed_at or each.killed_at == 0 for each in seen)
    assert not any(each.is_too_high for each in seen)
    assert true >= 0.9 * len(honest)
