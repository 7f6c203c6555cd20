from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from stresstune.cli import exits
from stresstune.cli import main as main_module
from stresstune.cli.app import COMMANDS, app
from stresstune.cli.main import main
from stresstune.errors import (
    CredentialsMissing,
    Interrupted,
    Locked,
    StalePlan,
    TargetUnusable,
    UsageError,
    WriteError,
)
from stresstune.workflow.here import installed_version


def test_no_command_prints_the_help(run) -> None:
    said = run()
    assert said.code == exits.DONE
    for command in COMMANDS:
        assert f"\n  {command} " in said.out


def test_the_version_is_the_installed_one(run) -> None:
    assert run("--version").out == f"stresstune {installed_version()}\n"


@pytest.mark.parametrize("command", [*COMMANDS, "probe memory", "probe api"])
def test_every_command_explains_itself_with_examples(run, command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.code == exits.DONE
    assert "Examples:" in said.out
    if command != "probe":
        assert "--json" in said.out


def test_a_group_without_a_command_explains_itself(run) -> None:
    said = run("probe")
    assert (said.code, said.err) == (exits.DONE, "")
    assert said.out == run("probe", "--help").out
    assert "did you mean" in run("probe", "memry").err.lower()


def test_the_nearest_option_is_named_alone(run) -> None:
    said = run("apply", "--simluate")
    assert said.code == exits.USAGE
    assert said.err == "Error: No such option '--simluate'. Did you mean '--simulate'?\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_help_and_the_command_agree_on_the_name(command: str) -> None:
    found = app.get_command(click.Context(app), command)
    assert found is not None
    assert found.name == command


def test_a_command_with_a_typo_names_the_one_that_was_meant(run) -> None:
    said = run("aply")
    assert (said.code, said.out) == (exits.USAGE, "")
    assert said.err == "Error: There is no command 'aply': did you mean 'apply'?\n"
    assert "there are apply, plan" in run("xyzzy").err


def test_an_option_with_a_typo_names_the_one_that_was_meant(run) -> None:
    said = run("apply", "--simulat")
    assert said.code == exits.USAGE
    assert "--simulate" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("option", ["-v", "--json", "--quiet"])
def test_an_option_of_a_command_is_told_to_go_behind_it(run, option: str) -> None:
    said = run(option, "check")
    assert said.code == exits.USAGE
    behind = f"{option} goes behind the command: stresstune check {option}"
    assert behind in said.err
    assert (json.loads(said.out)["error"] == behind) if option == "--json" else not said.out
    assert "No such option '--josn'" in run("--josn", "check").err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no"), 2),
        (CredentialsMissing("no key"), 2),
        (TargetUnusable("wrong key"), 40),
        (WriteError("full"), 50),
        (StalePlan("old"), 51),
        (Locked("busy"), 51),
        (Interrupted(), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (RuntimeError("bug"), 1),
        (OSError(errno.EIO, "bug"), 1),
    ],
)
def test_every_error_has_its_exit_code_and_one_line(run, monkeypatch, error, code: int) -> None:
    def fail(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(app, "invoke", fail)
    said = run("apply")
    assert (said.code, said.out) == (code, "")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_with_json_an_error_is_one_document_too(run) -> None:
    said = run("check", "--config", "missing.toml", "--json")
    assert said.code == exits.USAGE
    assert said.document["outcome"] == "error"
    assert said.document["exit_code"] == exits.USAGE
    assert "missing.toml" in said.document["error"]
    assert "missing.toml" in said.err


def test_verbose_adds_the_traceback(run) -> None:
    said = run("check", "--config", "missing.toml", "--verbose")
    assert "Traceback" in said.err
    assert said.err.rstrip().splitlines()[-1].startswith("Error: ")


def test_an_internal_error_says_how_to_see_more(run, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(app, "invoke", fail)
    assert "ZeroDivisionError: division by zero. Run it again with --verbose" in run("apply").err


def test_a_reader_who_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m stresstune apply --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "0\n"
    assert done.stderr == ""


def _onto_a_full_disk(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    with Path("/dev/full").open("w") as full:
        return subprocess.run(
            [sys.executable, "-m", "stresstune", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
            cwd=folder,
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    ("arguments", "code", "kept"),
    [
        (["check", "--json"], exits.USAGE, '"outcome": "error"'),
        (["--version"], exits.NOT_WRITTEN, "stresstune "),
        (["probe", "memory", "--images", "1", "--json"], exits.NOT_WRITTEN, '"sessions_that_fit"'),
    ],
)
def test_a_result_that_could_not_be_printed_is_not_lost(
    tmp_path: Path, arguments: list[str], code: int, kept: str
) -> None:
    done = _onto_a_full_disk(tmp_path, arguments)
    assert done.returncode == code
    assert kept in done.stderr
    assert "Internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    if code == exits.NOT_WRITTEN:
        last = done.stderr.splitlines()[-1]
        assert last.startswith("Error: the result could not be printed (No space left on device)")
        assert "Next: make room on that disk, or print it elsewhere." in last


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("arguments", [["--help"], ["probe", "memory", "-h"]])
def test_help_that_could_not_be_printed_is_no_internal_error(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = _onto_a_full_disk(tmp_path, arguments)
    assert done.returncode == exits.NOT_WRITTEN
    assert done.stderr.startswith("Error: the help could not be printed (No space left on device)")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_that_lacks_a_character_shows_a_question_mark(monkeypatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", narrow)
    main_module._be_printable()
    narrow.write("\N{SNOWMAN}")
    narrow.flush()
    assert narrow.buffer.getvalue() == b"?"


def test_closed_streams_are_no_error() -> None:
    command = f"{sys.executable} -m stresstune --help >&- 2>&-; exit $?"
    assert subprocess.run(["bash", "-c", command], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_exit_code_is_the_same_where_nobody_reads(tmp_path: Path, stream: str) -> None:
    config = tmp_path / "workshop.toml"
    config.write_text("MAX_CONCURRENT_SESSIONS = 30\n")
    end, beginning = os.pipe()
    os.close(end)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: beginning}
    command = [sys.executable, "-m", "stresstune", "--config", str(config), "check"]
    done = subprocess.run([*command, "--fail-on", "concerning"], check=False, timeout=60, **streams)
    os.close(beginning)
    assert done.returncode == exits.CONCERNING


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_order_to_end_and_a_closed_terminal_are_like_ctrl_c(run, monkeypatch, number) -> None:
    def wait(*_: object, **__: object) -> int:
        os.kill(os.getpid(), number)
        raise AssertionError("the signal did not arrive")

    monkeypatch.setattr(app, "invoke", wait)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert run("apply").code == exits.INTERRUPTED
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_a_command_of_nohup_goes_on_without_its_terminal(run, monkeypatch) -> None:
    def go_on(*_: object, **__: object) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return exits.DONE

    monkeypatch.setattr(app, "invoke", go_on)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("apply").code == exits.DONE
    finally:
        signal.signal(signal.SIGHUP, before)


def test_sigterm_ends_a_command_whose_ctrl_c_is_ignored(run, monkeypatch) -> None:
    def wait(*_: object, **__: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal did not arrive")

    monkeypatch.setattr(app, "invoke", wait)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run("apply").code == exits.INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_command_line_runs_outside_of_the_main_thread_too() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]


def test_python_dash_m_and_the_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stresstune", "check", "--config", "missing.toml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (exits.USAGE, "")
    assert done.stderr.startswith("Error: missing.toml")


def test_the_installed_command_finds_modules_where_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "sessions_of_mine.py").write_text("def opened():\n    return bytes(5_000_000)\n")
    command = Path(sys.executable).with_name("stresstune")
    if not command.exists():
        pytest.skip("stresstune is not installed as a command here")
    probe = ["probe", "memory", "--limit", "200MB", "--factory", "sessions_of_mine:opened"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(command), *probe, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sessions_that_fit"] > 20


@pytest.mark.parametrize(
    ("size", "hint"), [("700", "700 is 700 bytes, too little for any app; 700MB?"), ("9kB", "unit")]
)
def test_a_limit_that_no_program_runs_in_is_another_unit(run, size: str, hint: str) -> None:
    said = run("apply", "--only", "memory", "--limit", size)
    assert said.code == exits.USAGE
    assert hint in said.err
