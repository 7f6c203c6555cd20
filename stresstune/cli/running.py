"""Running a job on the command line: progress while it runs, and what is left of it if it ends."""

from __future__ import annotations

from typing import NoReturn

from stresstune.cli.exits import InterruptedAndShown
from stresstune.cli.options import Frame
from stresstune.cli.progress import showing
from stresstune.cli.rendering import show_measured
from stresstune.errors import Interrupted
from stresstune.workflow.job import Job, new_job
from stresstune.workflow.measure import measure
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.results import Measured
from stresstune.workflow.tune import Proposal, propose


def propose_on_screen(frame: Frame, options: TuneOptions) -> Proposal:
    """Measure with progress, and propose what follows from it.

    Raises:
        Interrupted: Ctrl-C; what was measured until then has been printed.
    """
    job = new_job(frame.path, options)
    return propose(job, measure_on_screen(frame, job))


def measure_on_screen(frame: Frame, job: Job) -> Measured:
    """Measure with progress.

    Raises:
        Interrupted: Ctrl-C; what was measured until then has been printed.
    """
    try:
        with showing(frame.shell) as on_progress:
            return measure(job, on_progress)
    except Interrupted as error:
        _give_up(frame, job, error)


def _give_up(frame: Frame, job: Job, error: Interrupted) -> NoReturn:
    if not isinstance(error.partial, Measured):
        raise error
    show_measured(frame.shell, error.partial, job.workload)
    raise InterruptedAndShown(error.partial) from None
