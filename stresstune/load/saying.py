"""Says what is being asked, and now and then what has become of the calls so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio

from stresstune.model.load import Attempt
from stresstune.model.workload import Progress

OnProgress = Callable[[Progress], None]

EVERY_SECONDS = 1.0
"""A person who watches wants to see that something goes on."""

_WORDS = {
    "ok": "answered",
    "rejected": "refused (429)",
    "overloaded": "overloaded (503)",
    "timed_out": "timed out",
}


def so_far(attempts: Sequence[Attempt]) -> str:
    """Say in a few words what became of calls.

    >>> def call(outcome):
    ...     return Attempt(intended_seconds=0, started_seconds=0, finished_seconds=1,
    ...                    outcome=outcome)
    >>> so_far([call("ok"), call("ok"), call("rejected"), call("unreachable")])
    '2 answered, 1 refused (429), 1 failed'
    """
    counts = Counter(_WORDS.get(attempt.outcome, "failed") for attempt in attempts)
    in_order = [*_WORDS.values(), "failed"]
    return ", ".join(f"{counts[word]} {word}" for word in in_order if counts[word])


class Saying:
    """What a run of calls says while it goes on.

    Attributes:
        attempts: The calls that have ended; grows while they are made.
        total: Calls there may be at the most, or None.
        question: What is being asked.
    """

    def __init__(
        self,
        on_progress: OnProgress | None,
        attempts: Sequence[Attempt],
        total: float | None,
        begun: Callable[[], int] | None = None,
    ) -> None:
        """Prepare to speak.

        Args:
            on_progress: Who listens, if anybody does.
            attempts: See above.
            total: See above.
            begun: How many calls were begun; those that have ended, if it is not told.
        """
        self.attempts = attempts
        self.total = total
        self.question = ""
        self._on_progress = on_progress
        self._begun = begun or (lambda: len(attempts))

    def ask(self, question: str) -> None:
        """Say what is asked from now on."""
        self.question = question
        self._say(question)

    def _say(self, message: str) -> None:
        if self._on_progress is not None:
            done = float(self._begun())
            self._on_progress(Progress(stage="api", message=message, done=done, total=self.total))

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Say every second, until the end of the block, what has become of the calls so far."""
        if self._on_progress is None:
            yield
            return

        async def repeat() -> None:
            while True:
                await anyio.sleep(EVERY_SECONDS)
                if self.attempts:
                    self._say(f"{self.question}: {so_far(self.attempts)}")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(repeat)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
