"""Running a job on the command line: progress while it runs, and what is left of it if it ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NoReturn

from stresstune.cli.exits import FailedAndShown, InterruptedAndShown
from stresstune.cli.options import Frame
from stresstune.cli.progress import OnProgress, showing
from stresstune.cli.rendering import show_measured
from stresstune.config.slow_mode import as_paced
from stresstune.errors import Interrupted, MeasurementError
from stresstune.workflow.job import Job, new_job
from stresstune.workflow.measure import measure
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.proposal import Proposal, propose
from stresstune.workflow.results import Measured, as_measured
from stresstune.workflow.tune import will_write

Measure = Callable[[Job, OnProgress | None], Measured]


def propose_on_screen(frame: Frame, options: TuneOptions, *, writes: bool = False) -> Proposal:
    """Measure with progress, and propose what follows from it.

    Args:
        frame: Where to speak.
        options: What is measured.
        writes: It will be written, so that this must be possible.

    Raises:
        WriteError: It could not be written; nothing was measured.
        Interrupted: Ctrl-C; what was measured until then has been printed.
    """
    job = new_job(frame.path, options)
    if writes:
        will_write(job)
    return propose(job, on_screen(frame, job, measure))


def on_screen(
    frame: Frame,
    job: Job,
    measure: Measure,
    *,
    view: AbstractContextManager[OnProgress] | None = None,
) -> Measured:
    """Measure with progress.

    Args:
        frame: Where to speak.
        job: What is measured.
        measure: How.
        view: How progress is shown, if not as usual.

    Raises:
        Interrupted: Ctrl-C; what was measured until then has been printed.
    """
    try:
        with view or showing(frame.shell) as on_progress:
            return measure(job, on_progress)
    except Interrupted as error:
        _give_up(frame, job, error)
    except MeasurementError as error:
        measured = as_measured(error.partial)
        if measured is None:
            raise
        show_measured(frame.shell, measured, as_paced(job.config), error=str(error))
        raise FailedAndShown(str(error)) from error


def _give_up(frame: Frame, job: Job, error: Interrupted) -> NoReturn:
    measured = as_measured(error.partial)
    if measured is None:
        raise error
    show_measured(frame.shell, measured, as_paced(job.config))
    raise InterruptedAndShown(measured) from None
