from dataclasses import replace

from stresstune.memory import pace
from stresstune.memory.pace import Situation
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.steps import Step
from tests.memory.reckoning.test_fit import MB, steps_of

START = Situation(
    counts=(),
    fit=None,
    room_bytes=1000 * MB,
    left_bytes=950 * MB,
    seconds=0.0,
    threads=1,
    thorough=True,
    doubtful=True,
    sessions_wanted=30,
)


def after(*sizes_mb: float, **more: object) -> Situation:
    left = 950 * MB - round(sum(sizes_mb) * MB)
    fit = Fit(steps_of(*sizes_mb), threads=more.get("threads", 1))
    counts = (1,) * len(sizes_mb)
    return replace(START, counts=counts, fit=fit, left_bytes=left, **more)


def test_the_first_session_is_opened_alone_whatever_is_wanted():
    assert pace.wanted(START) == 1
    assert pace.affordable(8, START) == 1


def test_a_few_are_always_opened():
    assert pace.wanted(after(20, 20)) == 1
    assert pace.wanted(after(20, threads=4)) == 4


def test_of_threads_that_run_programs_one_alone_tells_first_what_it_needs():
    together = after(300, 20, 20, threads=4)
    assert pace.wanted(together) > 1
    assert pace.wanted(replace(together, one_by_one=True)) == 1


def test_equal_simulated_sessions_need_no_more_than_a_few():
    assert pace.wanted(after(20, 20, 20, 20, thorough=False)) == 0


def test_somebodys_code_is_looked_at_for_longer_but_not_for_ever():
    equal = after(20, 20, 20, 20)
    assert pace.wanted(equal) == 1
    assert pace.wanted(replace(equal, seconds=5.0)) == 0
    assert pace.wanted(after(*[40.0] * 15)) > 0
    assert pace.wanted(after(*[40.0] * 23)) == 0


def test_where_a_report_would_not_fit_again_others_are_looked_at_all_the_same():
    steps = [Step(n, (20 + 10 * n) * MB, (300 if n == 30 else 1) * MB) for n in range(65)]
    known = replace(START, counts=(1,) * 64, fit=Fit(steps), seconds=1.0, doubtful=False)
    now = replace(known, left_bytes=280 * MB)
    assert pace.affordable(1, now) == 0
    assert pace.wanted(now) > 0
    assert pace.wanted(replace(now, left_bytes=12 * MB)) == 0
    assert pace.wanted(replace(now, thorough=False)) == 0


def test_where_the_end_of_memory_is_not_far_the_while_is_up_to_there():
    equal = after(*[40.0] * 12)  # of 23
    assert pace.wanted(replace(equal, seconds=9.0)) > 0
    assert pace.wanted(replace(equal, seconds=12.0)) == 0
    assert pace.wanted(replace(equal, seconds=5.0, thorough=False)) == 0
    far = replace(equal, room_bytes=1000 * 1000 * MB, left_bytes=900 * 1000 * MB)
    assert pace.wanted(replace(far, seconds=3.0)) > 0
    assert pace.wanted(replace(far, seconds=5.0)) == 0


def test_workers_that_hold_no_session_yet_are_awaited_for_a_while():
    known = replace(after(20, 20, 20, 20), seconds=5.0)
    assert pace.wanted(known) == 0
    assert pace.wanted(replace(known, awaits_visits=True)) == 1
    assert pace.wanted(replace(known, awaits_visits=True, seconds=30.0)) == 0


def test_unequal_sessions_are_opened_until_the_number_is_known_or_the_time_is_up():
    unequal = after(20, 35, 8, 50)
    assert pace.wanted(unequal) >= 1
    assert pace.wanted(replace(unequal, seconds=60.0)) == 0
    assert pace.wanted(replace(unequal, doubtful=False, thorough=False)) == 0


def test_small_sessions_are_opened_in_doubling_steps_up_to_a_bound():
    small = after(0.1, 0.1, 0.1, 0.1)
    assert pace.wanted(small) == 2
    assert pace.wanted(replace(small, counts=(1, 1, 1, 20))) == 40
    assert pace.wanted(replace(small, counts=(1, 1, 1, 590))) == 7
    assert pace.wanted(replace(small, counts=(1, 1, 1, 597))) == 0
    assert pace.wanted(replace(small, seconds=21.0)) == 0


def test_tiny_sessions_that_hold_nothing_but_objects_are_opened_until_they_weigh_something():
    tiny = after(0.01, 0.01, 0.01, 0.01, light=True)
    assert pace.wanted(replace(tiny, counts=(1, 1, 1, 1000))) == 2000
    assert pace.wanted(replace(tiny, counts=(1, 1, 1, 1000), light=False)) == 0


def test_sessions_that_start_processes_are_opened_in_small_numbers():
    small = after(0.1, 0.1, 0.1, 0.1, alone=False)
    assert pace.wanted(replace(small, counts=(1, 1, 1, 30))) == 8
    assert pace.wanted(replace(small, counts=(1, 1, 1, 61))) == 0


def test_unequal_small_sessions_are_opened_in_steps_of_a_share_of_the_room():
    unequal = after(5, 2, 3, 1, 2.5, 1.5, 4, 6, 12, 1)
    assert pace.wanted(unequal) > 1


def test_a_step_that_could_be_too_much_is_made_smaller():
    near = replace(after(20, 20, 20), left_bytes=60 * MB)
    assert pace.affordable(8, near) == 2
    assert pace.affordable(8, replace(near, left_bytes=30 * MB)) == 1
    assert pace.affordable(8, replace(near, left_bytes=20 * MB)) == 0


def test_near_the_guard_a_step_is_made_with_care():
    assert not pace.is_close(replace(after(20, 20, 20), left_bytes=60 * MB))
    assert pace.is_close(replace(after(20, 20, 20), left_bytes=40 * MB))
    assert not pace.is_close(replace(after(20), fit=None))


def test_threads_go_round_freely_until_it_is_known_how_their_peaks_meet():
    together = after(5, 5, 5, 5, 5, threads=2)
    assert pace.wanted(replace(together, seconds=2.0)) == 8
    rounds = replace(together, counts=(1, 2, 2, 2, *[8] * 8), seconds=20.0)
    assert pace.wanted(rounds) == 0
    assert pace.wanted(replace(together, seconds=60.0)) == 0


def test_rounds_are_smaller_where_there_is_little_room():
    little = replace(after(20, 20, 20, 20, 20, threads=2), left_bytes=500 * MB, seconds=5.0)
    assert pace.wanted(replace(little, left_bytes=200 * MB)) == 4


def test_slow_sessions_are_asked_for_by_the_few_so_that_steps_end_in_time():
    small = after(0.3, 0.3, 0.9, 0.2)
    assert pace.wanted(replace(small, seconds=1.6)) == 9
    assert pace.wanted(replace(small, seconds=5.0)) == 3
    assert pace.wanted(replace(small, seconds=19.0)) == 1
    assert pace.wanted(replace(small, seconds=19.0, threads=4)) == 8
