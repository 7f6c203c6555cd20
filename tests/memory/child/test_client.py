import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stresstune.errors import UsageError
from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.readings.sample import descendants, is_running
from stresstune.memory.sources import App
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload
from stresstune.policy.judge import judge
from stresstune.probed import MARK

GB = 10**9
SERVER = Path(__file__).parents[1] / "factories/small_app.py"

pytestmark = pytest.mark.usefixtures("factories")


def probe_app(*options: str, **more: object) -> MemoryCapacity:
    user = more.pop("user", "open_session")
    limit_bytes = more.pop("limit_bytes", GB)
    workload = more.pop("workload", None)
    probe = more.pop("probe", None)
    source = App(
        command=[sys.executable, str(SERVER), "{port}", *options],
        open_session=f"small_app:{user}",
        **more,
    )
    return probe_memory(workload, source=source, limit_bytes=limit_bytes, options=probe)


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    mark = f":{os.getpid()}:"
    for process in psutil.process_iter():
        try:
            left = mark in process.environ().get(MARK, "")
        except psutil.Error:
            continue
        assert not left, process


def test_the_apps_memory_is_measured_and_not_its_users():
    capacity = probe_app()
    assert capacity.bytes_per_session == pytest.approx(10e6, rel=0.03)
    assert capacity.source.startswith("app ")
    assert 80 < capacity.sessions_that_fit < 100
    assert capacity.error == ""


def test_all_workers_count():
    capacity = probe_app("--workers", "3", concurrency=2)
    assert capacity.bytes_per_session == pytest.approx(10e6, rel=0.1)


def test_what_each_worker_loads_with_its_first_session_counts_for_all_of_them():
    model_bytes = 100_000_000
    capacity = probe_app("--workers", "3", "--model", str(model_bytes))
    one, *_ = probe_app("--model", str(model_bytes)).samples
    assert capacity.bytes_per_session == pytest.approx(10e6, rel=0.03)
    empty = one.pss_bytes + 3 * model_bytes
    assert capacity.baseline_bytes == pytest.approx(empty, rel=0.15)
    assert capacity.sessions_that_fit == pytest.approx((GB - empty) / 10e6, abs=4)


def test_sessions_on_disk_show_as_the_little_memory_that_they_are(tmp_path: Path):
    capacity = probe_app("--to-disk", str(tmp_path), limit_bytes=GB // 4)
    # in memory each keeps 10 MB and fewer than 25 fit; what is left here is dirty page cache
    assert capacity.bytes_per_session < 4e6
    assert capacity.sessions_that_fit > 50


@pytest.mark.parametrize("full_at", [6, 7])
def test_the_limit_that_the_app_meets_first_is_named(full_at: int):
    capacity = probe_app("--full-at", str(full_at))
    assert capacity.stopped_by == "error"
    assert capacity.held_sessions == full_at
    assert capacity.error == "RefusedError: answered 503"
    assert capacity.refused == "overloaded"
    verdict = judge(capacity)
    assert (verdict.tier, verdict.binding) == ("inconclusive", "app")
    first = f"did not take session {full_at + 1} (overloaded)"
    assert any(first in note for note in capacity.notes)
    assert capacity.sessions_that_fit > 80


def test_a_connection_that_the_app_resets_is_named_whatever_client_says_so():
    capacity = probe_app("--resets-at", "6", user="open_session_by_aiohttp")
    assert (capacity.held_sessions, capacity.refused) == (6, "unreachable")
    first = "did not take session 7 (unreachable), long before memory ended"
    assert any(first in note for note in capacity.notes)


def test_what_the_app_took_of_a_step_that_it_refused_is_held():
    capacity = probe_app("--full-at", "5", concurrency=3)
    assert capacity.held_sessions == 5
    assert any("did not take session 6" in note for note in capacity.notes)


@pytest.mark.parametrize(
    ("user", "word"),
    [("refuse_connection", "unreachable"), ("give_up", "timed_out"), ("fail", "failed")],
)
def test_refusals_are_named_as_the_api_probe_names_them(user: str, word: str):
    capacity = probe_app(user=user)
    assert any(f"session 1 ({word})" in note for note in capacity.notes)


def test_slow_sessions_are_told():
    workload = Workload(latency_objective_seconds=0.05)
    capacity = probe_app("--slow", "0.1", workload=workload)
    assert any("latency objective of 50 ms" in note for note in capacity.notes)


def test_an_app_that_answers_no_more_is_stuck_though_its_server_looks_at_its_clock():
    began = time.monotonic()
    capacity = probe_app("--hang-at", "3", probe=ProbeOptions(stall_seconds=2))
    assert capacity.stopped_by == "time"
    assert capacity.error == "the app did nothing for 2 s"
    assert any("session 4 (timed_out) was not made" in note for note in capacity.notes)
    assert time.monotonic() - began < 15


def test_an_app_may_be_longer_about_its_start_than_about_a_session():
    capacity = probe_app("--ready-after", "3", probe=ProbeOptions(stall_seconds=1))
    assert capacity.sessions_that_fit


def test_a_worker_that_is_replaced_has_lost_its_sessions_and_what_was_seen_before_counts():
    capacity = probe_app("--replaced-at", "8")
    assert capacity.stopped_by == "error"
    assert "ended, and the sessions that it held with it" in capacity.error
    assert capacity.held_sessions < 90
    assert capacity.sessions_that_fit == pytest.approx(97, abs=3)


def test_an_app_that_does_not_start_says_why():
    source = App(
        command=[sys.executable, "-c", "import sys; sys.exit('no database')"],
        open_session="small_app:open_session",
    )
    capacity = probe_memory(source=source, limit_bytes=GB)
    assert capacity.stopped_by == "error"
    assert capacity.error.endswith("ended with exit status 1 before it was ready: no database")


def test_an_app_that_ends_as_a_session_is_opened_says_how_and_what_it_said_last():
    capacity = probe_app("--dies-at", "5")
    assert capacity.stopped_by == "error"
    assert capacity.error.startswith("the app ended with exit status 7 (RemoteDisconnected: ")
    assert capacity.error.endswith("): no more handles")
    notes = " ".join(capacity.notes)
    assert "the app ended as session 6 was opened" in notes
    assert "look at the coroutine" not in notes
    assert "that limit binds first" not in notes
    assert capacity.held_sessions == 5
    assert capacity.sessions_that_fit > 80


def test_the_apps_own_session_knob_is_lifted():
    command = "import os, sys; sys.exit(os.environ['MAX_CONCURRENT_SESSIONS'])"
    source = App(command=[sys.executable, "-c", command], open_session="small_app:open_session")
    assert probe_memory(source=source, limit_bytes=GB).error.endswith(": 100000")


def test_an_app_that_never_answers_is_given_up():
    source = App(
        command=["sleep", "60"],
        ready="http://127.0.0.1:9/healthz?deep=1",
        open_session="small_app:open_session",
        ready_seconds=0.2,
    )
    capacity = probe_memory(source=source, limit_bytes=GB)
    assert "did not answer at /healthz?deep=1 within 0.2 s" in capacity.error
    assert "nobody listens on 127.0.0.1:9" in capacity.error


def test_what_an_app_said_before_it_ended_is_shown_and_not_its_last_line_only():
    said = "import sys; sys.exit('reading settings\\nno database')"
    source = App(command=[sys.executable, "-c", said], open_session="small_app:open_session")
    capacity = probe_memory(source=source, limit_bytes=GB)
    assert capacity.error.endswith(": no database")
    assert "the app said: reading settings" in capacity.notes


def test_a_coroutine_that_fails_is_not_taken_for_a_limit_of_the_app():
    notes = " ".join(probe_app(user="fail").notes)
    assert "look at the coroutine" in notes
    assert "that limit binds first" not in notes


def test_a_program_that_does_not_exist_is_a_usage_error():
    source = App(command=["/no/such/program"], open_session="small_app:open_session")
    with pytest.raises(UsageError, match="could not be started"):
        probe_memory(source=source, limit_bytes=GB)


def test_a_plain_function_cannot_open_sessions_over_http():
    source = App(command=["sleep", "60"], open_session="small_app:serve")
    with pytest.raises(UsageError, match="not an async function"):
        probe_memory(source=source, limit_bytes=GB)


def test_an_app_without_a_command_is_refused():
    with pytest.raises(ValueError, match="command is empty"):
        App(command=[], open_session="small_app:open_session")


def test_an_app_in_a_small_group_is_predicted_and_not_killed(real_group):
    group = real_group(384 * 2**20)
    code = f"""
import sys
sys.path.insert(0, {str(SERVER.parent)!r})
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import App
capacity = probe_memory(source=App(
    command=[sys.executable, {str(SERVER)!r}, "{{port}}", "--workers", "2"],
    open_session="small_app:open_session"))
print(capacity.sessions_that_fit, capacity.limit_source)
"""
    said = subprocess.run(
        group.inside(sys.executable, "-c", code), capture_output=True, text=True, check=True
    )
    number, source = said.stdout.strip().split(maxsplit=1)
    assert source == f"cgroup v1 /{group.folder.name}"
    assert 33 <= int(number) <= 39
    assert group.kills == 0


def test_when_a_probe_is_over_its_app_has_given_all_memory_back():
    """What comes next would count it as somebody else's."""
    family: set[int] = set()
    source = App(
        command=[sys.executable, str(SERVER), "{port}"], open_session="small_app:open_session"
    )
    probe_memory(
        Workload(sessions=60),
        source=source,
        mode="fill",
        on_progress=lambda _: family.update(descendants(os.getpid())),
    )
    assert len(family) >= 2
    assert not [pid for pid in family if is_running(pid)]


SIGNALLED = """
import os, pathlib, runpy, signal, sys
how, mine = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
mine.touch()
tidy = lambda *_: (mine.unlink(), os._exit(0))
signal.signal(signal.SIGTERM, tidy if how == "tidy" else signal.SIG_IGN)
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def fill_a_few(how: str, file: Path) -> MemoryCapacity:
    """With an app that removes its file as it ends, or that does not mean to end."""
    source = App(
        command=[sys.executable, "-c", SIGNALLED, how, str(file), str(SERVER), "{port}"],
        open_session="small_app:open_session",
    )
    return probe_memory(Workload(sessions=3), source=source, mode="fill", limit_bytes=GB)


def test_an_app_is_asked_to_end_so_that_it_removes_what_it_made(tmp_path: Path):
    assert fill_a_few("tidy", tmp_path / "upload").stopped_by == "target"
    assert not list(tmp_path.iterdir())


def test_an_app_that_does_not_end_when_asked_is_ended(tmp_path: Path):
    assert fill_a_few("deaf", tmp_path / "upload").stopped_by == "target"
    assert not [pid for pid in descendants(os.getpid()) if is_running(pid)]


def test_where_there_is_no_room_an_app_is_ended_without_being_asked(
    monkeypatch: pytest.MonkeyPatch,
):
    def must_not(_: SacrificialProcess) -> None:
        pytest.fail("it was asked")

    monkeypatch.setattr(SacrificialProcess, "_let_tidy_up", must_not)
    assert probe_app(limit_bytes=GB // 100).stopped_by == "guard"


def test_the_app_ends_with_a_prober_that_is_killed():
    code = f"""
import sys
sys.path.insert(0, {str(SERVER.parent)!r})
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import App
probe_memory(mode="fill", limit_bytes=10**9, on_progress=lambda p: print(p.message, flush=True),
    source=App(command=[sys.executable, {str(SERVER)!r}, "{{port}}", "--workers", "2",
                        "--slow", "0.2"], open_session="small_app:open_session"))
"""
    prober = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    prober.stdout.readline()
    family = psutil.Process(prober.pid).children(recursive=True)
    assert len(family) == 4
    prober.kill()
    prober.communicate()
    deadline = time.monotonic() + 1
    while any(is_running(process.pid) for process in family):
        assert time.monotonic() < deadline
        time.sleep(0.01)
