"""The proof, on classes that are small enough for a test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="pip install '.[examples]'")
pytest.importorskip("uvicorn", reason="pip install '.[examples]'")

import stresstune
from examples.proof.case import CASES, MIB, Case
from examples.proof.classroom import Lesson
from examples.proof.limits import cell
from examples.proof.run import Outcome, bench, run
from examples.proof.table import table
from tests.examples.servers import run as run_python

# real classes, real kills: minutes, and by hand
pytestmark = pytest.mark.benchmark

needs_a_group = pytest.mark.skipif(
    not os.access("/sys/fs/cgroup/memory/cgroup.procs", os.W_OK),
    reason="a control group (v1) for memory cannot be made here",
)


def settings(seats: int, *, slow: bool = False) -> stresstune.Settings:
    return stresstune.Settings(
        max_concurrent_sessions=seats, slow_mode_default=slow, slow_mode_delay_seconds=5.0
    )


def outcome(after: Lesson, *, best: int, written: str = "written") -> Outcome:
    return Outcome(
        case=CASES[0],
        limit="cgroup v1",
        before=Lesson(seated=0, kills=2, lost=20, requests=10, failed=5),
        after=after,
        was=settings(20),
        became=settings(17, slow=True),
        binding="memory",
        written=written,
        best=best,
    )


GOOD = Lesson(seated=17, requests=200, failed=2, waits=[1.0, 2.0, 3.0])


def test_the_goal_is_a_good_lesson_that_is_nearly_as_large_as_it_can_be():
    assert outcome(GOOD, best=20).reached
    assert not outcome(GOOD, best=21).reached
    assert not outcome(Lesson(seated=17, requests=200, failed=3), best=17).reached
    assert not outcome(Lesson(seated=17, requests=200, lost=1), best=17).reached
    assert not outcome(Lesson(seated=17, requests=200, kills=1), best=17).reached
    assert not outcome(Lesson(), best=0).reached


def test_the_table_has_a_row_before_and_a_row_after():
    head, _, before, after = table([outcome(GOOD, best=20)]).splitlines()
    assert head.startswith("| what binds | config |")
    assert before == "| memory | 20 seats | 0 of 20 | 2 | 20 | 50.0% | 0.0 / 0.0 s |  |"
    tuned = "tuned: 17 seats, slow mode 5 s"
    assert after == f"|  | {tuned} | 17 of 20 | 0 | 0 | 1.0% | 2.0 / 3.0 s | 85% of 20 |"
    unchanged = table([outcome(GOOD, best=17, written="unchanged")])
    assert "tuned: nothing to change" in unchanged


def test_an_unknown_case_is_refused(tmp_path: Path):
    code, _, error = run_python(tmp_path, "-m", "examples.proof", "nothing")
    assert code == 2
    assert "there is no case nothing" in error


@needs_a_group
def test_a_cell_is_gone_afterwards():
    with cell("test", 64 * MIB) as made:
        folder = made.folder
        assert folder is not None
        assert made.kills() == 0
    assert not folder.exists()


@needs_a_group
def test_a_class_that_does_not_fit_in_memory_is_lost_and_one_that_does_is_not():
    case = Case(
        name="test-memory",
        binds="memory",
        students=12,
        pictures=4,
        picture_bytes=4_000_000,
        limit_bytes=200 * MIB,
        api={"latency": 0.5},
        seconds=12.0,
        time_scale=1.0,
    )
    with bench(case) as made:
        lost = made.lesson()
        assert lost.kills > 0
        assert not lost.holds
        held = made.lesson(seats=4)
        assert (held.kills, held.lost, held.failed) == (0, 0, 0)
        assert (held.seated, held.turned_away) == (4, 8)


@needs_a_group
def test_slow_mode_saves_a_class_from_the_quota():
    case = Case(
        name="test-rpm",
        binds="requests a minute",
        students=6,
        pictures=1,
        picture_bytes=100_000,
        api={"rpm": 40, "latency": 1.5},
        seconds=130.0,
        time_scale=8.0,
    )
    said: list[str] = []
    found = run(case, said.append)
    assert found.before.failed_ratio > 0.01
    assert found.before.reasons.keys() == {"rate_limit"}
    assert found.became.slow_mode_default
    assert found.binding == "requests_per_minute"
    assert found.reached, said
