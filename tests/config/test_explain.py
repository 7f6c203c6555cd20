"""Why a value is what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.apply import change
from stresstune.config.explain import Explanation, explain
from stresstune.config.history import record_run
from stresstune.config.rollback import rollback
from stresstune.errors import ConfigError
from stresstune.model.api import Limit
from stresstune.model.verdict import Reason
from tests.config.builders import api, evidence, memory, recommendation

QUOTA = Limit(
    kind="requests_per_minute",
    value=60,
    low=60,
    high=60,
    provenance="stated",
    evidence="the first 429 stated it",
)


FIT = (
    "Memory: (2.00 GB by --limit - 40.0 MB in use otherwise) / 78.3 MB a session "
    "(78.1 MB to 78.6 MB) = 25.0: 24 sessions fit."
)


def test_the_arithmetic_is_told_with_the_measured_numbers(workshop: Path):
    change(workshop, recommendation(), evidence=evidence(api=api(limits=(QUOTA,))))
    found = explain(workshop, "max_concurrent_sessions")
    assert found.value == 18
    assert found.because == "24 sessions fit, less 20 % headroom"
    assert found.arithmetic == (
        "30 sessions are wanted (stresstune.workload.sessions).",
        FIT,
        "Less 20 % headroom: 19 are safe.",
        "API: requests per minute 60, stated (60 to 60): the first 429 stated it",
        "Memory is concerning: 24 fit.",
        "The API is concerning: 20 fit.",
    )
    assert found.origin.startswith("written by apply 1 on 20")
    assert found.lines[0].startswith("MAX_CONCURRENT_SESSIONS is 18: written by apply 1")


def test_a_pace_is_explained_by_the_api_alone(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    found = explain(workshop, "slow_mode.delay_seconds")
    assert not any("Memory" in line for line in found.arithmetic)


def test_a_knob_of_which_nothing_was_recommended_is_not_said_to_move_with_memory(workshop: Path):
    silent = recommendation(
        slow_mode_default=None, slow_mode_delay_seconds=None, lift=("a machine of 4.00 GB",)
    )
    change(workshop, silent, evidence=evidence(api=None, recommendation=silent))
    found = explain(workshop, "slow_mode.default")
    assert any("has a say in it" in line for line in found.arithmetic)
    assert found.lifts == ()
    assert explain(workshop, "max_concurrent_sessions").lifts == ("a machine of 4.00 GB",)


def test_a_value_that_was_never_written_says_so(workshop: Path):
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert found.origin == "stresstune has never written it"
    assert found.run_id is None
    assert found.lines == ("MAX_CONCURRENT_SESSIONS is 30: stresstune has never written it.",)


def test_a_value_set_by_hand_is_told_with_the_clamp_and_the_way_out(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    workshop.write_text(workshop.read_text().replace("= 18", "= 12"))
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert found.origin == "set by hand after apply 1, which had left it at 18"
    assert "12 was set by hand" in found.clamps[0]
    assert "by hand: a person's value is an end" in found.lifts[-1]
    assert any(line.startswith("Held back: 12 was set by hand") for line in found.lines)


def test_a_value_set_by_hand_is_explained_by_the_latest_run_and_not_by_the_one_before(
    workshop: Path,
):
    change(workshop, recommendation(), evidence=evidence())
    workshop.write_text(workshop.read_text().replace("= 18", "= 12"))
    wanted = recommendation(max_concurrent_sessions=28)
    change(workshop, wanted, evidence=evidence(recommendation=wanted))
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert (found.value, found.recommended, found.run_id) == (12, 28, 2)
    assert "more careful than the 28 that was found" in found.clamps[0]
    assert "setting MAX_CONCURRENT_SESSIONS to 28 by hand" in found.lifts[-1]


def test_a_value_is_explained_by_the_run_behind_it_until_a_later_one_is_held_back(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    record_run(workshop, evidence())  # it found the same
    assert explain(workshop, "MAX_CONCURRENT_SESSIONS").run_id == 1
    wanted = recommendation(max_concurrent_sessions=19)
    change(workshop, wanted, evidence=evidence(recommendation=wanted))
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert (found.value, found.recommended, found.run_id) == (18, 19, 3)
    assert found.origin.startswith("written by apply 1")
    assert "from 18 to 19 is less than 10 %" in found.clamps[0]


def test_a_pin_is_told_with_the_way_out(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.policy]\npin = ['MAX_CONCURRENT_SESSIONS']\n")
    wanted = recommendation(
        lift=("a larger instance",),
        reasons=(Reason(knob="max_concurrent_sessions", because="b", clamp="the cap of T/2"),),
    )
    record_run(workshop, evidence(recommendation=wanted, simulated=True))
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert found.clamps[0] == "the cap of T/2"
    assert "is pinned" in found.clamps[1]
    assert found.lifts == (
        "a larger instance",
        "taking MAX_CONCURRENT_SESSIONS out of stresstune.policy.pin",
    )
    assert found.lines[-1].startswith("All of this comes from a simulated run")


def test_a_rollback_is_an_origin_too(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    rollback(workshop)
    assert explain(workshop, "MAX_CONCURRENT_SESSIONS").origin.startswith("written by rollback 2")


def test_memory_that_could_not_be_reckoned_says_so(workshop: Path):
    unknown = memory(limit_bytes=None, limit_source="unknown: no cgroup", sessions_that_fit=None)
    record_run(workshop, evidence(memory=unknown))
    found = explain(workshop, "MAX_CONCURRENT_SESSIONS")
    assert "Memory could not be reckoned: the limit is unknown: no cgroup." in found.arithmetic


def test_a_limit_without_an_upper_end_says_so(workshop: Path):
    limit = Limit(kind="concurrency", value=30, low=30, high=None, provenance="lower_bound")
    record_run(workshop, evidence(memory=None, api=api(limits=(limit,))))
    found = explain(workshop, "slow_mode_default")
    assert "API: concurrency 30, lower_bound (30 no upper end known)." in found.arithmetic


@pytest.mark.parametrize("key", ["MAX_CONCURENT_SESSIONS", "a b"])
def test_an_unknown_key_is_refused_with_a_suggestion(workshop: Path, key: str):
    with pytest.raises(ConfigError, match=r"is no knob: (did you mean MAX_CONC|allowed are)"):
        explain(workshop, key)


def test_an_explanation_travels_as_json(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    found = explain(workshop, "slow_mode_default")
    assert Explanation.from_json(found.to_json()) == found


def test_the_calls_of_a_minute_are_reckoned(workshop):
    from stresstune.config.apply import change
    from stresstune.model.load import Latency
    from tests.config.builders import api, evidence, recommendation

    latency = Latency(count=9, average_seconds=1.3, p50_seconds=1.3, p95_seconds=1.3)
    wanted = recommendation()
    change(workshop, wanted, evidence=evidence(api=api(latency=latency)))
    told = " ".join(explain(workshop, "slow_mode.default").lines)
    assert "4.5 s pause + 2 s to look = 6.5 s between two calls" in told
    assert "1.3 s for an answer make about" in told
    assert "is true" in told
    assert "before that it was false" in told
