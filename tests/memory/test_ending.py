"""What it means that a step was ended."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from stresstune.memory.child.reply import Reply
from stresstune.memory.ending import Attempt, Endings, at_the_guard, at_the_hard_stop
from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.reckoning.steps import Step
from stresstune.memory.sources import App

MB = 10**6


def ends(limit_mb: int) -> tuple[Boundary, ...]:
    return (Boundary(Ceiling("modelled", "--limit", limit_mb * MB), 0),)


ENDS = ends(1000)


def steps(*sizes_mb: int) -> list[Step]:
    totals = [sum(sizes_mb[:held]) for held in range(len(sizes_mb) + 1)]
    return [Step(held, total * MB) for held, total in enumerate(totals)]


def test_unequal_sessions_are_bounded_by_what_was_seen():
    end = at_the_guard(Attempt(steps(*[2, 6] * 10), 1, 1, ENDS), armed=False)
    assert end.stopped_by == "guard"
    assert 20 <= end.at_most <= 20 + 33 // 5


def test_what_passed_the_mark_alone_is_larger_than_the_way_to_it():
    """All were small, and 14 MB were left to the mark: nothing says that the rest is enough."""
    seen = steps(*[1, 2] * 20)
    assert at_the_hard_stop(Attempt(seen, 1, 1, ends(80))).at_most == 40


def test_where_the_mark_was_near_a_few_more_of_that_kind_fit():
    seen = steps(*[1, 2] * 20)
    assert at_the_hard_stop(Attempt(seen, 1, 1, ends(69))).at_most == 41


def test_an_armed_guard_stands_nearer():
    seen = steps(*[2, 6] * 10)
    near = at_the_guard(Attempt(seen, 1, 1, ends(93)), armed=True).at_most
    assert near < at_the_guard(Attempt(seen, 1, 1, ends(93)), armed=False).at_most


def test_equal_sessions_are_not_bounded_since_their_line_knows_better():
    assert at_the_guard(Attempt(steps(*[5] * 20), 1, 1, ends(113)), armed=False).at_most is None
    assert at_the_hard_stop(Attempt(steps(*[5] * 20), 1, 1, ends(113))).at_most is None


def test_equal_sessions_are_bounded_where_one_was_refused_long_before_the_end():
    assert at_the_hard_stop(Attempt(steps(*[5] * 20), 1, 1, ends(150))).at_most == 20


def test_of_many_opened_at_once_it_is_not_known_which_was_too_many():
    refused = Attempt(steps(*[5] * 20), 8, 1, ends(250))
    end = at_the_guard(refused, armed=False)
    assert (end.at_most, end.among) == (20, 8)
    assert end.mark_bytes == 250 * MB - 250 * MB // 12
    by_threads = at_the_guard(replace(refused, threads=8), armed=False)
    assert (by_threads.at_most, by_threads.among) == (20 + 7 // 2, 8)
    assert at_the_guard(replace(refused, boundaries=ends(160)), armed=False).among == 0


def test_between_two_leaps_all_are_as_usual_up_to_the_next_doubling():
    """A table that all share doubles at the 16th, the 32nd and the 64th, and is full at 127."""

    def seen(held: int) -> list[Step]:
        return steps(*[n if n in (16, 32, 64) else 1 for n in range(1, held + 1)])

    held_mb = seen(100)[-1].memory_bytes // MB
    near = Attempt(seen(100), 1, 1, ends(held_mb + 12))
    assert at_the_hard_stop(near).at_most == 127
    assert at_the_hard_stop(replace(near, boundaries=ends(held_mb + 60))).at_most == 100
    assert at_the_hard_stop(Attempt(seen(200), 1, 1, ends(held_mb + 112))).at_most is None


def test_before_the_first_session_nothing_is_known():
    assert at_the_hard_stop(Attempt(steps(), 1, 1, ENDS)).at_most is None
    assert at_the_guard(Attempt([], 1, 1, ENDS), armed=False).at_most is None


def test_what_the_heap_has_free_is_room_for_more():
    """Sessions of 4 and 6 MB, while the heap goes up by 20 MB each time that it is used up."""
    steps, kept = [Step(0, 10 * MB)], 10
    for held in range(1, 21):
        kept += 4 if held % 2 else 6
        free = -kept % 20
        steps.append(Step(held, (kept + free) * MB, 0, free * MB))
    packed = [Step(step.held, step.memory_bytes - step.free_bytes) for step in steps]
    more = at_the_guard(Attempt(steps, 1, 1, ends(142)), armed=False).at_most
    assert steps[-1].free_bytes == 10 * MB
    assert more > at_the_guard(Attempt(packed, 1, 1, ends(142)), armed=False).at_most
    refused = at_the_guard(Attempt(steps, 1, 1, ends(142)), armed=True).at_most
    assert refused == at_the_guard(Attempt(packed, 1, 1, ends(142)), armed=True).at_most


def test_where_a_session_like_those_seen_explains_the_end_they_are_played_on():
    """Some need 60 MB for a moment: one of those met the guard, and still had room."""
    seen = [
        replace(step, transient_bytes=60 * MB if step.held in (3, 9, 11, 20) else 0)
        for step in steps(*[3, 5] * 12)
    ]
    near = ends(170)
    end = at_the_guard(Attempt(seen, 1, 1, near), armed=False)
    assert end.at_most > at_the_guard(Attempt(steps(*[3, 5] * 12), 1, 1, near), armed=False).at_most
    assert end.at_most <= (170 - 96) // 4 + 24


def test_what_was_to_come_now_says_nothing_where_the_guard_ends_it():
    """Each eighth needs 60 MB for a moment: with the 24th the guard is met, and there is room."""
    seen = [
        replace(step, transient_bytes=60 * MB if step.held and step.held % 8 == 0 else 0)
        for step in steps(*[4] * 23)
    ]
    assert at_the_guard(Attempt(seen, 1, 1, ends(165)), armed=False).at_most is None
    assert at_the_guard(Attempt(seen, 1, 1, ends(230)), armed=False).at_most == 23
    assert at_the_guard(Attempt(seen[:-1], 1, 1, ends(165)), armed=False).at_most is not None


def test_who_stands_by_brings_the_guard_nearer_and_is_no_part_of_the_room():
    seen = steps(*[2, 6] * 10)
    real = (Boundary(Ceiling("cgroup", "cgroup v1 /a", 145 * MB), 0),)
    alone = at_the_guard(Attempt(seen, 1, 1, real), armed=False).at_most
    beside = at_the_guard(Attempt(seen, 1, 1, real, 50 * MB), armed=False).at_most
    assert alone + 50 // 7 <= beside <= alone + 65 // 4
    assert at_the_hard_stop(Attempt(seen, 1, 1, real, 50 * MB)).at_most < beside
    modelled = at_the_guard(Attempt(seen, 1, 1, ends(145), 50 * MB), armed=False).at_most
    assert modelled == at_the_guard(Attempt(seen, 1, 1, ends(145)), armed=False).at_most


@pytest.mark.parametrize(
    ("kills", "stopped_by", "refused"), [(True, "killed", ""), (False, "error", "ended")]
)
def test_whose_app_was_killed_by_the_kernel_has_met_the_limit(
    kills: bool, stopped_by: str, refused: str
):
    ledger = SimpleNamespace(
        samples=[0], completed=4, unmeasured=0, standing_by_bytes=0, steps=list
    )
    request = SimpleNamespace(
        source=App(command=["app"], open_session="small_app:open_session"), threads=1
    )
    said = Reply("raised", "0 killed the app ended with signal 9 (RemoteDisconnected: gone)")
    child = SimpleNamespace(last_lines=lambda _: ("listening", "disk is full"))
    end = Endings(request, ledger, ends(1000), lambda: kills).after(said, 1, child)
    assert (end.stopped_by, end.refused) == (stopped_by, refused)
    assert end.error.endswith(": disk is full") is not kills
    assert bool(end.said) is not kills
