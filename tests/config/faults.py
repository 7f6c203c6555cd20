"""Injects a fault at the n-th file-system call of an apply, in a process of its own.

Every call goes through `os`, `io.open` or a connection of SQLite; each of them is counted, and one
of them fails, or is the last thing that the process ever does. The parent forks for each case, so
that a thousand cases take seconds.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

CALLS = (
    *("open", "close", "read", "write", "pread", "pwrite", "fsync", "ftruncate"),
    *("posix_fallocate", "replace", "rename", "unlink", "stat", "lstat", "fstat", "fchmod"),
    *("fchown", "chmod", "chown", "listxattr", "getxattr", "setxattr", "mkdir", "access"),
    "readlink",
)

ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS")}
KILLS = ("SIGKILL before", "SIGKILL after")
FAULTS = (*ERRORS, *KILLS)

DONE, REFUSED, CRASHED = 0, 3, 4


class Outcome(NamedTuple):
    """How the child ended.

    Attributes:
        how: ``done``, ``refused`` (an error of ours), ``killed`` or ``crashed`` (any other error).
        reached: The fault was reached at all.
        text: What it said.
    """

    how: str
    reached: bool
    text: str


class Injector:
    """Counts calls, and makes one of them fail."""

    def __init__(self, number: int, fault: str, report: int) -> None:
        self.number = number
        self.fault = fault
        self.report = report
        self.count = 0

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call, counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count != self.number:
                return call(*args, **kwargs)
            REAL_WRITE(self.report, f"{name}\n".encode())
            if self.fault == "SIGKILL before":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault == "SIGKILL after":
                try:
                    return call(*args, **kwargs)
                finally:
                    os.kill(os.getpid(), signal.SIGKILL)
            if name.startswith("sqlite"):
                raise sqlite3.OperationalError(f"injected {self.fault}")
            if name == "close":
                call(*args, **kwargs)
            raise OSError(ERRORS[self.fault], os.strerror(ERRORS[self.fault]))

        return counted

    def install(self) -> None:
        """Put the counted calls in the place of the real ones."""
        for name in CALLS:
            setattr(os, name, self.wrap(name, getattr(os, name)))
        io.open = self.wrap("io.open", io.open)
        builtins.open = self.wrap("open()", builtins.open)
        injector = self

        class Connection(sqlite3.Connection):
            def execute(self, *args: Any) -> sqlite3.Cursor:
                return injector.wrap("sqlite execute", super().execute)(*args)

            def executescript(self, *args: Any) -> sqlite3.Cursor:
                return injector.wrap("sqlite script", super().executescript)(*args)

        real_connect = sqlite3.connect

        def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            return real_connect(*args, factory=Connection, **kwargs)

        sqlite3.connect = self.wrap("sqlite connect", connect)


REAL_WRITE = os.write


def run(action: Callable[[], object], number: int, fault: str) -> Outcome:
    """Run an action in a forked child whose n-th call meets a fault."""
    from stresstune.errors import StresstuneError

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = CRASHED
        try:
            injector = Injector(number, fault, writing)
            injector.install()
            action()
            code = DONE
        except StresstuneError as error:
            REAL_WRITE(writing, f"{type(error).__name__}: {error}".encode())
            code = REFUSED
        except BaseException:  # noqa: BLE001 - whatever it was, the parent is told
            REAL_WRITE(writing, traceback.format_exc().encode())
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome("killed", True, text)
    how = {DONE: "done", REFUSED: "refused"}.get(os.WEXITSTATUS(status), "crashed")
    reached = text.partition("\n")[0] in {*CALLS, "io.open", "open()"} or text.startswith("sqlite")
    return Outcome(how, reached, text)
