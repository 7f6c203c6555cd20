"""Running a job on the command line: progress while it runs, and what is left of it if it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import NoReturn

from stresstune.cli.exits import FailedAndShown, InterruptedAndShown
from stresstune.cli.options import Frame
from stresstune.cli.progress import OnProgress, busy, showing
from stresstune.cli.rendering import show_measured
from stresstune.config.slow_mode import as_paced
from stresstune.errors import Interrupted, MeasurementError
from stresstune.workflow.fleet.rehearsal import PREFIX, named, rehearsed
from stresstune.workflow.job import Job, new_job
from stresstune.workflow.measure import measure
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.proposal import Proposal, propose
from stresstune.workflow.result import TuneResult
from stresstune.workflow.results import Measured, as_measured
from stresstune.workflow.tune import finish, will_write

Measure = Callable[[Job, OnProgress | None], Measured]

STARTS = "starting a scheduler and its workers on this machine"
ENDS = "ending the scheduler and its workers"
ASKS_HOSTS = "asking each host what would be written there"
WRITES = "writing on each host"


@contextmanager
def rehearsed_on_screen(frame: Frame, options: TuneOptions) -> Iterator[TuneOptions]:
    """Play a fleet where one is asked for, and show what takes a while: its start and its end."""
    plays = options.fleet is not None and options.fleet.startswith(PREFIX)
    with ExitStack() as stack:
        with busy(frame.shell, STARTS if plays else ""):
            played = stack.enter_context(rehearsed(frame.path, options))
        yield played
        with busy(frame.shell, ENDS if plays else ""):
            stack.close()


def finish_on_screen(frame: Frame, proposal: Proposal, options: TuneOptions) -> TuneResult:
    """Write what was proposed; on the hosts of a fleet that takes a while."""
    with busy(frame.shell, WRITES if proposal.hosts else ""):
        return named(finish(proposal), options)


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
    measured = on_screen(frame, job, measure)
    with busy(frame.shell, ASKS_HOSTS if options.fleet else ""):
        return propose(job, measured)


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
