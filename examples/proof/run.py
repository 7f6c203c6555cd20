"""One case from its beginning to its end."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import stresstune
from examples.proof.case import Case
from examples.proof.classroom import Lesson, hold_lesson
from examples.proof.limits import Cell, cell
from examples.proof.server import app_in, environment, redis_server
from examples.proof.tuning import tune_on_command_line, tune_through_the_app
from stresstune.emulator import Emulator, running_emulator, tailor

Say = Callable[[str], None]
_SHORT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a case came to.

    Attributes:
        case: Which one.
        limit: The real limit in words.
        before: The class on the untuned config.
        after: The class on the tuned one.
        was: The settings before.
        became: The settings after.
        binding: What stresstune says that binds.
        written: What became of the file, in stresstune's word.
        best: Students that the best setting carries.
    """

    case: Case
    limit: str
    before: Lesson
    after: Lesson
    was: stresstune.Settings
    became: stresstune.Settings
    binding: str
    written: str
    best: int

    @property
    def share(self) -> float:
        """Students carried after tuning, of those that the best setting carries."""
        return self.after.seated / self.best if self.best else 1.0

    @property
    def reached(self) -> bool:
        """Whether the tuned class was a good one, and nearly as large as it can be."""
        return self.after.holds and self.share >= 0.85


class Bench:
    """The machine of a case: a cell, an emulator, perhaps a Redis, and the config."""

    def __init__(self, case: Case, cell: Cell, emulator: Emulator, folder: Path) -> None:
        self.case, self.cell, self._emulator, self.folder = case, cell, emulator, folder
        self.config = folder / "workshop.toml"
        self.config.write_text(_config_of(case))
        self.environ = environment(
            STRESSTUNE_CONFIG=str(self.config),
            GOOGLE_GEMINI_BASE_URL=emulator.base_url,
            WORKSHOP_PLACES=str(case.places),
        )

    def lesson(self, *, seats: int | None = None, seconds: float | None = None) -> Lesson:
        """Let the class work on the config as it is, perhaps with another number of seats."""
        scale = self.case.time_scale
        self._emulator.reset(tailor(None, **self.case.api, time_scale=scale))
        settings = stresstune.load_settings(self.config, environ={})
        delay = settings.slow_mode_delay_seconds / scale
        environ = {**self.environ, "SLOW_MODE_DELAY_SECONDS": f"{delay:.4f}"}
        if seats is not None:
            environ["MAX_CONCURRENT_SESSIONS"] = str(seats)
        with (
            self._store() as store,
            app_in(self.cell, {**environ, **store}, self.folder / "app.log") as base_url,
        ):
            return asyncio.run(hold_lesson(base_url, self.case, self.cell.kills, seconds=seconds))

    def tune(self) -> tuple[str, str]:
        """Measure, and write the config."""
        self._emulator.reset(tailor(None, **self.case.api))
        tune = tune_through_the_app if self.case.places else tune_on_command_line
        with self._store() as store:
            return tune(self.case, self.cell, self.config, {**self.environ, **store})

    @contextmanager
    def _store(self) -> Iterator[dict[str, str]]:
        """Yield what the app must know of its store; a new one, in which nobody sits any more."""
        if not self.case.redis:
            yield {}
            return
        with redis_server(self.folder) as url:
            yield {"REDIS_URL": url}

    def settings(self) -> stresstune.Settings:
        """Return what the config says now."""
        return stresstune.load_settings(self.config, environ={})


@contextmanager
def bench(case: Case) -> Iterator[Bench]:
    """Build the machine of a case, and take it down again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        emulator = stack.enter_context(running_emulator(tailor(None, **case.api)))
        inside = stack.enter_context(cell(case.name, case.limit_bytes))
        yield Bench(case, inside, emulator, folder)


def run(case: Case, say: Say) -> Outcome:
    """Let the class work before and after tuning."""
    with bench(case) as made:
        say(f"{case.name}: {case.students} students on the untuned config ({made.cell.what})")
        was, before = made.settings(), made.lesson()
        say(f"  {words_of(before)}")
        binding, written = made.tune()
        became = made.settings()
        say(f"  tuned: {written}, {binding} binds; {words_of_settings(became)}")
        after = made.lesson()
        say(f"  {words_of(after)}")
        best = find_best(made, after, say)
    return Outcome(
        case=case,
        limit=made.cell.what,
        before=before,
        after=after,
        was=was,
        became=became,
        binding=binding,
        written=written,
        best=best,
    )


def find_best(made: Bench, after: Lesson, say: Say) -> int:
    """Search for the most seats that hold, with slow mode as it was tuned: by trying."""
    low, high = after.seated if after.holds else 0, made.case.students + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = made.lesson(seats=middle, seconds=_SHORT_SECONDS)
        say(f"  tried {middle} seats: {'held' if found.holds else words_of(found)}")
        low, high = (middle, high) if found.holds else (low, middle)
    return low


def words_of(lesson: Lesson) -> str:
    """Say in a line what became of a class."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in lesson.reasons.items())
    return (
        f"{lesson.seated} seated, {lesson.turned_away} turned away, {lesson.kills} killed, "
        f"{lesson.lost} lost, {lesson.failed} of {lesson.requests} failed"
        f"{f' ({reasons})' if reasons else ''}, wait p50 {lesson.wait_seconds(0.5):.1f} s, "
        f"p95 {lesson.wait_seconds(0.95):.1f} s"
    )


def words_of_settings(settings: stresstune.Settings) -> str:
    """Say in a few words what the config lets happen."""
    slow = f"slow mode {settings.slow_mode_delay_seconds:g} s"
    seats = f"{settings.max_concurrent_sessions} seats"
    return f"{seats}, {slow}" if settings.slow_mode_default else seats


def _config_of(case: Case) -> str:
    return f"""\
MAX_CONCURRENT_SESSIONS = {case.students}

[slow_mode]
default = false
delay_seconds = 3.0

[stresstune.workload]
sessions = {case.students}
images_per_session = {case.pictures}
image_bytes = {case.picture_bytes}
think_seconds = {case.think_seconds}

[stresstune.policy]
headroom_ratio = 0.05  # it is known what each student brings
"""
