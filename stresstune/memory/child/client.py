"""The sacrificial process around a real app: starts it, waits for it, opens sessions over HTTP.

The app and whatever it starts are this process's descendants, and theirs is the memory that counts;
this process itself is only their client. It speaks the same lines as `child`.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import queue
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from stresstune.memory.child import gone, inside, tie, trackers
from stresstune.memory.child.opener import describe
from stresstune.memory.child.together import made_together_ratio
from stresstune.memory.readings import sample

_LOOK_SECONDS = 0.05
_REQUEST_SECONDS = 5.0
_SETTLING_SECONDS = 5.0
_LOOKS_ALIKE = 4
_TIDY_SECONDS = 0.5
"""So long the app may take to remove its files and sockets; within a second all is to be gone."""
_STILL_BYTES = 256 * 1024
_ENDING_SECONDS = 0.2
"""A connection is closed a moment before the process is gone that had it open."""
_NOBODY = "nobody listens on"
_NO_PORT = "; the command has no {port}, so the app must take its port from the variable PORT"


def main(arguments: list[str]) -> None:
    """Run until standard input ends.

    Args:
        arguments: The parent's process number, then the words of `sources.child_words`: the
            coroutine, the path that answers when the app is ready, how long to wait for it, and
            the command.
    """
    score = inside.volunteer()
    commands, answers = inside.take_over_pipes()
    parent = int(arguments[0])
    inside.outlive_nobody(parent)
    tied = tie.Tie(parent, at_once=False)
    lines = inside.listen(commands, tied, at_the_end=partial(_end_app, os.getpid()))
    target, ready, ready_seconds, *command = arguments[1:]
    try:
        open_session = inside.load(target, coroutine=True)
        app = _start(command, ready, float(ready_seconds))
        _wait_until_still()
    except inside.UnusableError as error:
        inside.say(answers, f"unusable {error}")
        return
    except BaseException as error:  # noqa: BLE001 - the user's module may raise anything
        inside.say(answers, describe(error))
        return
    inside.say(answers, f"ready {score}")
    asyncio.run(_serve(open_session, app, lines, answers))


@dataclass(frozen=True, slots=True)
class _App:
    """The app that was started, and where it answers."""

    process: subprocess.Popen[bytes]
    base_url: str

    def ended(self) -> str:
        """Tell the parent how it ended, if it has: a word, and the reason; "" where it has not.

        Who started a server and left it running is not the app.
        """
        try:
            code = self.process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return ""
        if not _ask(urllib.parse.urlsplit(self.base_url).netloc, "/").startswith(_NOBODY):
            return ""
        if code < 0:
            word = "killed" if code == -signal.SIGKILL else "ended"
            return f"{word} the app ended with signal {-code}"
        return f"ended the app ended with exit status {code}"


async def _serve(
    open_session: Callable[[str], Awaitable[object]],
    app: _App,
    lines: queue.SimpleQueue[str],
    answers: int,
) -> None:
    held: list[object] = []
    while True:
        # The loop goes on meanwhile: sessions may keep connections that want to be served.
        _, count, threads = (await asyncio.to_thread(lines.get)).split()
        answer = await _open(
            open_session, app.base_url, held, int(count), int(threads), how_it_ended=app.ended
        )
        inside.say(answers, answer)


async def _open(
    open_session: Callable[[str], Awaitable[object]],
    base_url: str,
    held: list[object],
    count: int,
    at_a_time: int,
    *,
    how_it_ended: Callable[[], str] = lambda: "",
) -> str:
    places = asyncio.Semaphore(at_a_time)
    took_seconds = [0.0] * count

    async def one(place: int) -> object:
        async with places:
            began = time.monotonic()
            try:
                return await open_session(base_url)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the parent must hear of it
                return error
            finally:
                took_seconds[place] = time.monotonic() - began

    made = await asyncio.gather(*(one(place) for place in range(count)))
    failed = [each for each in made if isinstance(each, BaseException)]
    held += [each for each in made if not isinstance(each, BaseException)]
    if failed:
        told = describe(failed[0], count - len(failed), word=_word(failed[0]))
        if ended := await asyncio.to_thread(how_it_ended):
            what = describe(failed[0]).split(maxsplit=2)[2]
            return f"raised {count - len(failed)} {ended} ({what})"
        return told
    together = made_together_ratio(took_seconds[:at_a_time])
    return f"opened 0 0 {max(took_seconds):.3f} {together:.2f}"


def _word(error: BaseException) -> str:
    """Name what stopped a session as the API probe names it (`stresstune.model.load.Outcome`)."""
    # Only who meets a refusal pays for it: this process stands beside the app, in its memory.
    from stresstune.load.outcome import classify  # noqa: PLC0415

    return classify(error).outcome


def _start(command: list[str], ready: str, ready_seconds: float) -> _App:
    """Start the app, and wait until it answers."""
    port = _free_port()
    place = urllib.parse.urlsplit(ready)
    if place.netloc and not _ask(place.netloc, "/").startswith(_NOBODY):
        raise inside.UnusableError(f"{place.netloc} is taken: something answers there already")
    base_url = f"{place.scheme}://{place.netloc}" if place.netloc else f"http://127.0.0.1:{port}"
    words = [word.replace("{port}", str(port)) for word in command]
    try:
        app = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # the last words of an app that cannot start may stand on either
            env={**os.environ, "PORT": str(port)},
            preexec_fn=tie.end_with_our_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call, prepared before
        )
    except OSError as error:
        raise inside.UnusableError(f"the app could not be started: {error}") from error
    deadline = time.monotonic() + ready_seconds
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    there = urllib.parse.urlsplit(base_url).netloc
    while why := _ask(there, path):
        code = app.poll()
        if code is not None:
            raise RuntimeError(f"the app ended with exit status {code} before it was ready")
        if time.monotonic() > deadline:
            late = f"the app did not answer at {path} within {ready_seconds:g} s: {why}"
            knows_its_port = bool(place.netloc) or words != command
            raise TimeoutError(late + ("" if knows_its_port else _NO_PORT))
        time.sleep(_LOOK_SECONDS)
    return _App(app, base_url)


def _wait_until_still() -> None:
    """Let all processes of the app start, if that is soon: the first of them may have answered."""
    deadline = time.monotonic() + _SETTLING_SECONDS
    before = still = 0
    while still < _LOOKS_ALIKE and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        now = sample.quick_tree_bytes(os.getpid(), itself=False)
        still = still + 1 if abs(now - before) < _STILL_BYTES else 0
        before = now


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _ask(place: str, path: str) -> str:
    """Ask whether the app is ready: "" if it is, otherwise what came instead."""
    connection = http.client.HTTPConnection(place, timeout=_REQUEST_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except ConnectionRefusedError:
        return f"{_NOBODY} {place}"
    except (OSError, http.client.HTTPException) as error:
        return f"{place} gave no answer ({type(error).__name__}: {error})"
    else:
        return "" if status < 400 else f"{place} answered {status} there"
    finally:
        connection.close()


def _end_app(pid: int) -> None:
    """End the app as platforms do: it may put its things in order, but not for long."""
    family = sample.descendants(pid)
    gone.tell(family, signal.SIGTERM)
    gone.wait_until_gone(family, _TIDY_SECONDS)
    _end_descendants(pid)


def _end_descendants(pid: int) -> None:
    """End the app and all that came from it, parents first, so that nobody is started again."""
    left = trackers.end_all_but_trackers(sample.descendants(pid), signal.SIGKILL)
    trackers.wait_for(left)
    for _ in range(3):
        gone.tell(sample.descendants(pid), signal.SIGKILL)
