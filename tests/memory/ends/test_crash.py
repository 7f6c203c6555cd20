from pathlib import Path

import pytest
from msgspec.structs import replace

from stresstune.memory.ends import crash
from stresstune.memory.ends.limits import Ceiling, Survey, survey
from stresstune.memory.readings.cgroup import Group

TREES = Path(__file__).parents[2] / "data/cgroup"
GROUP = Survey(ceilings=(Ceiling("cgroup", "cgroup v2 /a", 10**9),))


def only(kind: str) -> Survey:
    return Survey(ceilings=(Ceiling(kind, kind, 10**9),))


@pytest.mark.parametrize(
    ("found", "score", "reason"),
    [
        (Survey(ceilings=()), 1000, "unknown"),
        (only("modelled"), 1000, "only reckoned with"),
        (only("host"), 1000, "whole machine"),
        (replace(GROUP, oom_group=True), 1000, "everything in the group"),
        (replace(GROUP, kill_disabled=True), 1000, "OOM killer is off"),
        (GROUP, 0, "could not mark itself"),
    ],
)
def test_a_crash_that_could_hurt_others_is_refused(found: Survey, score: int, reason: str):
    assert reason in crash.refusal(found, score)


def test_a_crash_that_kills_the_child_alone_is_allowed():
    assert crash.refusal(GROUP, 1000) == ""


def test_a_caller_in_the_same_danger_refuses(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crash, "own_score", lambda: 1000)
    assert "calling process is itself marked" in crash.refusal(GROUP, 1000)


def test_a_score_that_cannot_be_read_is_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crash, "_OWN_SCORE", Path("/no/such/file"))
    assert crash.own_score() == 0


def test_kills_are_counted_in_all_groups_of_the_path():
    assert crash.kill_count(survey(root=TREES / "v2/own_limit")) == 3


def test_without_groups_the_hosts_counter_is_read():
    assert crash.kill_count(Survey(ceilings=())) is not None


def test_a_group_without_counter_falls_back_to_the_host(tmp_path: Path):
    assert crash.kill_count(Survey(ceilings=(), groups=(Group(2, "/", tmp_path),))) is not None
