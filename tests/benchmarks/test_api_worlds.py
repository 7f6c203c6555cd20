"""How true, how tight and how dear the probe is, on every world of the bench."""

from __future__ import annotations

import pytest

from tests.benchmarks.api_worlds import HEAD, Row, goals, line, measure_all, summary, unsafe

pytestmark = pytest.mark.benchmark

SEEDS = (1,)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return measure_all(SEEDS)


def test_the_probe_is_safe_tight_and_within_its_budget(
    rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print("\n" + "\n".join([HEAD, *map(line, rows), "", *summary(rows)]))
    assert len({row.world.name for row in rows}) >= 60
    assert {goal.name: goal.reached for goal in goals(rows) if not goal.ok} == {}


def test_the_ways_of_today_let_in_too_many(rows: list[Row]) -> None:
    assert len(unsafe(rows, lambda row: row.ramp)) > len(rows) / 4
    assert len(unsafe(rows, lambda row: row.bisection)) > len(rows) / 10
