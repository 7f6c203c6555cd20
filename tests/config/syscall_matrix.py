"""The same matrix one floor lower: faults at the system calls themselves, SQLite's included.

Uses strace, which can let the n-th call of a kind fail or be the process's last. It is attached to
a forked child that waits for it, so that a case takes a fraction of a second. Where strace is
missing or may not attach, `is_possible` says so.

A fault is met once, or with ``lasting`` by every call of its kind from the n-th one on, as with a
disk that stays full.

Usage: python -m tests.config.syscall_matrix FOLDER ACTION [STEP [lasting]]
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from stresstune.config.apply import apply
from stresstune.config.plan import plan
from stresstune.errors import StresstuneError
from tests.config.builders import recommendation
from tests.config.fault_matrix import Case
from tests.config.faults import CRASHED, DONE, ERRORS, REFUSED, Outcome

FAULTS = (*(f"error={name}" for name in ERRORS), "signal=SIGKILL")
_CALL = re.compile(r"^(\w+)\(")
_OF_NO_FILE = {"exit_group", "mmap"}
"""They are traced with the others, and touch no file here: the end, and Python's memory."""


class Traced(NamedTuple):
    """One action under strace.

    Attributes:
        outcome: How it ended.
        calls: Every system call on files and descriptors, by name, in order.
    """

    outcome: Outcome
    calls: tuple[str, ...]


def is_possible() -> bool:
    """Tell whether strace is there and may attach to a child of ours."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        command = ["strace", "-p", str(sleeper.pid), "-o", os.devnull]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            attached = _is_attached(tracer)
            sleeper.kill()
    return attached


def _is_attached(tracer: subprocess.Popen[str]) -> bool:
    assert tracer.stderr is not None
    return "attached" in tracer.stderr.readline()


def traced(action: Callable[[], object], log: Path, *options: str) -> Traced:
    """Run an action in a forked child under strace.

    Raises:
        OSError: strace cannot attach.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})  # it would end the child
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # whatever it called on files before strace is there could be counted, or not
        _run(action, writing)
    os.close(writing)
    command = ["strace", "-p", str(child), "-o", str(log), "-e", "trace=%file,%desc", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        attached = _is_attached(tracer)
        os.kill(child, signal.SIGUSR1 if attached else signal.SIGKILL)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read().decode()
        status = os.waitpid(child, 0)[1]
    if not attached:
        raise OSError("strace cannot attach")
    lines = log.read_text().splitlines()
    reached = any("(INJECTED)" in line for line in lines) or os.WIFSIGNALED(status)
    names = tuple(match[1] for line in lines if (match := _CALL.match(line)))
    return Traced(Outcome(_how(status), reached, text), names)


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "killed"
    return {DONE: "done", REFUSED: "refused"}.get(os.WEXITSTATUS(status), "crashed")


def _run(action: Callable[[], object], report: int) -> None:
    """Wait for strace, and act; the parent is told what happened, by a call that no act makes."""
    code = CRASHED
    try:
        signal.sigwait({signal.SIGUSR1})
        action()
        code = DONE
    except StresstuneError as error:
        os.writev(report, [str(error).encode()])
        code = REFUSED
    except BaseException:  # noqa: BLE001 - whatever it was, it is a finding
        os.writev(report, [traceback.format_exc().encode()])
    finally:
        os._exit(code)


def _cases(calls: tuple[str, ...], step: int) -> Iterator[tuple[str, str, int]]:
    number = 0
    for name, count in sorted(Counter(calls).items()):
        for nth in range(1, count + 1):
            for fault in FAULTS if name not in _OF_NO_FILE else ():
                number += 1
                if number % step == 0:
                    yield name, fault, nth


def matrix(folder: Path, action: str, step: int = 1, *, lasting: bool = False) -> dict[str, object]:
    """Run every step-th case, and count the outcomes."""
    case, log = Case(folder / "case", action), folder / "trace"
    case.prepare()
    case.act() if action == "rollback" else apply(plan(case.link, recommendation()))
    new = case.config.read_bytes()
    case.prepare()
    calls = traced(case.act, log).calls
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for name, fault, nth in _cases(calls, step):
        case.prepare()
        which = f"{nth}+" if lasting else str(nth)
        outcome = traced(case.act, log, "-e", f"inject={name}:{fault}:when={which}").outcome
        outcomes[f"{fault.partition('=')[2]}: {outcome.how}"] += 1
        try:
            found = case.judge(outcome, new, removes=not (lasting and name == "unlink"))
            found += [] if outcome.reached else ["it was not reached"]
        except Exception as error:  # noqa: BLE001 - whatever it was, it is a finding
            found = [f"then {type(error).__name__}: {error}"]
        wrong += [f"{fault} at {name} {which} ({outcome.text}): {one}" for one in found]
    return {
        "action": action,
        "calls": len(calls),
        "outcomes": dict(sorted(outcomes.items())),
        "wrong": wrong,
    }


if __name__ == "__main__":
    steps = int(sys.argv[3]) if sys.argv[3:] else 1
    lasts = sys.argv[4:] == ["lasting"]
    print(json.dumps(matrix(Path(sys.argv[1]), sys.argv[2], steps, lasting=lasts)))
