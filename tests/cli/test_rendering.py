from __future__ import annotations

from typing import get_args

import pytest

from stresstune.cli.rendering import FLEET_NEXT, FLEET_OUTCOMES, last_lines
from stresstune.model.fleet import FleetFound, HostEnding, HostResult
from stresstune.workflow.result import TuneResult


def ending_of(*outcomes: HostEnding, rehearsed: bool = False) -> list[str]:
    hosts = tuple(
        HostResult(name=f"app-{place}", outcome=one) for place, one in enumerate(outcomes)
    )
    fleet = FleetFound(seats=(), hosts=hosts, rehearsed=rehearsed)
    written = "written" in outcomes
    result = TuneResult(
        path="workshop.toml", outcome="planned", tier="critical", fleet=fleet, written=written
    )
    return last_lines(result, "")


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (("written", "failed"), "restart the app on each host"),
        (("unchanged", "planned"), "`stresstune apply --fleet` measures again"),
        (("failed", "unchanged"), "mend what is said above"),
        (("left_alone", "unchanged"), "what keeps these hosts"),
        (("unchanged", "unchanged"), "nothing. `stresstune check` on each host"),
    ],
)
def test_a_run_over_a_fleet_ends_with_what_to_do_next(outcomes, words: str) -> None:
    lines = ending_of(*outcomes)
    assert lines[0].startswith("Tier: ")
    assert lines[-1].startswith("Next: ")
    assert words in lines[-1]


def test_a_rehearsal_never_ends_with_an_app_that_is_to_be_restarted() -> None:
    *_, written, following = ending_of("written", "written", rehearsed=True)
    assert written == (
        "A rehearsal: the hosts' copies are thrown away, and workshop.toml is as it was."
    )
    assert "does it on real hosts" in following


def test_whatever_becomes_of_a_host_is_said_and_has_a_next_step() -> None:
    assert set(get_args(HostEnding)) == set(FLEET_OUTCOMES) == set(FLEET_NEXT)
