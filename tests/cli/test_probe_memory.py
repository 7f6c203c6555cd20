from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.cli.commands import probe_memory
from stresstune.cli.rendering import UNTOLD
from stresstune.memory.child.leftovers import Leftover, find_leftovers
from tests.cli.terminal import on_a_terminal


@pytest.mark.parametrize("number", ["--sessions", "--images"])
def test_numbers_beyond_measure_are_refused(run, number: str) -> None:
    said = run("probe", "memory", number, "1000000001")
    assert said.code == exits.USAGE
    assert "1000000001" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--max-seconds", "-1"], "--max-seconds is -1.0: it must be above 0"),
        (["--images", "1000000001"], "--images is 1000000001: it must be at most 1,000,000,000"),
        (["--app", "x", "--open-session", "a:b", "--ready", "foo"], "a path such as /healthz"),
        (["--app", "x 'y", "--open-session", "a:b"], "a quotation mark in it is not closed"),
        (["--app", "x \\", "--open-session", "a:b"], "it ends with a backslash"),
        (["--factory", "a:b", "--session-concurrency", "1001"], "it must be at most 1,000"),
    ],
)
def test_what_is_refused_is_said_in_words_of_the_command_line(run, arguments, said) -> None:
    refused = run("probe", "memory", *arguments)
    assert refused.code == exits.USAGE
    assert said in refused.err
    for word in ("Expected", "regex", "ProbeOptions", "Workload", "No closing"):
        assert word not in refused.err


def test_a_cap_that_cannot_be_is_said_so_too(run, config) -> None:
    said = run("apply", "--simulate", "--max-seconds", "-1")
    assert (said.code, said.err) == (2, "Error: --max-seconds is -1.0: it must be above 0\n")


def test_a_probe_needs_no_config(run) -> None:
    said = run("probe", "memory", "--limit", "1GB", "--images", "1", "--json")
    assert said.code == exits.DONE
    assert said.document["limit_bytes"] == 10**9
    assert said.document["sessions_that_fit"] > 30
    assert "opening sessions in a process of their own" in said.err


def test_a_config_that_was_named_must_be_there(run) -> None:
    assert run("--config", "other.toml", "probe", "memory").code == exits.USAGE


def test_the_summary_has_the_classic_lines(run, config) -> None:
    said = run("probe", "memory", "--limit", "1GB", "--quiet")
    assert said.err == ""
    for words in ("Sessions created:", "Total session data:", "Final process memory:", "Overhead:"):
        assert words in said.out
    assert "(--limit)" in said.out


def test_a_fill_has_a_line_for_each_session(run, config) -> None:
    said = run("probe", "memory", "--mode", "fill", "--sessions", "3")
    lines = [line for line in said.out.splitlines() if line.startswith("Session ")]
    assert [line.split(":")[0] for line in lines] == ["Session 1/3", "Session 2/3", "Session 3/3"]
    assert "Sessions created:      3/3" in said.out


def test_with_json_a_fill_talks_on_stderr(run, config) -> None:
    said = run("probe", "memory", "--mode", "fill", "--sessions", "3", "--json")
    assert said.document["held_sessions"] == 3


def test_what_a_probe_printed_can_be_applied(run, config) -> None:
    printed = run("probe", "memory", "--limit", "16MB", "--json")
    Path("memory.json").write_text(printed.out)
    said = run("apply", "--from", "memory.json", "--json")
    fit = json.loads(printed.out)["sessions_that_fit"]
    assert said.document["recommendation"]["max_concurrent_sessions"] <= max(fit, 1)


def test_a_factory_s_sessions_are_measured(run, monkeypatch, tmp_path) -> None:
    (tmp_path / "shop.py").write_text(
        "def open_session():\n    return bytearray(b'x' * 3_000_000)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = run("probe", "memory", "--factory", "shop:open_session", "--limit", "1GB", "--json")
    assert said.document["source"] == "factory shop:open_session"
    assert said.document["bytes_per_session"]["value"] > 2_900_000


APP = """\
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

HELD = []


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/open":
            HELD.append(bytearray(b"x" * 3_000_000))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(len(HELD)).encode())

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
"""

OPEN = """\
import asyncio
import urllib.request


async def open_session(url):
    await asyncio.to_thread(lambda: urllib.request.urlopen(url + "/open", timeout=10).close())
"""


def test_a_real_app_s_sessions_are_measured(run, monkeypatch, tmp_path) -> None:
    (tmp_path / "real_app.py").write_text(APP)
    (tmp_path / "visitor.py").write_text(OPEN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = f"{sys.executable} {tmp_path}/real_app.py {{port}}"
    arguments = ["--app", command, "--ready", "/up", "--open-session", "visitor:open_session"]
    said = run("probe", "memory", *arguments, "--limit", "1GB", "--json")
    assert said.code == exits.DONE
    assert said.document["source"].startswith("app ")
    assert said.document["bytes_per_session"]["value"] > 2_900_000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A running app that takes 3 MB a session: its process and its address."""
    (tmp_path / "real_app.py").write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, tmp_path / "real_app.py", str(port)]) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            with suppress(OSError), urllib.request.urlopen(address, timeout=5):
                break
            time.sleep(0.05)  # a real process, so real time
        yield process.pid, address
        process.terminate()


def test_an_app_at_work_is_watched(run, shop) -> None:
    pid, address = shop

    def visit() -> None:
        for _ in range(5):
            time.sleep(1.0)
            urllib.request.urlopen(f"{address}/open", timeout=5).close()

    visitor = threading.Thread(target=visit)
    visitor.start()
    asked = ["--sessions-from", f"{address}/stats", "--max-seconds", "7", "--limit", "1GB"]
    said = run("probe", "memory", "--pid", str(pid), *asked, "--json")
    visitor.join()
    assert said.code == exits.DONE
    assert (said.document["source"], said.document["held_sessions"]) == (f"process {pid}", 5)
    assert 2_500_000 < said.document["bytes_per_session"]["value"] < 6_000_000
    assert f"watching process {pid}" in said.err


def test_variables_to_be_tried_are_named_and_their_values_are_told_to_nobody(run) -> None:
    for arguments, words in [
        (["--what-if-env", "redis://:secret@host"], "wants NAME=VALUE"),
        (["--what-if-env", "=secret"], "wants NAME=VALUE"),
        (["--what-if-env", "REDIS_URL=secret"], "simulated sessions read no REDIS_URL"),
        (
            ["--pid", "1", "--sessions-from", "echo 3", "--what-if-env", "A=secret"],
            "does not go with --what-if-env",
        ),
    ]:
        said = run("probe", "memory", *arguments)
        assert said.code == exits.USAGE
        assert words in said.err
        assert "secret" not in said.err


def test_a_watched_app_needs_a_process_and_a_count(run) -> None:
    for arguments, words in [
        (["--pid", "1"], "need each other"),
        (["--sessions-from", "echo 3"], "need each other"),
        (["--pid", "1", "--sessions-from", "echo 3", "--mode", "fill"], "--mode fill"),
        (["--pid", "1", "--sessions-from", "echo 3", "--factory", "a:b"], "--factory"),
        (["--pid", "4194304", "--sessions-from", "echo 3"], "no running process 4194304"),
        (["--max-seconds", "-1"], "--max-seconds is -1.0"),
    ]:
        said = run("probe", "memory", *arguments)
        assert (said.code, said.out) == (exits.USAGE, "")
        assert words in said.err


@pytest.mark.no_cover
def test_a_fill_goes_on_until_the_guard(run, config) -> None:
    arguments = ["--until", "guard", "--sessions", "2", "--limit", "120MB", "--json"]
    said = run("probe", "memory", *arguments)
    assert said.document["stopped_by"] == "guard"
    assert said.document["held_sessions"] > 2


def test_a_crash_is_refused_where_it_would_hit_others(run, config) -> None:
    said = run("probe", "memory", "--until", "crash")
    assert said.code in {exits.INCONCLUSIVE, exits.USAGE}
    assert "crash" in said.err


def test_a_factory_that_fails_is_inconclusive_and_says_why(run, monkeypatch, tmp_path) -> None:
    (tmp_path / "sad.py").write_text("def open_session():\n    raise OSError('no database')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = run("probe", "memory", "--factory", "sad:open_session")
    assert said.code == exits.INCONCLUSIVE
    assert "no database" in said.out
    assert said.out.endswith(f"{UNTOLD}\n")


def test_a_factory_that_fails_before_all_were_open_is_inconclusive_as_apply_says(
    run, monkeypatch, tmp_path
) -> None:
    lines = ("held = []", "def open_session():", "    held.append(bytearray(b'x' * 3_000_000))")
    fails = ("    if len(held) > 2:", "        raise OSError('no database')", "    return held[-1]")
    (tmp_path / "soon_sad.py").write_text("\n".join((*lines, *fails)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asked = ("probe", "memory", "--factory", "soon_sad:open_session", "--limit", "1GB")
    said = run(*asked)
    assert said.code == exits.INCONCLUSIVE
    assert said.out.endswith(f"{UNTOLD}\n")
    warned = run(*asked, "--format", "github").out
    assert warned.startswith("::warning")
    assert "no database" in warned


def test_cleanup_finds_nothing_where_nothing_was_left(run) -> None:
    said = run("probe", "memory", "--cleanup")
    assert said.code == exits.DONE
    assert said.out.startswith("Nothing was left behind.\nNext: ")
    assert run("probe", "memory", "--cleanup", "--json").document == {"schema": 1, "removed": []}


def test_cleanup_says_what_it_removed(run, monkeypatch) -> None:
    left = Leftover(pid=4711, what="sessions' process", prober=4710)
    monkeypatch.setattr(probe_memory, "cleanup_leftovers", lambda: (left,))
    assert "4711" in run("probe", "memory", "--cleanup").out


FILL = [sys.executable, "-m", "stresstune", "probe", "memory", "--mode", "fill"]
FILL += ["--sessions", "100000", "--images", "1"]  # goes on until it is stopped


@pytest.mark.no_cover
def test_ctrl_c_prints_what_was_measured_and_leaves_nothing(tmp_path) -> None:
    with subprocess.Popen(
        FILL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("Session 2/"):
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == exits.INTERRUPTED
    assert "it was interrupted" in out
    assert "Interrupted: nothing is left running" in err
    assert find_leftovers() == ()


@pytest.mark.no_cover
def test_sigterm_prints_one_document_and_leaves_nothing(tmp_path) -> None:
    with subprocess.Popen(
        [*FILL, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        while "Session" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == exits.INTERRUPTED
    document = json.loads(out)
    assert document["outcome"] == "interrupted"
    assert document["memory"]["stopped_by"] == "interrupted"
    assert document["memory"]["held_sessions"] > 0
    assert find_leftovers() == ()


@pytest.mark.no_cover
def test_on_a_terminal_memory_is_seen_filling_up(tmp_path: Path) -> None:
    command = ["probe", "memory", "--mode", "fill", "--sessions", "6", "--limit", "1GB"]
    with on_a_terminal(*command, cwd=tmp_path) as watched:
        out = watched.end()
    assert "limit 1.00 GB (--limit)" in watched.shown
    assert "6 of 6 wanted" in watched.shown
    assert "will fit" in watched.shown
    assert "Session 6/6:" in out
