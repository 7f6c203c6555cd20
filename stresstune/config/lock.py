"""One writer at a time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import msgspec

from stresstune.config.place import Place, is_there
from stresstune.config.state import share, state_error
from stresstune.config.waiting import tell
from stresstune.errors import Locked, WriteError

try:
    import fcntl
except ImportError:  # Windows: a config is read and checked there, and never written
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.002, 0.05
_TOLD_AFTER_SECONDS = 0.5


@contextmanager
def locked(
    place: Place,
    *,
    timeout_seconds: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock of a config; its state folder exists already.

    The kernel lets go of the lock when its holder ends, however it ends; the file stays.

    Args:
        place: The config.
        timeout_seconds: How long to wait for another holder.
        clock: Seconds of a clock that never goes back.
        sleep: How to wait.

    Raises:
        Locked: Another process did not let go in time; names it.
        WriteError: The lock file cannot be made.
    """
    fd = _open(place)
    try:
        began, wait, is_told = clock(), _FIRST_WAIT_SECONDS, False
        while not _try(fd, place):
            waited = clock() - began
            if waited >= timeout_seconds:
                raise Locked(_held(fd, place, timeout_seconds))
            if waited >= _TOLD_AFTER_SECONDS and not is_told:
                tell(f"{_written_by(fd, place)}: waiting for it, up to {timeout_seconds:g} s")
                is_told = True
            sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
        _sign(fd)
        yield
    finally:
        with suppress(OSError):  # the lock is gone either way
            os.close(fd)


def require_locks(place: Place) -> None:
    """Refuse to write where the system has none of the locks that writers take turns by.

    Raises:
        WriteError: It has none.
    """
    if not HAS_LOCKS:
        raise WriteError(
            f"{place.name} cannot be written on this system: it has no locks by which several "
            "writers could take turns, so nothing was written. Run stresstune where the app runs "
            "(Linux, a container, WSL), or print the values with `stresstune apply --emit env`"
        )


def is_locked(place: Place) -> bool:
    """Tell whether somebody is writing in this moment; what cannot be told counts as no."""
    if not HAS_LOCKS:
        return False
    try:
        fd = os.open(place.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False


def _open(place: Place) -> int:
    try:
        is_new = not is_there(place.lock)
        fd = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise state_error(place, error) from error
    if is_new:
        share(place, place.lock)
    return fd


def _try(fd: int, place: Place) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise state_error(place, error) from error
    return True


def _sign(fd: int) -> None:
    """Write down who holds the lock; a disk too full for that does not matter."""
    holder = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "command": os.path.basename(sys.argv[0] or "python"),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, msgspec.json.encode(holder), 0)
    except OSError:
        return


def _held(fd: int, place: Place, timeout_seconds: float) -> str:
    return (
        f"{_written_by(fd, place)}; waited {timeout_seconds:g} s. "
        "Nothing was written: try again when it has ended"
    )


def _written_by(fd: int, place: Place) -> str:
    try:
        holder = msgspec.json.decode(os.pread(fd, 4096, 0), type=dict)
        who = "process {pid} ({command}) on {host}, since {since}".format_map(holder)
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"{place.name} is being written by {who}"
