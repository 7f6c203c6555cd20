"""Where the system has no locks, no owners and no POSIX flags, a config is read and not written.

That is Windows as far as it can be played here: its modules are missing, and so are the names in
``os``. Paths and consoles of Windows itself are not checked by anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stresstune.config.apply import change
from tests.config.builders import evidence, recommendation
from tests.config.children import ROOT

WITHOUT = """
import os, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "pty"):
    sys.modules[name] = None
for name in (
    *("geteuid", "getuid", "uname", "chown", "fchown", "pread", "pwrite", "killpg", "getpgid"),
    *("getxattr", "setxattr", "listxattr", "removexattr", "sched_getaffinity"),
    *("O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY"),
):
    vars(os).pop(name, None)
path = sys.argv[1]
"""


def without_posix(path: Path, code: str) -> str:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + code, str(path)],
        cwd=ROOT,
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("stresstune.load_settings(path).max_concurrent_sessions", "18"),
        ("stresstune.check(path, limit_bytes=2 * 10**9).status", "ok"),
        ("stresstune.plan(path, {'MAX_CONCURRENT_SESSIONS': 7}).changes[0].new", "7"),
    ],
)
def test_it_is_read_checked_and_planned_for(workshop: Path, code: str, shown: str):
    change(workshop, recommendation(), evidence=evidence())
    assert without_posix(workshop, f"import stresstune; print({code})") == shown


def test_it_is_not_written_and_the_reason_is_said(workshop: Path):
    before = workshop.read_bytes()
    code = (
        "import stresstune\n"
        "made = stresstune.plan(path, {'MAX_CONCURRENT_SESSIONS': 7})\n"
        "try:\n    stresstune.apply(made)\n"
        "except stresstune.WriteError as error:\n    print(error)"
    )
    assert "it has no locks" in without_posix(workshop, code)
    assert workshop.read_bytes() == before
    assert not (workshop.parent / ".stresstune").exists()


def test_the_command_line_says_so_before_anything_is_measured(workshop: Path):
    code = (
        "from stresstune.cli.main import main\n"
        "print(main(['check', '--config', path]))\n"
        "print(main(['--config', path, 'apply', '--only', 'memory', '--limit', '2GB', '--json']))"
    )
    said = without_posix(workshop, code)
    assert "cannot be written on this system" in said
    assert said.splitlines()[-1] == "50"
