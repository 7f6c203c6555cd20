"""Runs the whole matrix of faults, and prints one line of JSON for each kind.

Usage: python -m tests.config.fault_matrix FOLDER ACTION [STEP]

ACTION is ``apply``, ``rollback`` or ``in_place`` (an apply to a file that cannot be replaced).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from stresstune.config.apply import apply
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.config.turn import settle
from tests.config.builders import evidence, recommendation
from tests.config.conftest import WORKSHOP
from tests.config.faults import FAULTS, Outcome, run

ATTRIBUTE = ("user.origin", b"the operator's")


def _busy(_source: str, _target: str) -> None:
    raise OSError(errno.EBUSY, "Device or resource busy")


class Case:
    """One file, and what is done to it."""

    def __init__(self, folder: Path, action: str) -> None:
        self.folder = folder
        self.action = action
        self.config = folder / "real" / "workshop.toml"
        self.link = folder / "workshop.toml"
        self.old = WORKSHOP.encode()
        self.has_attribute = False

    def prepare(self) -> None:
        """Make everything new: a link to a config that was applied to once before."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.config.parent.mkdir(parents=True)
        self.config.write_bytes(WORKSHOP.encode())
        with contextlib.suppress(OSError):  # a file system without them
            os.setxattr(self.config, *ATTRIBUTE)
            self.has_attribute = True
        self.link.symlink_to("real/workshop.toml")
        if self.action == "rollback":
            apply(plan(self.link, recommendation(), evidence=evidence()))
            self.old = self.config.read_bytes()

    def act(self) -> None:
        """Do it once."""
        if self.action == "rollback":
            rollback(self.link)
            return
        if self.action == "in_place":
            os.replace = _busy
        apply(plan(self.link, recommendation(), evidence=evidence()))

    def judge(self, outcome: Outcome, new: bytes, *, removes: bool = True) -> list[str]:
        """Return what is wrong after the fault, and after the commands that come next.

        Where nothing could be removed (``removes``), a stray file is for the next command.
        """
        wrong = [] if outcome.how != "crashed" else [f"crashed: {outcome.text}"]
        found = self.config.read_bytes()
        may_be_torn = self.action == "in_place" and outcome.how == "killed"
        if found not in {self.old, new} and not may_be_torn:
            wrong.append(f"neither old nor new: {found!r}")
        if outcome.how == "done" and found != new:
            wrong.append("it said done, and the file is not new")
        if outcome.how == "refused" and found == new and "could not be brought" not in outcome.text:
            wrong.append(f"it was refused, and the file is new: {outcome.text}")
        if removes and outcome.how != "killed" and self._strays():
            wrong.append(f"stray files: {self._strays()}")
        if self.has_attribute and ATTRIBUTE[0] not in os.listxattr(self.config):
            wrong.append("the attribute of the file is gone")
        if not self.link.is_symlink():
            wrong.append("the link is gone")
        if any((self.config.parent / ".stresstune").glob("journal.damaged-*")):
            wrong.append("a journal that was not damaged was moved aside")
        return wrong + self._next_commands(new)

    def _next_commands(self, new: bytes) -> list[str]:
        wrong = []
        settle(self.link)
        if self.config.read_bytes() not in {self.old, new}:
            wrong.append("the next command did not put the old bytes back")
        if self.action != "rollback":
            apply(plan(self.link, recommendation(), evidence=evidence()))
            if self.config.read_bytes() != new:
                wrong.append("the next apply did not make it new")
        elif self.config.read_bytes() != new:
            rollback(self.link)
        if self.action != "rollback":
            rollback(self.link)
        if self.config.read_bytes() != WORKSHOP.encode():
            wrong.append("the rollback did not bring the first bytes back")
        if self._strays():
            wrong.append(f"stray files after the next command: {self._strays()}")
        return wrong

    def _strays(self) -> list[str]:
        known = {"workshop.toml", ".stresstune"}
        return [one.name for one in self.config.parent.iterdir() if one.name not in known]


def matrix(folder: Path, action: str, step: int = 1) -> dict[str, object]:
    """Run every case, and count the outcomes."""
    case = Case(folder, action)
    case.prepare()
    case.act() if action == "rollback" else apply(plan(case.link, recommendation()))
    new = case.config.read_bytes()
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for fault in FAULTS:
        number = 1
        while True:
            case.prepare()
            outcome = run(case.act, number, fault)
            if not outcome.reached:
                break
            outcomes[f"{fault}: {outcome.how}"] += 1
            where = f"{fault} at call {number} ({outcome.text.partition(chr(10))[0]})"
            try:
                wrong += [f"{where}: {one}" for one in case.judge(outcome, new)]
            except Exception as error:  # noqa: BLE001 - whatever it was, it is a finding
                wrong.append(f"{where}: then {type(error).__name__}: {error}")
            number += step
    return {"action": action, "outcomes": dict(sorted(outcomes.items())), "wrong": wrong}


if __name__ == "__main__":
    steps = int(sys.argv[3]) if sys.argv[3:] else 1
    print(json.dumps(matrix(Path(sys.argv[1]) / "case", sys.argv[2], steps)))
