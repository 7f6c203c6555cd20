"""What is said before a probe does something: what it may spend, and what takes a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stresstune.memory.sources import App
from stresstune.model.workload import Progress
from stresstune.workflow.targets import model_of, profile_of

if TYPE_CHECKING:
    from stresstune.model.workload import Budget
    from stresstune.workflow.job import Job
    from stresstune.workflow.options import Subject

OnProgress = Callable[[Progress], None]


def announce_spending(job: Job, budget: Budget | int, on_progress: OnProgress | None) -> None:
    """Say what will be spent, before anything is."""
    announce("api", f"the probe may spend {job.spending(budget)}", on_progress)


def announce_opening(job: Job, on_progress: OnProgress | None) -> None:
    """Say what takes a second or more before the first call: its library, and its other end."""
    model = model_of(job.options, job.config)
    if job.options.simulate is not None:
        profile = profile_of(job.options)
        announce("api", f"starting an emulator of the API ({profile.name})", on_progress)
    elif model:
        announce("api", f"checking the key and the model {model}, which is free", on_progress)


def announce_sessions(job: Job, on_progress: OnProgress | None) -> None:
    """Say where the sessions are opened."""
    source = job.source
    words = f"opening sessions in a process of their own ({source.name})"
    if isinstance(source, App):
        words = f"starting the {source.name}; sessions are opened once it answers at {source.ready}"
    announce("memory", words, on_progress)


def announce_fleet(job: Job, on_progress: OnProgress | None) -> None:
    """Say what takes some seconds before anything is known of the hosts."""
    fleet = job.options.fleet
    where = f" at {fleet}" if isinstance(fleet, str) else ""
    announce("memory", f"asking the scheduler{where} for its hosts", on_progress)


def announce(stage: Subject, words: str, on_progress: OnProgress | None) -> None:
    """Say what is about to be done."""
    if on_progress is not None:
        on_progress(Progress(stage=stage, message=words))
