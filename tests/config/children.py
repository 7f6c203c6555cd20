"""Runs a piece of the config room in a process of its own, under conditions of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOBODY = 65534

APPLY = """
import os, sys
from stresstune.config.apply import apply
from stresstune.config.plan import plan
from stresstune.errors import StresstuneError
import stresstune.config.rollback
import tomlkit
path, state, user = sys.argv[1], sys.argv[2] or None, int(sys.argv[3])
if user:
    os.setregid(user, user)
    os.setreuid(user, user)
try:
    done = apply(plan(path, {"MAX_CONCURRENT_SESSIONS": 18}, state_dir=state))
    print(done.way, *done.notes)
except StresstuneError as error:
    print(type(error).__name__, error)
"""


@cache
def may_mount() -> bool:
    """Tell whether this process may mount things in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def apply_in_child(config: Path, *, state: Path | str = "", before: str = "", user: int = 0) -> str:
    """Set MAX_CONCURRENT_SESSIONS to 18, and return what was said.

    Args:
        config: The file.
        state: The state folder, if not beside the file.
        before: Shell commands that come first, in a mount namespace of their own.
        user: Drop root for this user before the file is touched.
    """
    child = [sys.executable, "-c", APPLY, str(config), str(state), str(user)]
    if before:
        child = ["unshare", "-m", "sh", "-ec", f'{before}\nexec "$@"', "sh", *child]
    done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def is_root() -> bool:
    """Tell whether this process may become somebody else."""
    return os.geteuid() == 0
