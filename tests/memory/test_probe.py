import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from stresstune.errors import Interrupted, ProbeUnsafe, UsageError
from stresstune.memory.findings.evidence import Evidence
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.readings.sample import is_running
from stresstune.memory.run import Run
from stresstune.memory.sources import Factory
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Progress, Workload
from stresstune.policy import judge
from stresstune.probed import MARK
from tests.memory.groups import RealGroup

GB = 10**9
SMALL = Workload(sessions=6, images_per_session=4, image_bytes=1_000_000)


def marked() -> list[psutil.Process]:
    """Processes of any probe that this test process has started."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
            if f":{os.getpid()}:" in mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert marked() == []


def probe_kind(kind: str, limit_bytes: int = GB, **more: object) -> MemoryCapacity:
    return probe_memory(source=Factory(f"session_kinds:{kind}"), limit_bytes=limit_bytes, **more)


def test_the_default_workload_lands_where_a_real_fill_lands_after_a_few_sessions():
    capacity = probe_memory(limit_bytes=2 * GB)
    assert 24 <= capacity.sessions_that_fit <= 26
    assert capacity.safe_sessions == int(0.8 * capacity.sessions_that_fit)
    assert capacity.stopped_by == "target"
    assert capacity.limit_source == "--limit"
    assert capacity.held_sessions == 4
    assert not capacity.sizes_vary


def test_the_parts_add_up_to_the_number():
    capacity = probe_memory(SMALL, limit_bytes=GB)
    room = capacity.limit_bytes - capacity.baseline_bytes - capacity.transient_bytes
    assert int(room / capacity.bytes_per_session) == capacity.sessions_that_fit
    low, high = capacity.bytes_per_session.low, capacity.bytes_per_session.high
    assert low <= capacity.bytes_per_session <= high


def test_fill_reaches_its_target_and_says_so_line_by_line():
    said: list[Progress] = []
    capacity = probe_memory(SMALL, mode="fill", limit_bytes=GB, on_progress=said.append)
    assert capacity.stopped_by == "target"
    assert capacity.held_sessions == 6
    assert capacity.sessions_that_fit > 200
    assert capacity.session_data_bytes == 6 * SMALL.session_bytes
    assert [each.done for each in said] == [1, 2, 3, 4, 5, 6]
    assert said[2].message.startswith("Session 3/6: size 4.0 MB, total 12.0 MB, process memory ")
    assert [sample.session for sample in capacity.samples] == list(range(7))


def test_fill_stops_before_it_crosses_the_limit_and_warns_before():
    said: list[str] = []
    workload = Workload(sessions=100, images_per_session=8, image_bytes=1_000_000)
    capacity = probe_memory(
        workload, mode="fill", limit_bytes=200_000_000, on_progress=lambda p: said.append(p.message)
    )
    assert capacity.stopped_by == "guard"
    assert max(sample.rss_bytes for sample in capacity.samples) < 200_000_000
    assert capacity.held_sessions < capacity.sessions_that_fit < 30
    assert sum(line.startswith("Warning: ") for line in said) == 1


def test_fill_until_the_guard_goes_on_beyond_the_target():
    capacity = probe_memory(
        SMALL, mode="fill", limit_bytes=150_000_000, options=ProbeOptions(until="guard")
    )
    assert capacity.stopped_by == "guard"
    assert capacity.held_sessions > 6


def test_an_app_that_holds_much_already_leaves_less_room():
    bare = probe_memory(SMALL, limit_bytes=GB)
    options = ProbeOptions(app_baseline_bytes=500_000_000)
    app = probe_memory(SMALL, limit_bytes=GB, options=options)
    assert 0.45 < app.sessions_that_fit / bare.sessions_that_fit < 0.55


@pytest.mark.parametrize("kind", ["decoded", "base64"])
def test_each_kind_of_picture_costs_what_it_is_in_memory(kind: str):
    workload = Workload(images_per_session=4, image_bytes=1_000_000, image_kind=kind)
    capacity = probe_memory(workload, limit_bytes=GB)
    each = {"decoded": 4 / 2.54, "base64": 4 / 3}[kind] * 4_000_000
    assert capacity.bytes_per_session == pytest.approx(each, rel=0.08)


@pytest.mark.usefixtures("factories")
class TestFactories:
    def test_equal_sessions_fit_as_often_as_division_says(self):
        capacity = probe_kind("equal")
        assert capacity.sessions_that_fit == pytest.approx(49, abs=1)
        assert capacity.source == "factory session_kinds:equal"
        assert not capacity.sizes_vary

    def test_what_the_first_session_loads_for_all_is_part_of_the_baseline(self):
        capacity = probe_kind("shared_model")
        assert capacity.bytes_per_session == pytest.approx(10e6, rel=0.02)
        assert capacity.baseline_bytes > 100e6
        assert any("that later ones share" in note for note in capacity.notes)

    def test_sessions_that_grow_are_carried_on(self):
        capacity = probe_kind("growing")
        # Sum of 10 + n MB up to N in 1 GB less some 13 MB: N = 35.
        assert capacity.sessions_that_fit == pytest.approx(35, abs=1)
        assert any("more than the one before" in note for note in capacity.notes)

    def test_unequal_sessions_are_said_to_be_so_and_the_low_end_is_used(self):
        capacity = probe_kind("unequal", limit_bytes=GB)
        assert capacity.bytes_per_session.high > 1.1 * capacity.bytes_per_session.low
        assert capacity.safe_sessions <= 0.8 * capacity.sessions_that_fit

    def test_a_short_peak_is_what_the_last_session_must_find_room_for(self):
        capacity = probe_kind("short_peak")
        assert capacity.transient_bytes == pytest.approx(40e6, rel=0.05)
        assert capacity.bytes_per_session == pytest.approx(8e6, rel=0.05)

    def test_threads_make_their_peaks_together(self):
        source = Factory("session_kinds:short_peak", concurrency=4)
        capacity = probe_memory(source=source, limit_bytes=300_000_000)
        assert capacity.transient_bytes > 45e6

    def test_threads_go_on_without_a_stop_up_to_the_guard(self, monkeypatch: pytest.MonkeyPatch):
        # What other tests leave in tmpfs meanwhile (a browser's pictures) would be the sessions'.
        monkeypatch.setattr(Run, "_new_ledger", lambda _: Ledger(group=None))
        source = Factory("session_kinds:equal", concurrency=3)
        capacity = probe_memory(source=source, limit_bytes=400_000_000)
        assert capacity.stopped_by == "guard"
        # The kernel kills at 17 to 19.
        assert 14 <= capacity.held_sessions <= capacity.sessions_that_fit <= 19
        assert capacity.bytes_per_session == pytest.approx(20e6, rel=0.2)
        assert [sample.session for sample in capacity.samples][:2] == [0, 1]

    def test_threads_go_the_same_way_in_another_process_too(self, monkeypatch: pytest.MonkeyPatch):
        from stresstune.memory import run

        seen: list[Evidence] = []
        conclude = run.conclude
        monkeypatch.setattr(run, "conclude", lambda each: seen.append(each) or conclude(each))
        source = Factory("session_kinds:equal", concurrency=2)
        capacity = probe_memory(source=source, limit_bytes=200_000_000)
        assert 1 <= len(seen[0].others) <= 5
        assert all(each.completed >= 5 for each in seen[0].others)
        assert capacity.held_sessions == seen[0].held
        assert capacity.sessions_that_fit <= 9

    def test_what_fails_in_another_process_only_is_said(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ):
        monkeypatch.setenv("SESSIONS_FOLDER", str(tmp_path))
        source = Factory("session_kinds:fails_in_the_second_process", concurrency=2)
        capacity = probe_memory(source=source, limit_bytes=200_000_000)
        assert capacity.stopped_by == "guard"
        assert capacity.sessions_that_fit
        assert any(
            note.endswith("only there: RuntimeError: no second camera") for note in capacity.notes
        )

    def test_threads_that_leave_processes_behind_are_measured_with_them(self):
        source = Factory("session_kinds:forks", concurrency=2)
        capacity = probe_memory(source=source, limit_bytes=300_000_000)
        assert capacity.bytes_per_session > 8e6
        assert capacity.held_sessions >= 8

    def test_small_sessions_are_measured_in_bulk(self):
        capacity = probe_kind("tiny")
        assert capacity.held_sessions > 50
        assert capacity.bytes_per_session == pytest.approx(60_000, rel=0.1)

    def test_many_small_objects_are_seen(self):
        capacity = probe_kind("small_objects")
        assert capacity.bytes_per_session == pytest.approx(15e6, rel=0.15)

    def test_memory_that_no_process_maps_counts(self):
        capacity = probe_kind("in_shared_memory")
        assert capacity.bytes_per_session == pytest.approx(20e6, rel=0.1)
        assert any("outside of the processes" in note for note in capacity.notes)

    @pytest.mark.parametrize("threads", [1, 2])
    def test_no_shared_memory_is_left(self, monkeypatch: pytest.MonkeyPatch, threads: int):
        name = f"stresstune-test-{os.getpid()}"
        monkeypatch.setenv("SESSIONS_FOLDER", name)
        source = Factory("session_kinds:in_named_shared_memory", concurrency=threads)
        assert probe_memory(source=source, limit_bytes=200_000_000).held_sessions > 2
        assert not list(Path("/dev/shm").glob(f"{name}*"))

    def test_a_factory_that_raises_is_quoted(self):
        capacity = probe_kind("raises")
        assert (capacity.stopped_by, capacity.held_sessions) == ("error", 0)
        assert capacity.error == "RuntimeError: no camera found"
        assert capacity.sessions_that_fit is None

    def test_a_factory_that_raises_later_leaves_a_number(self):
        capacity = probe_kind("raises_later")
        assert capacity.held_sessions == 3
        assert capacity.error == "RuntimeError: no more cameras"
        assert capacity.sessions_that_fit > 100
        assert any("ended early" in note for note in capacity.notes)

    def test_a_factory_that_hangs_is_ended(self):
        capacity = probe_kind("hangs", options=ProbeOptions(stall_seconds=1))
        assert capacity.stopped_by == "time"
        assert "did nothing for 1 s" in capacity.error

    @pytest.mark.parametrize(
        "options", [ProbeOptions(stall_seconds=1), ProbeOptions(max_seconds=6.5)]
    )
    def test_a_factory_that_hangs_later_proves_no_number(self, options: ProbeOptions):
        capacity = probe_kind("hangs_later", options=options)
        assert (capacity.stopped_by, capacity.held_sessions) == ("time", 3)
        late = "session 4 (timed_out) was not made within the time that it had: memory was not what"
        assert any(note.startswith(late) for note in capacity.notes)
        assert not any("binds" in note for note in capacity.notes)
        assert judge(capacity).tier == "inconclusive"

    def test_time_that_is_up_ends_the_probe(self):
        capacity = probe_kind("hangs", options=ProbeOptions(max_seconds=0.3))
        assert capacity.stopped_by == "time"
        assert capacity.error.startswith("session 1 was not made within 0 s; the time for the")
        assert capacity.sessions_that_fit is None

    def test_a_large_piece_that_was_refused_long_before_the_end_is_asked_for_again(self):
        # The 20th: some 13 + 20 x 12 + 300 MB; without it, 28 would fit.
        capacity = probe_kind("report_at_once", limit_bytes=430_000_000)
        assert capacity.sessions_that_fit == pytest.approx(19, abs=1)

    def test_what_was_needed_once_is_reckoned_with_to_the_end(self):
        # The 12th: some 13 + 11 x 8 + 180 MB.
        capacity = probe_kind("reports_now_and_then", limit_bytes=260_000_000)
        assert 9 <= capacity.sessions_that_fit <= 12
        # The 12th fits, and with the 24th it is some 13 + 23 x 8 + 180 MB; without, 35 would fit.
        capacity = probe_kind("reports_now_and_then", limit_bytes=340_000_000)
        assert 19 <= capacity.sessions_that_fit <= 24
        assert capacity.safe_sessions < 20

    def test_addresses_that_are_never_used_cost_nothing(self):
        capacity = probe_kind("reserves", limit_bytes=300_000_000)
        assert capacity.sessions_that_fit == pytest.approx(56, abs=2)

    def test_a_module_that_measures_while_it_is_imported_is_told(self):
        capacity = probe_memory(source=Factory("measures_at_import:session"))
        assert capacity.stopped_by == "error"
        assert "put that under `if __name__" in capacity.error

    def test_a_factory_that_calls_exit_is_quoted(self):
        assert probe_kind("exits").error == "SystemExit: 3"

    def test_a_factory_that_vanishes_is_told_with_its_last_line(self):
        capacity = probe_kind("vanishes")
        assert capacity.stopped_by == "error"
        how = "the sessions' process ended with exit status 4: I leave"
        assert capacity.error == f"{how}; the function ended it, or something that it calls"

    def test_a_factory_that_forks_is_counted_whole_and_ended_whole(self):
        capacity = probe_kind("forks")
        # Twice 5 MB, and what the fork wrote to of the interpreter.
        assert 10e6 < capacity.bytes_per_session < 14e6

    def test_a_fork_that_comes_back_does_not_speak_for_us(self):
        assert probe_kind("forks_and_returns_twice").stopped_by == "target"

    def test_programs_that_a_factory_starts_are_ended(self):
        assert probe_kind("starts_a_program").held_sessions >= 4

    def test_a_factory_that_prints_megabytes_harms_nobody(self):
        capacity = probe_kind("prints_megabytes", limit_bytes=64 * GB)
        assert capacity.stopped_by == "target"
        assert capacity.bytes_per_session == pytest.approx(1e6, rel=0.3)

    def test_a_factory_that_allocates_everything_meets_the_guard(self):
        capacity = probe_kind("allocates_everything", limit_bytes=500_000_000)
        assert capacity.stopped_by == "guard"
        assert capacity.held_sessions == capacity.sessions_that_fit == capacity.safe_sessions == 0
        assert any("first session came too near" in note for note in capacity.notes)

    @pytest.mark.parametrize("kind", ["nothing", "the_same"])
    def test_a_factory_that_keeps_nothing_alive_has_measured_nothing(self, kind: str):
        capacity = probe_kind(kind)
        assert capacity.stopped_by == "error"
        assert "return from it what the app keeps" in capacity.error
        assert capacity.sessions_that_fit is capacity.safe_sessions is None
        assert capacity.empty_sessions >= capacity.held_sessions - 1

    def test_what_a_module_keeps_itself_counts_though_none_is_returned(self):
        capacity = probe_kind("keeps_it_in_the_module")
        assert capacity.stopped_by == "target"
        assert any("were None" in note for note in capacity.notes)
        assert 150 < capacity.sessions_that_fit < 200

    def test_of_sessions_too_small_to_be_seen_no_great_number_is_claimed(self):
        capacity = probe_kind("next_to_nothing")
        assert capacity.at_least
        assert capacity.sessions_that_fit == max(capacity.held_sessions, 3000)
        assert capacity.bytes_per_session.high < 1024
        assert any("too little to be seen" in note for note in capacity.notes)

    @pytest.mark.parametrize("kind", ["never_awaited", "never_run"])
    def test_what_has_not_begun_is_no_session(self, kind: str):
        capacity = probe_kind(kind)
        assert capacity.stopped_by == "error"
        assert "the function returned a" in capacity.error
        assert capacity.held_sessions == 0

    def test_a_memory_error_is_where_it_ends(self):
        capacity = probe_kind("out_of_memory")
        assert capacity.stopped_by == "memory_error"
        assert capacity.sessions_that_fit == 0
        assert any("MB of 1.00 GB free: session 1 asked" in note for note in capacity.notes)

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("no_such_module:f", "there is no module 'no_such_module'"),
            ("session_kinds.py:f", r"'session_kinds.py': leave out .py, as in session_kinds:f"),
            ("session_kinds:absent", "module 'session_kinds' has no 'absent'"),
            ("session_kinds:not_callable", "is 3, not a function"),
            ("session_kinds:asynchronous", r"not a plain function: call asyncio\.run"),
        ],
    )
    def test_a_factory_that_is_not_there_is_a_usage_error(self, target: str, message: str):
        with pytest.raises(UsageError, match=message):
            probe_memory(source=Factory(target), limit_bytes=GB)

    def test_a_module_that_fails_to_import_is_quoted(self, factories: Path):
        broken = factories / "broken_module.py"
        broken.write_text("import no_such_dependency\n")
        try:
            capacity = probe_memory(source=Factory("broken_module:f"), limit_bytes=GB)
        finally:
            broken.unlink()
        assert capacity.error == "ModuleNotFoundError: No module named 'no_such_dependency'"
        assert capacity.samples == ()


@pytest.mark.parametrize(
    "arguments",
    [{"mode": "guess"}, {"headroom_ratio": 1.0}, {"headroom_ratio": -0.1}, {"limit_bytes": 0}],
)
def test_impossible_arguments_are_refused(arguments: dict[str, object]):
    with pytest.raises(ValueError, match="must be"):
        probe_memory(**arguments)


def test_ctrl_c_hands_over_what_was_measured():
    def press(progress: Progress) -> None:
        if progress.done == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        probe_memory(SMALL, mode="fill", limit_bytes=GB, on_progress=press)
    assert caught.value.partial.stopped_by == "interrupted"
    assert caught.value.partial.held_sessions == 3
    assert caught.value.partial.sessions_that_fit > 100


def test_a_crash_is_refused_where_there_is_nothing_to_crash_into():
    with pytest.raises(ProbeUnsafe, match="only reckoned with"):
        probe_memory(SMALL, mode="fill", limit_bytes=GB, options=ProbeOptions(until="crash"))


def test_a_limit_that_is_unknown_gives_no_number(monkeypatch: pytest.MonkeyPatch):
    from stresstune.memory import run
    from stresstune.memory.ends import limits

    tree = Path(__file__).parents[1] / "data/cgroup/v2/unreadable_limit"
    monkeypatch.setattr(
        run,
        "survey",
        lambda override_bytes: limits.survey(override_bytes=override_bytes, root=tree),
    )
    capacity = probe_memory(SMALL)
    assert capacity.sessions_that_fit is capacity.safe_sessions is capacity.limit_bytes is None
    assert capacity.limit_source.startswith("unknown: ")
    assert capacity.bytes_per_session is None


def test_a_data_limit_is_met_as_allocations_fail():
    said = run_script(
        """
        from stresstune.memory.probe import probe_memory
        from stresstune.memory.options import ProbeOptions
        from stresstune.model.workload import Workload
        workload = Workload(sessions=500, images_per_session=8, image_bytes=1_000_000)
        predicted = probe_memory(workload)
        filled = probe_memory(workload, mode="fill", options=ProbeOptions(until="guard"))
        print(predicted.limit_source, predicted.sessions_that_fit, filled.sessions_that_fit)
        """,
        shell=f"ulimit -d {400 * 1024}",
    )
    source, predicted, filled = said.split()
    assert source == "RLIMIT_DATA"
    assert abs(int(predicted) - int(filled)) <= 1
    assert 40 < int(predicted) < 53


def run_script(code: str, group: RealGroup | None = None, shell: str = "") -> str:
    command = [sys.executable, "-c", textwrap.dedent(code)]
    if group:
        command = group.inside(*command)
    if shell:
        command = ["/bin/sh", "-c", f'{shell}; exec "$@"', "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


class TestRealGroups:
    """What DESIGN promises, in control groups that really kill."""

    CODE = """
        from stresstune.memory.probe import probe_memory
        from stresstune.memory.options import ProbeOptions
        capacity = probe_memory(mode={mode!r}, options=ProbeOptions(until={until!r}))
        print(capacity.sessions_that_fit, capacity.held_sessions, capacity.stopped_by)
        print(capacity.limit_source)
    """

    def test_the_groups_limit_is_found_and_nothing_is_killed(self, real_group):
        group = real_group(512 * 2**20)
        said = run_script(self.CODE.format(mode="predict", until="target"), group)
        assert said.splitlines() == ["6 4 target", f"cgroup v1 /{group.folder.name}"]
        assert group.kills == 0

    def test_the_prediction_is_where_the_kernel_kills(self, real_group):
        group = real_group(512 * 2**20)
        said = run_script(self.CODE.format(mode="fill", until="crash"), group)
        assert said.splitlines()[0] == "6 6 killed"
        assert group.kills == 1

    def test_a_guarded_fill_kills_nothing(self, real_group):
        group = real_group(512 * 2**20)
        said = run_script(self.CODE.format(mode="fill", until="guard"), group)
        assert said.splitlines()[0] == "6 5 guard"
        assert group.kills == 0

    def test_threads_at_full_speed_are_stopped_and_not_killed(self, real_group, factories: Path):
        group = real_group(512 * 2**20)
        code = f"""
        import sys
        sys.path.insert(0, {str(factories)!r})
        from stresstune.memory.probe import probe_memory
        from stresstune.memory.sources import Factory
        print(probe_memory(source=Factory("session_kinds:at_full_speed", concurrency=4)).stopped_by)
        """
        assert run_script(code, group).strip() == "guard"
        assert group.kills == 0

    def test_page_cache_that_can_go_leaves_the_room_as_it_is(self, real_group, tmp_path: Path):
        group = real_group(512 * 2**20)
        big = tmp_path / "big"
        cache = f"""
        from pathlib import Path
        Path({str(big)!r}).write_bytes(bytes(300 * 2**20))
        Path({str(big)!r}).read_bytes()
        """
        code = cache + self.CODE.format(mode="predict", until="target")
        said = run_script(code, group)
        assert said.splitlines()[0] == "6 4 target"
        assert group.kills == 0

    def test_what_others_hold_is_taken_off(self, real_group):
        group = real_group(512 * 2**20)
        other = subprocess.Popen(
            group.inside(
                sys.executable, "-c", "k = b'x' * 200_000_000; print(1, flush=True); input()"
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            other.stdout.readline()
            code = self.CODE.format(mode="predict", until="target")
            said = run_script(code, group)
        finally:
            other.communicate(b"\n")
        assert said.splitlines()[0] == "4 3 guard"
        assert group.kills == 0


@pytest.mark.parametrize(
    "name", ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"], ids=["kill", "term", "closed", "ctrl-c"]
)
def test_no_child_outlives_its_parent(name: str):
    code = """
from stresstune.memory.probe import probe_memory
from stresstune.model.workload import Workload
probe_memory(Workload(sessions=10_000), mode="fill", limit_bytes=3_000_000_000,
             on_progress=lambda p: print(p.message, flush=True))
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    parent.stdout.readline()
    children = psutil.Process(parent.pid).children()
    assert len(children) == 1
    parent.send_signal(getattr(signal, name))
    parent.communicate()
    deadline = time.monotonic() + 1
    while is_running(children[0].pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("factories")
def test_an_app_that_is_gone_before_it_was_measured_is_an_error(monkeypatch: pytest.MonkeyPatch):
    from stresstune.memory.findings.ledger import Ledger

    monkeypatch.setattr(Ledger, "take", lambda *_, **__: False)
    capacity = probe_kind("equal")
    assert capacity.error == "the sessions' process ended before its first session"


def test_swap_ends_the_probe(monkeypatch: pytest.MonkeyPatch):
    from stresstune.memory.findings import ledger
    from stresstune.memory.readings import sample

    read = sample.read_tree

    def swapping(pid: int, **more: object) -> sample.Reading | None:
        reading = read(pid, **more)
        return reading and replace(reading, swap_bytes=4096)

    monkeypatch.setattr(ledger.sample, "read_tree", swapping)
    capacity = probe_memory(SMALL, limit_bytes=GB)
    assert capacity.stopped_by == "guard"
    assert capacity.held_sessions == 1
    assert any("began to swap" in note for note in capacity.notes)


def test_anothers_kill_in_the_group_ends_the_probe_and_is_no_crash(
    monkeypatch: pytest.MonkeyPatch,
):
    from stresstune.memory.child import gone
    from stresstune.memory.ends import crash

    counts = iter([5, 5, 5, 6])
    monkeypatch.setattr(crash, "kill_count", lambda _found: next(counts))
    monkeypatch.setattr(gone, "GIVEN_BACK_SECONDS", 0.05)
    capacity = probe_memory(SMALL, limit_bytes=GB)
    assert (capacity.stopped_by, capacity.held_sessions) == ("error", 2)
    assert capacity.error.startswith("meanwhile the kernel killed another process in its control")


@pytest.mark.usefixtures("factories")
def test_a_kill_of_a_process_that_a_session_keeps_ends_the_probe(monkeypatch: pytest.MonkeyPatch):
    from stresstune.memory.ends import crash

    counts = iter([5, 5, 5, 6])
    monkeypatch.setattr(crash, "kill_count", lambda _found: next(counts))
    capacity = probe_memory(SMALL, source=Factory("session_kinds:loses_the_third"), limit_bytes=GB)
    assert (capacity.stopped_by, capacity.sessions_that_fit) == ("killed", 2)
