"""A small part of the truth bench; the whole of it is in tests/benchmarks/test_memory_truth.py."""

import pytest

from tests.memory.app_truth import compare_app
from tests.memory.ground_truth import compare
from tests.memory.groups import NO_GROUPS, can_make_groups

pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(not can_make_groups(), reason=NO_GROUPS),
]


@pytest.mark.parametrize(
    "kind",
    [
        "encoded",
        "large",
        "small_objects",
        "base64_fragmenting",
        "edit",
        "unequal",
        "growing",
        "converter",
        "report_left_out",
        "large_35th",
        "report_30th",
    ],
)
def test_the_prediction_is_where_the_kernel_kills(kind: str):
    seen = compare(kind, 384)
    assert seen.is_true, str(seen)
    assert seen.safe < seen.killed_at
    assert seen.kills == 0


def test_with_threads_the_safe_number_is_below_the_crash():
    seen = compare("edit", 384, threads=4)
    assert seen.predicted < 1.1 * seen.killed_at, str(seen)
    assert seen.safe < seen.killed_at
    assert seen.kills == 0


def test_with_threads_the_prediction_is_near_the_kill_where_that_repeats_itself():
    seen = compare("decoded", 384, threads=4)
    assert abs(seen.predicted - seen.killed_at) <= 2, str(seen)
    assert seen.safe < seen.killed_at
    assert seen.kills == 0


def test_a_real_app_is_killed_where_it_is_said():
    seen = compare_app("decoded", 384, 1, "--server", "threading")
    assert seen.is_true, str(seen)
    assert seen.safe < seen.killed_at
    assert seen.kills == 0
