"""The proof, on classes that are small enough for a test."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="pip install '.[examples]'")
pytest.importorskip("uvicorn", reason="pip install '.[examples]'")

from dataclasses import replace

from examples.proof import outcome as kept
from examples.proof.__main__ import KEPT, README
from examples.proof.bench import bench
from examples.proof.case import CASES, MIB, Case, quick
from examples.proof.limits import cell
from examples.proof.outcome import Knobs, Outcome, Seen
from examples.proof.run import run
from examples.proof.table import BEGIN, END, table, write_between_markers
from tests.examples.servers import run as run_python

pytestmark = pytest.mark.no_cover

needs_a_group = pytest.mark.skipif(
    not os.access("/sys/fs/cgroup/memory/cgroup.procs", os.W_OK),
    reason="a control group (v1) for memory cannot be made here",
)

GOOD = Seen(seated=17, turned_away=3, requests=200, failed=2, wait_p50_seconds=2.0)
OUTCOME = Outcome(
    case="memory",
    binds="memory",
    students=20,
    limit="cgroup v1",
    was=Knobs(seats=20),
    before=Seen(kills=2, lost=20, requests=10, failed=5, reasons={"no_session": 5}),
    became=Knobs(seats=17, slow_mode_seconds=5.0),
    after=GOOD,
    binding="memory",
    written="written",
    best=20,
)
QUOTA = Case(
    name="test-rpm",
    binds="requests a minute",
    students=3,
    pictures=1,
    picture_bytes=50_000,
    api={"rpm": 22, "latency": 0.5},
    seconds=120.0,
    time_scale=20.0,
    arrive_seconds=0.5,
    probe_seconds=50.0,  # no time to ask whether refused calls count too, which takes a minute
)


def test_the_goal_is_a_good_lesson_that_is_nearly_as_large_as_it_can_be():
    assert OUTCOME.reached
    assert not replace(OUTCOME, best=21).reached
    for bad in (
        replace(GOOD, failed=3),
        replace(GOOD, lost=1),
        replace(GOOD, kills=1),
        Seen(),
    ):
        assert not replace(OUTCOME, after=bad, best=17).reached


def test_the_table_has_a_row_before_and_a_row_after():
    head, _, before, after = table([OUTCOME]).splitlines()
    assert head.startswith("| what is short | config |")
    assert (
        before == "| memory | untuned: 20 seats | 0 of 20 | 2 | 20 | 50.0 % of 10 | no caption |  |"
    )
    tuned = "**tuned: 17 seats, slow mode 5 s**"
    assert after == f"|  | {tuned} | 17 of 20 | 0 | 0 | 1.0 % of 200 | 2.0 / 0.0 s | 85 % of 20 |"
    assert "tuned: nothing to change" in table([replace(OUTCOME, written="unchanged")])
    assert "slow mode 5 s, headroom 5 %" in table([replace(OUTCOME, headroom_ratio=0.05)])


def test_outcomes_come_back_as_they_were_kept(tmp_path: Path):
    kept.save([OUTCOME], tmp_path / "proof.json")
    assert kept.load(tmp_path / "proof.json") == [OUTCOME]


def test_only_what_stands_between_the_markers_is_written(tmp_path: Path):
    page = tmp_path / "README.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write_between_markers("new", page)
    assert page.read_text() == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    for wrong in ("", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"):
        page.write_text(wrong)
        with pytest.raises(ValueError, match="once, in this order"):
            write_between_markers("new", page)
        assert page.read_text() == wrong


def test_the_readme_has_the_table_of_the_run_that_was_kept_and_it_reached_the_goal():
    outcomes = kept.load(KEPT)
    assert [each.case for each in outcomes] == [case.name for case in CASES]
    assert all(each.reached for each in outcomes)
    assert f"{BEGIN}\n{table(outcomes)}\n{END}" in README.read_text()


def test_the_chart_names_every_case_and_what_became_of_it(tmp_path: Path):
    pytest.importorskip("vl_convert", reason="pip install '.[report]'")
    from examples.proof.chart import draw

    fine = replace(OUTCOME, binds="nothing", written="unchanged", best=17)
    draw([OUTCOME, fine], tmp_path / "proof.svg")
    words = set(ET.parse(tmp_path / "proof.svg").getroot().itertext())
    assert {"Memory", "Nothing", "untuned: 20 seats", "tuned: nothing to change"} <= words
    assert {"17", "3", "50.0 %, no caption", "1.0 %, wait 2.0 s"} <= words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "there is no case nothing"),
        (("--write-readme", "rpm"), "takes a whole run"),
        (("--again", "--quick"), "runs nothing"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...], said: str):
    code, _, error = run_python(tmp_path, "-m", "examples.proof", *words)
    assert code == 2
    assert said in error


def test_what_was_kept_is_shown_again_without_a_run(tmp_path: Path):
    code, said, _ = run_python(tmp_path, "-m", "examples.proof", "--again")
    assert code == 0
    assert said == table(kept.load(KEPT)) + "\n"


def test_a_quick_class_is_the_same_class_for_a_shorter_time():
    case = CASES[0]
    assert quick(case) == replace(case, seconds=case.seconds / 6)


@needs_a_group
def test_a_cell_is_gone_afterwards():
    with cell("test", 64 * MIB) as made:
        folder = made.folder
        assert folder is not None
        assert made.kills() == 0
    assert not folder.exists()


def test_a_cell_of_cgroup_v2_is_limited_and_counts_kills(tmp_path: Path):
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n")
    with cell("test", 64 * MIB, mount=tmp_path) as made:
        assert made.what == "cgroup v2"
        assert made.folder is not None
        assert made.counter is not None
        assert (made.folder / "memory.max").read_text() == str(64 * MIB)
        assert f"{made.folder}/cgroup.procs" in made.prefix[2]
        made.counter.write_text("low 0\noom 4\noom_kill 3\noom_group_kill 0\n")
        assert made.kills() == 3
        for each in made.folder.iterdir():  # the kernel takes its files away with the folder
            each.unlink()
    assert not made.folder.exists()


def test_without_a_control_group_the_limit_is_another_one_and_says_so(tmp_path: Path):
    with cell("test", 64 * MIB, mount=tmp_path / "nowhere") as made:
        assert made.what.startswith("RLIMIT_DATA for each process (no control group: ")
        assert made.kills() == 0
        limit = subprocess.check_output([*made.prefix, "sh", "-c", "ulimit -d"], text=True)
        assert limit.strip() == str(64 * 1024)
    other = table([replace(OUTCOME, limit=made.what)])
    assert other.endswith(f"The limit on memory was {made.what}.")


@pytest.mark.benchmark
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
        seconds=4.0,
        time_scale=1.0,
        arrive_seconds=0.5,
        settle_seconds=8.0,
    )
    with bench(case) as made:
        lost = made.lesson()
        assert lost.kills > 0
        assert lost.lost > 0
        assert not lost.holds
        held = made.lesson(Knobs(seats=4))
        assert (held.kills, held.lost, held.failed) == (0, 0, 0)
        assert (held.seated, held.turned_away) == (4, 8)


def test_slow_mode_saves_a_class_from_the_quota():
    """The whole case. Of so few requests 1 % would be luck: the goal is asked of the long run."""
    said: list[str] = []
    found = run(QUOTA, said.append)
    assert found.binding == "requests_per_minute", said
    assert found.before.reasons.keys() == {"rate_limit"}, said
    assert found.became.slow_mode_seconds is not None
    assert (found.became.seats, found.after.seated) == (3, 3), said
    assert found.after.failed_ratio < found.before.failed_ratio / 3, said


@pytest.mark.benchmark
@needs_a_group
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_after_tuning_the_class_is_a_good_one_and_nearly_as_large_as_it_can_be(case: Case):
    said: list[str] = []
    found = run(case, said.append)
    print(*said, sep="\n")
    assert found.reached, said
