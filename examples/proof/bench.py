"""The machine of a case: a cell, an emulator, perhaps a Redis, and the config."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import stresstune
from examples.proof.case import Case
from examples.proof.classroom import hold_lesson
from examples.proof.limits import Cell, cell
from examples.proof.outcome import Knobs, Seen
from examples.proof.server import app_in, environment, redis_server
from examples.proof.tuning import Say, tune_on_command_line, tune_through_the_app
from stresstune.emulator import Emulator, running_emulator, tailor


class Bench:
    """Where a class works, before and after tuning."""

    def __init__(self, case: Case, cell: Cell, emulator: Emulator, folder: Path) -> None:
        self.case, self.cell, self._emulator, self.folder = case, cell, emulator, folder
        self.config = folder / "workshop.toml"
        self.config.write_text(case.config)
        self.environ = environment(
            STRESSTUNE_CONFIG=str(self.config),
            GOOGLE_GEMINI_BASE_URL=emulator.base_url,
            WORKSHOP_PLACES=str(case.places),
        )

    def lesson(self, knobs: Knobs | None = None, *, seconds: float | None = None) -> Seen:
        """Let the class work on the config as it is, or on other settings.

        Everything begins anew: the app, the quota's window, the store.
        """
        scale = self.case.time_scale
        self._emulator.reset(tailor(None, **self.case.api, time_scale=scale))
        environ = {**self.environ, **_variables(knobs or self.knobs(), scale)}
        with (
            self._store() as store,
            app_in(self.cell, {**environ, **store}, self.folder / "app.log") as base_url,
        ):
            return asyncio.run(hold_lesson(base_url, self.case, self.cell.kills, seconds=seconds))

    def tune(self, say: Say) -> tuple[str, str]:
        """Measure, and write the config; return what binds, and what became of the file."""
        self._emulator.reset(tailor(None, **self.case.api))
        if self.case.places:
            return tune_through_the_app(self.cell, self.config, self.environ)
        with self._store() as store:
            environ = {**self.environ, **store}
            return tune_on_command_line(self.case, self.cell, self.config, environ, say)

    def knobs(self) -> Knobs:
        """Return what the config says now."""
        found = stresstune.load_settings(self.config, environ={})
        slow = found.slow_mode_delay_seconds if found.slow_mode_default else None
        return Knobs(seats=found.max_concurrent_sessions, slow_mode_seconds=slow)

    @contextmanager
    def _store(self) -> Iterator[dict[str, str]]:
        """Yield what the app must know of its store; a new one, in which nobody sits any more."""
        if not self.case.redis:
            yield {}
            return
        with redis_server(self.folder) as url:
            yield {"REDIS_URL": url}


def _variables(knobs: Knobs, time_scale: float) -> dict[str, str]:
    """Return the knobs as the app's environment, the pause on the class's own clock."""
    pause = (knobs.slow_mode_seconds or 0.0) / time_scale
    return {
        "MAX_CONCURRENT_SESSIONS": str(knobs.seats),
        "SLOW_MODE_DEFAULT": "false" if knobs.slow_mode_seconds is None else "true",
        "SLOW_MODE_DELAY_SECONDS": f"{pause:.4f}",
    }


@contextmanager
def bench(case: Case) -> Iterator[Bench]:
    """Build the machine of a case, and take it down again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        emulator = stack.enter_context(running_emulator(tailor(None, **case.api)))
        inside = stack.enter_context(cell(case.name, case.limit_bytes))
        yield Bench(case, inside, emulator, folder)
