"""The same matrix one floor lower: faults at the system calls themselves, SQLite's included.

Uses strace, which can let the n-th call of a kind fail or be the process's last. Where strace is
missing or may not trace, `is_possible` says so.

Usage: python -m tests.config.syscall_matrix FOLDER STEP
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from stresstune.config.apply import apply
from stresstune.config.plan import plan
from stresstune.errors import StresstuneError
from tests.config.builders import evidence, recommendation
from tests.config.fault_matrix import Case
from tests.config.faults import Outcome

FAULTS = ("error=ENOSPC", "error=EIO", "error=EACCES", "signal=SIGKILL")
_CALL = re.compile(r"^\d+\s+(\w+)\(")
_HARMLESS = {"exit_group", "mmap", "ioctl", "lseek", "dup"}


def is_possible() -> bool:
    """Tell whether strace is there and may trace a child."""
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return done.returncode == 0


def _act(config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Apply in a process of its own, under strace."""
    log = config.parent / "trace"
    command = ["strace", "-f", "-o", str(log), "-e", "trace=%file,%desc", *options]
    return subprocess.run(
        [*command, sys.executable, "-m", "tests.config.syscall_matrix", "act", str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _calls(case: Case) -> tuple[Counter[str], Counter[str]]:
    """Count the calls before and during the apply, by name."""
    case.prepare()
    _act(case.link)
    lines = (case.folder / "trace").read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if '"ready' in line)
    names = [match[1] if (match := _CALL.match(line)) else "" for line in lines]
    return Counter(names[: start + 1]), Counter(names[start + 1 :])


def _cases(case: Case, step: int) -> Iterator[tuple[str, str, int]]:
    before, during = _calls(case)
    number = 0
    for name in sorted(set(during) - _HARMLESS - {""}):
        for nth in range(1, during[name] + 1):
            for fault in FAULTS:
                number += 1
                if number % step == 0:
                    yield name, fault, before[name] + nth


def _outcome(done: subprocess.CompletedProcess[str]) -> Outcome:
    how = {0: "done", 3: "refused", -9: "killed", 137: "killed"}.get(done.returncode, "crashed")
    return Outcome(how, True, done.stdout + done.stderr)


def matrix(folder: Path, step: int) -> dict[str, object]:
    """Run every step-th case, and count the outcomes."""
    case = Case(folder, "apply")
    case.prepare()
    apply(plan(case.link, recommendation()))
    new = case.config.read_bytes()
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for name, fault, nth in list(_cases(case, step)):
        case.prepare()
        outcome = _outcome(_act(case.link, "-e", f"inject={name}:{fault}:when={nth}"))
        outcomes[f"{fault.partition('=')[2]}: {outcome.how}"] += 1
        try:
            found = case.judge(outcome, new)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is a finding
            found = [f"then {type(error).__name__}: {error}"]
        wrong += [f"{fault} at {name} {nth}: {one}" for one in found]
    return {"action": "system calls", "outcomes": dict(sorted(outcomes.items())), "wrong": wrong}


def _child(config: str) -> None:
    made = plan(config, recommendation(), evidence=evidence())
    os.write(1, b"ready\n")
    try:
        apply(made)
    except StresstuneError as error:
        os.write(1, str(error).encode())
        os._exit(3)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "act":
        _child(sys.argv[2])
    print(json.dumps(matrix(Path(sys.argv[1]), int(sys.argv[2]))))
