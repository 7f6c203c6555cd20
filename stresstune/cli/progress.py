"""Progress of a probe: a bar on a terminal, a line now and then elsewhere (the only rich user)."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from stresstune.cli.exits import NotPrinted
from stresstune.cli.shell import Shell, fitted, wants_colour
from stresstune.model.workload import Progress
from stresstune.report.outlook import render_outlook

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

OnProgress = Callable[[Progress], None]

LINE_EVERY_SECONDS = 5.0
"""Without a terminal: a line for each stage, and within one as often as this, news or not."""


@contextmanager
def showing(shell: Shell, *, every_line: bool = False) -> Iterator[OnProgress]:
    """Show the progress of what happens inside, on stderr.

    Args:
        shell: Where to speak.
        every_line: Print each message to stdout instead, as a part of the result; on stderr it is
            said now and then what is waited for.
    """
    if every_line:
        listing = _Listing(shell)
        with listing.going_on():
            yield listing
    elif shell.shows_progress:
        with _bars() as on_progress:
            yield on_progress
    else:
        lines = _Lines(shell)
        with lines.going_on():
            yield lines


@contextmanager
def live_line(shell: Shell) -> Iterator[Callable[[str], None]]:
    """Show one line on stderr that is written anew each time, on a terminal only."""
    if not shell.shows_progress:
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed by watchers only
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, no_color=not wants_colour(is_terminal=True))
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield lambda line: live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)


@contextmanager
def busy(shell: Shell, words: str) -> Iterator[None]:
    """Show on a terminal what is being done, and for how long it has been; "" is nothing.

    In a log it is said where it takes long.
    """
    if not words:
        yield
    elif shell.shows_progress:
        with _standing(_Standing(words).lines):
            yield
    else:
        with _Lines(shell, begins=words).going_on():
            yield


@contextmanager
def memory_view(shell: Shell, wanted: int, *, lines: bool = False) -> Iterator[OnProgress]:
    """Show how memory fills up, on a terminal; elsewhere as `showing` does.

    Args:
        shell: Where to speak.
        wanted: Sessions that are wanted.
        lines: Print each message to stdout too, as a part of the result.
    """
    if not shell.shows_progress:
        with showing(shell, every_line=lines) as on_progress:
            yield on_progress
        return
    standing = _Standing()
    with _standing(standing.lines) as live:
        # What click prints to the same terminal goes past rich, and would be drawn over.
        above = live.console if sys.stdout.isatty() else None

        def on_progress(progress: Progress) -> None:
            if lines and above is not None:
                above.print(fitted(progress.message, sys.stdout), markup=False, highlight=False)
            elif lines:
                _list(shell, progress)
            standing.take(progress, wanted, live.console.width)
            live.refresh()

        yield on_progress


class _Standing:
    """What is known, what is being done, and for how long: it is drawn anew as time goes by."""

    def __init__(self, doing: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._known = ""
        self._doing = doing
        self._clock = clock
        self._began = clock()

    def take(self, progress: Progress, wanted: int, width: int) -> None:
        """Show what a probe of memory knows now, or what it is about to do."""
        self._doing = "" if progress.memory is not None else progress.message
        if progress.memory is not None:
            self._known = render_outlook(progress.memory, wanted=wanted, width=width)

    def lines(self) -> str:
        """Return the lines as they are now."""
        passed = timedelta(seconds=int(self._clock() - self._began))
        now = f"{passed} {self._doing}".rstrip()
        return f"{self._known}\n{'now':<10}{now}" if self._known else now


@contextmanager
def _standing(lines: Callable[[], str]) -> Iterator[Live]:
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed by watchers only
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with Live(
        console=Console(stderr=True, no_color=not wants_colour(is_terminal=True)),
        get_renderable=lambda: Text(lines()),
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
    ) as live:
        live.refresh()  # by itself it would come a quarter of a second later, or after an import
        yield live


def _is_announcement(progress: Progress) -> bool:
    """Tell what comes before there is anything to count: it stays to be read."""
    return progress.total is None and not progress.done


class _Lines:
    """Says what is announced, and of what is counted a message now and then (or every one).

    Where nothing new comes for as long, the latest is said again: it still goes on.
    """

    def __init__(
        self, shell: Shell, clock: Callable[[], float] = time.monotonic, *, begins: str = ""
    ) -> None:
        self._shell = shell
        self._clock = clock
        self._stage: str | None = None
        self._said_at = clock()
        self._latest = begins
        self._turn = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._turn:
            self._latest = f"{progress.stage}: {progress.message}"
            is_new = progress.stage != self._stage or _is_announcement(progress)
            self._stage = progress.stage
            if is_new or self._shell.verbose or self._is_due():
                self._say()

    def again(self) -> None:
        """Say the latest again, if nothing was said for long."""
        with self._turn:
            if self._latest and self._is_due():
                self._say()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """See to it, until the end of the block, that something is said now and then."""
        ended = threading.Event()

        def repeat() -> None:
            while not ended.wait(1.0):
                self.again()

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _is_due(self) -> bool:
        return self._clock() - self._said_at >= LINE_EVERY_SECONDS

    def _say(self) -> None:
        self._said_at = self._clock()
        self._shell.talk(self._latest)


class _Listing(_Lines):
    """Prints every message to stdout; what goes on without one is said on stderr now and then."""

    def __call__(self, progress: Progress) -> None:
        said = progress.message
        if progress.memory is not None:  # that session is there: another is waited for
            said = f"still going on after {said.partition(':')[0]}"
        with self._turn:
            self._latest = f"{progress.stage}: {said}"
            self._said_at = self._clock()
        _list(self._shell, progress)


def _list(shell: Shell, progress: Progress) -> None:
    """Print a message as a part of the result; on stderr where stdout does not take it.

    It goes on all the same: the result is tried at the end, and says that it was not printed.
    """
    with suppress(NotPrinted):
        shell.show_line(progress.message)


@contextmanager
def _bars() -> Iterator[OnProgress]:
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed by watchers only
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415

    console = Console(stderr=True, no_color=not wants_colour(is_terminal=True))
    columns = (
        TextColumn("{task.fields[stage]}", table_column=Column(min_width=6, no_wrap=True)),
        BarColumn(bar_width=10),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1)),
    )
    with Bars(*columns, console=console, transient=True, expand=True) as bars:
        stages = _Stages(bars)

        def on_progress(progress: Progress) -> None:
            if stages.begin(progress.stage) or _is_announcement(progress):
                line = f"{progress.stage}: {progress.message}"
                console.print(line, markup=False, highlight=False)
            stages.show(progress)

        yield on_progress


class _Stages:
    """A bar for each stage; the clock of one stops when the next begins, or it comes back."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._now = ""

    def begin(self, stage: str) -> bool:
        """Give a stage that is not under way its bar, and tell whether it is new."""
        if stage == self._now:
            return False
        for task in self._tasks.values():
            self._bars.stop_task(task)
        earlier = self._tasks.pop(stage, None)
        if earlier is not None:
            self._bars.remove_task(earlier)
        self._now, self._tasks[stage] = stage, self._bars.add_task("", total=None, stage=stage)
        return earlier is None

    def show(self, progress: Progress) -> None:
        """Move the bar of a stage."""
        self._bars.update(
            self._tasks[progress.stage],
            description=progress.message,
            completed=progress.done,
            total=progress.total,
        )
