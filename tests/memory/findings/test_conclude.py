import sys
from itertools import accumulate

import msgspec
import pytest

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.limits import Ceiling, Survey
from stresstune.memory.findings import notes as notes_module
from stresstune.memory.findings.conclude import conclude, is_known, safe_sessions
from stresstune.memory.findings.evidence import Evidence
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.outside import Around
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.sample import Reading
from stresstune.model.workload import Workload

MB = 10**6
CGROUP = Ceiling("cgroup", "cgroup v1 /a", 1000 * MB)
LARGE = Ceiling("modelled", "--limit", 2000 * MB)


def ledger(sessions: int, each_mb: float = 50, base_mb: float = 20, **more: int) -> Ledger:
    made = Ledger(group=None)
    for held in range(sessions + 1):
        size = round((base_mb + held * each_mb) * MB)
        reading = Reading(rss_bytes=size, charged_bytes=size, data_bytes=2 * size, **more)
        made.add(reading, 1 if held else 0)
    return made


def evidence(**more: object) -> Evidence:
    values = {
        "mode": "predict",
        "source": "simulated",
        "threads": 1,
        "found": Survey(ceilings=(CGROUP,)),
        "boundaries": (Boundary(CGROUP, 0),),
        "ledger": ledger(4),
        "stopped_by": "target",
        "error": "",
        "last_that_fits": None,
        "at_most": None,
        "refused": "",
        "workload": Workload(),
        "simulated": True,
        "headroom_ratio": 0.2,
        "app_baseline_bytes": None,
    }
    return Evidence(**{**values, **more})


def test_the_end_that_is_met_first_binds_and_not_the_smallest():
    parent = Ceiling("cgroup", "cgroup v1 /", 2000 * MB)
    found = Survey(ceilings=(CGROUP, parent))
    boundaries = (Boundary(CGROUP, 0), Boundary(parent, 1500 * MB))
    seen = conclude(evidence(found=found, boundaries=boundaries))
    assert seen.limit_source == "cgroup v1 /"
    assert seen.limit_bytes == 2000 * MB
    assert seen.sessions_that_fit == (500 - 20) // 50
    assert any("binds before the smaller limit of cgroup v1 /a" in note for note in seen.notes)


def test_address_space_binds_where_it_ends_first():
    data = Ceiling("data", "RLIMIT_DATA", 1000 * MB)
    boundaries = (Boundary(CGROUP, 0), Boundary(data, 0))
    seen = conclude(evidence(boundaries=boundaries))
    assert seen.limit_source == "RLIMIT_DATA"
    assert seen.sessions_that_fit == (1000 - 40) // 100


def test_a_crash_that_was_reached_is_the_number():
    seen = conclude(evidence(stopped_by="killed", last_that_fits=17))
    assert (seen.sessions_that_fit, seen.safe_sessions) == (17, 13)


@pytest.mark.parametrize(("sessions", "said"), [(2, True), (12, False)])
def test_a_refusal_is_doubted_where_most_of_the_memory_was_free(sessions: int, said: bool):
    seen = conclude(
        evidence(stopped_by="memory_error", last_that_fits=sessions, ledger=ledger(sessions))
    )
    doubt = "memory was refused with 880 MB of 1.00 GB free: session 3 asked for more at once"
    assert any(note.startswith(doubt) for note in seen.notes) is said


def test_the_interval_begins_no_higher_than_the_number_that_the_guard_bounds():
    uneven = ledger(0)
    for held, size in enumerate([50, 80, 150, 170, 240, 260], start=1):
        reading = Reading(rss_bytes=size * MB, charged_bytes=(20 + size) * MB)
        uneven.add(reading, 1)
        assert uneven.held == held
    notes = conclude(evidence(ledger=uneven, stopped_by="guard", at_most=7)).notes
    assert any(note.startswith("sessions are unequal: 7 to ") for note in notes), notes


def test_the_guard_bounds_what_is_extrapolated():
    seen = conclude(evidence(stopped_by="guard", at_most=15))
    assert seen.sessions_that_fit == 15
    assert (
        "session 16, or one soon after it, needed far more than those before it; of such as came "
        "before, 19 would fit" in seen.notes
    )
    near = conclude(evidence(stopped_by="guard", at_most=18)).notes
    assert not any("needed far more" in note for note in near)


@pytest.mark.parametrize(
    ("grew_mb", "said"),
    [
        (
            200,
            "others took 200 MB while it was measured, which counts: measure when they are quiet",
        ),
        (-200, "others gave back 200 MB while it was measured: measure again, more may fit"),
        (10, ""),
        (-10, ""),
    ],
)
def test_a_room_that_changed_meanwhile_is_noted(grew_mb: int, said: str):
    group = Group(1, "/a", "/nowhere/a")
    boundaries = (Boundary(msgspec.structs.replace(CGROUP, group=group), 0),)
    seen = conclude(evidence(boundaries=boundaries, others_grew_bytes=grew_mb * MB))
    assert [note for note in seen.notes if note.startswith("others")] == [said] * bool(said)
    on_paper = (Boundary(LARGE, 0),)
    seen = conclude(evidence(boundaries=on_paper, others_grew_bytes=grew_mb * MB))
    assert not any(note.startswith("others") for note in seen.notes)


@pytest.mark.parametrize(("count", "which"), [(1, "session 5"), (4, "one of the sessions 5 to 8")])
def test_from_which_session_on_opening_one_took_too_long_is_said(count: int, which: str):
    slow, objective = ledger(4), Workload(latency_objective_seconds=2)
    slow.note_slowest(1, 1.9, objective)
    assert not slow.late
    assert not any("latency" in note for note in conclude(evidence(ledger=slow)).notes)
    slow.note_slowest(count, 2.5, objective)
    slow.add(Reading(rss_bytes=300 * MB, charged_bytes=300 * MB), count)
    slow.note_slowest(1, 12.0, objective)
    assert (
        "opening a session took up to 12.0 s, longer than the latency objective of 2.0 s; the "
        f"first was {which}" in conclude(evidence(ledger=slow, workload=objective)).notes
    )


def test_threads_take_from_the_safe_number():
    alone, together = conclude(evidence()), conclude(evidence(threads=8))
    assert together.safe_sessions < 0.8 * together.sessions_that_fit < alone.safe_sessions


def test_an_app_that_probes_itself_is_named_and_not_counted_unless_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
):
    huge = Reading(rss_bytes=1, charged_bytes=520 * MB)
    monkeypatch.setattr(notes_module.sample, "read_process", lambda _pid: huge)
    seen = conclude(evidence())
    assert seen.sessions_that_fit == 19
    assert seen.safe_sessions == int(0.8 * 19)
    assert any("calling process holds 500 MB more" in note for note in seen.notes)
    assert any("app_baseline_bytes" in note for note in seen.notes)
    stated = conclude(evidence(app_baseline_bytes=520 * MB))
    assert stated.sessions_that_fit == 9
    assert stated.baseline_bytes == 520 * MB


def test_stresstunes_own_command_line_is_no_app(monkeypatch: pytest.MonkeyPatch):
    huge = Reading(rss_bytes=1, charged_bytes=520 * MB)
    monkeypatch.setattr(notes_module.sample, "read_process", lambda _pid: huge)
    monkeypatch.setattr(sys.modules["__main__"], "__package__", "stresstune")
    assert conclude(evidence()).safe_sessions == 15


def test_a_caller_that_cannot_be_read_is_no_app(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notes_module.sample, "read_process", lambda _pid: None)
    assert conclude(evidence()).safe_sessions == 15


def test_what_workers_that_hold_no_session_yet_will_load_is_kept_free():
    loaded = ledger(0)
    for held in range(1, 6):
        size = (20 + 200 + 50 * held) * MB
        loaded.add(Reading(rss_bytes=size, charged_bytes=size), 1)
    alone = conclude(evidence(ledger=loaded))
    assert alone.sessions_that_fit == (1000 - 220) // 50
    loaded.visited, loaded.awaited = 1, 2
    seen = conclude(evidence(ledger=loaded))
    assert seen.sessions_that_fit == (1000 - 220 - 2 * 200) // 50
    assert seen.baseline_bytes == 620 * MB
    assert any(note.startswith("2 of the app's processes held no session") for note in seen.notes)


def test_a_step_that_warms_up_another_worker_tells_nothing_of_sizes():
    warmed = ledger(0)
    sizes = [250, 50, 50, 250, 50, 50, 250, 50]
    for held, total in enumerate(accumulate(sizes), start=1):
        warmed.note_visits(1 + (held > 3) + (held > 6), 0)
        warmed.add(Reading(rss_bytes=total * MB, charged_bytes=(20 + total) * MB), 1)
    seen = conclude(
        evidence(ledger=warmed, found=Survey(ceilings=(LARGE,)), boundaries=(Boundary(LARGE, 0),))
    )
    assert seen.bytes_per_session == pytest.approx(50 * MB)
    assert seen.sessions_that_fit == (2000 - 620) // 50
    assert not seen.sizes_vary
    assert any(note.startswith("the first sessions of 3 processes loaded") for note in seen.notes)


@pytest.mark.parametrize(("users", "warned"), [(1, False), (2, False), (4, True)])
def test_processes_that_would_load_at_once_what_does_not_fit_are_warned_of(
    users: int, warned: bool
):
    loaded = ledger(0)
    for held, total in enumerate(accumulate([150, 150, 150, 10, 10, 10]), start=1):
        loaded.note_visits(min(3, held), 0)
        size = (20 + total) * MB
        peak = {"transient_bytes": 200 * MB} if held < 4 else {}
        loaded.add(Reading(rss_bytes=size, charged_bytes=size, **peak), 1)
    notes = conclude(evidence(ledger=loaded, threads=users)).notes
    assert any("3 at once need more than there is" in note for note in notes) == warned


def test_sessions_that_were_once_made_together_may_be_so_again():
    def needed(*ratios: float) -> float:
        seen = ledger(8)
        for ratio in ratios:
            seen.note_together(ratio)
        return conclude(evidence(ledger=seen, threads=4)).transient_bytes

    assert needed(0.0, 1.0, 0.0) == needed() > needed(0.0, 0.0)


def test_nothing_measured_gives_no_number():
    seen = conclude(evidence(ledger=Ledger(group=None), stopped_by="error", error="why"))
    assert seen.sessions_that_fit is seen.safe_sessions is seen.bytes_per_session is None
    assert seen.baseline_bytes == seen.process_bytes == 0
    assert seen.error == "why"


def test_one_session_and_swap_are_noted():
    one = ledger(1)
    one.swapped = True
    notes = " ".join(conclude(evidence(ledger=one)).notes)
    assert "only one session was measured" in notes
    assert "began to swap" in notes


def test_memory_outside_of_the_processes_is_noted():
    from stresstune.memory.readings.cgroup import Usage

    made = Ledger(group=None)
    for held in range(5):
        usage = Usage(total_bytes=0, shared_bytes=held * 20 * MB)
        made.add(Reading(rss_bytes=MB, charged_bytes=MB), 1 if held else 0, Around(usage))
    seen = conclude(evidence(ledger=made))
    assert seen.bytes_per_session == pytest.approx(20 * MB)
    assert any("80.0 MB are held outside" in note for note in seen.notes)


def test_the_headroom_is_rounded_down_but_not_by_what_floats_lose():
    assert safe_sessions(30, 0.1) == 27
    assert safe_sessions(0, 0.2) == 0


def test_evidence_without_ends_is_unknown():
    found = Survey(ceilings=(), problem="no mount")
    seen = conclude(evidence(found=found, boundaries=()))
    assert seen.limit_source == "unknown: no mount"
    assert seen.limit_bytes is None


def test_an_unreadable_end_makes_the_others_no_answer():
    found = msgspec.structs.replace(evidence().found, problem="memory.max says nothing")
    assert conclude(evidence(found=found)).sessions_that_fit is None


def test_it_is_known_when_no_interval_is_left():
    assert is_known(evidence())
    uneven = ledger(0)
    for size in (50, 80, 150, 170, 240, 260):
        uneven.add(Reading(rss_bytes=size * MB, charged_bytes=(20 + size) * MB), 1)
    assert not is_known(evidence(ledger=uneven))
    assert not is_known(evidence(ledger=ledger(0)))


def test_what_is_held_is_what_each_process_held():
    ways = [ledger(4), ledger(3), ledger(5)]
    ways[0].empty_handed, ways[1].empty_handed, ways[2].empty_handed = 3, 2, 4
    seen = conclude(evidence(ledger=ways[0], others=tuple(ways[1:])))
    assert (seen.held_sessions, seen.empty_sessions) == (3, 2)


@pytest.mark.parametrize(
    ("source", "is_told"),
    [("simulated", True), ("process 4711", True), ("app gunicorn app:app", False)],
)
def test_who_has_measured_the_app_is_not_told_to(source: str, is_told: bool):
    small = (Boundary(Ceiling("cgroup", "cgroup v1 /a", 500 * MB), 0),)
    advice = conclude(evidence(source=source, boundaries=small)).advice
    assert any("--app" in line for line in advice) is is_told


def test_a_session_that_was_not_made_in_time_met_no_limit():
    seen = evidence(source="factory a:b", stopped_by="time", refused="timed_out")
    said = [note for note in conclude(seen).notes if "session 5" in note]
    assert len(said) == 1
    assert said[0].startswith("session 5 (timed_out) was not made within the time that it had: ")
    assert said[0].endswith("memory was not what ended it; look at what the factory waits for")
