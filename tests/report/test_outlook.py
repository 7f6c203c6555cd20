"""The live view of a memory probe, as text."""

import pytest
from msgspec.structs import replace

from stresstune.model.memory import MemoryOutlook
from stresstune.report.outlook import render_outlook

NOW = MemoryOutlook(
    sessions=3,
    used_bytes=512 * 2**20,
    guard_bytes=992 * 2**20,
    limit_bytes=2**30,
    limit_source="cgroup v1 /workshop",
)


def test_before_anything_is_known_it_says_so():
    assert render_outlook(NOW, wanted=None).splitlines() == [
        "memory    [#############################............................|.]",
        "          512 MiB in use (50 %); guard at 992 MiB",
        "          limit 1.00 GiB (cgroup v1 /workshop)",
        "sessions  3",
        "end       not known yet",
    ]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(9, 9, "9 will fit"), (8, 11, "9 will fit (8 to 11)"), (8, 10**9, "9 will fit (8 or more)")],
)
def test_the_projected_end_has_its_interval(low: int, high: int, said: str):
    now = replace(NOW, projected=9, projected_low=low, projected_high=high)
    assert render_outlook(now, wanted=30).splitlines()[-1] == f"end       {said}"


def test_more_sessions_than_are_wanted_are_none_of_them():
    assert "sessions  36 (30 wanted)\n" in render_outlook(replace(NOW, sessions=36), wanted=30)


@pytest.mark.parametrize("width", [20, 40, 300])
def test_no_line_is_wider_than_the_terminal(width: int):
    shown = render_outlook(replace(NOW, used_bytes=2**31), wanted=30, width=width)
    assert max(len(line) for line in shown.splitlines()) <= min(width, 73)
