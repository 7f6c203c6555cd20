from __future__ import annotations

import pytest

from stresstune.errors import UsageError
from stresstune.workflow.loadtest import LoadTest


def test_a_burst_makes_as_many_calls_as_it_has_at_once() -> None:
    assert LoadTest(kind="burst", concurrent=12).requests == 12


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (LoadTest(kind="burst", concurrent=2_000), "concurrent is 2000: .* at most 1000"),
        (LoadTest(kind="sustained", rate_per_second=400), "rate_per_second is 400"),
        (LoadTest(kind="ramp", stop=3), "has no steps"),
    ],
)
def test_a_test_that_cannot_be_run_is_a_wrong_option(test, message) -> None:
    with pytest.raises(UsageError, match=message):
        _ = test.requests
