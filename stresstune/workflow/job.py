"""One run before anything is measured: what it is about, checked as far as that is free."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from stresstune.config.load import load_config
from stresstune.config.schema import Config
from stresstune.config.slow_mode import misspelt_key
from stresstune.config.turn import settle
from stresstune.config.variables import variable_of
from stresstune.errors import ConfigError
from stresstune.memory.sources import LIFTED_SESSIONS, App, Factory, Simulated, Source
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.workflow.daily import DailyQuota, known_daily
from stresstune.workflow.here import fingerprint, installed_version
from stresstune.workflow.options import Path, Subject, TuneOptions
from stresstune.workflow.results import Measured, read_results
from stresstune.workflow.targets import check_reachable, key_of, model_of, spending_words


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run whose config could be read, and whose probes can begin.

    Attributes:
        path: The config, as the caller named it.
        options: What was asked.
        config: What the config says.
        known: What is not to be measured any more, because it was handed in.
        notes: What was cleaned up after an apply that was interrupted.
    """

    path: str
    options: TuneOptions
    config: Config
    known: Measured | None = None
    notes: tuple[str, ...] = ()

    def measures(self, subject: Subject) -> bool:
        """Tell whether a probe is to run."""
        return self.known is None and self.options.only in {None, subject}

    @property
    def workload(self) -> Workload:
        """What is to be carried."""
        return self.config.workload

    @property
    def source(self) -> Source:
        """What a session is."""
        memory = self.config.memory
        source = self.options.source
        if isinstance(source, App):
            knob = variable_of(self.config, "max_concurrent_sessions")
            lifted = {knob: str(LIFTED_SESSIONS)} if knob else {}
            return replace(source, environment={**lifted, **source.environment})
        if source is not None:
            return source
        return Factory(memory.factory, memory.concurrency) if memory.factory else Simulated()

    @property
    def limit_bytes(self) -> int | None:
        """Memory to reckon with, or None for what there is."""
        asked = self.options.limit_bytes
        return self.config.memory.limit_bytes if asked is None else asked

    @cached_property
    def daily(self) -> DailyQuota | None:
        """The daily quota, as far as it is known beforehand."""
        return known_daily(self.options, self.config)

    @property
    def budget(self) -> Budget:
        """What the API probe may spend: without a word of the caller's not more than half a day."""
        if self.options.budget is not None:
            return self.options.budget
        budget = self.config.budget
        cap = self.daily.cap if self.daily else budget.max_requests
        return replace(budget, max_requests=min(budget.max_requests, cap))

    def spending(self, budget: Budget | int) -> str:
        """Say what a probe with a budget, or a test of so many calls, will spend at the most."""
        words = spending_words(budget, self.options, self.config)
        if self.daily is None:
            return words
        requests = budget if isinstance(budget, int) else budget.max_requests
        return f"{words}; {self.daily.share_words(requests)}"

    def fingerprint(self, memory: MemoryCapacity | None) -> Fingerprint:
        """Return where it was measured: here, or where results that were handed in came from."""
        if self.known is None:
            return fingerprint(
                self.config,
                limit_bytes=self.limit_bytes,
                model=model_of(self.options, self.config),
                key=key_of(self.options, self.config),
                version=installed_version(),
            )
        here = fingerprint(self.config, version=installed_version())
        return replace(
            here,
            limit_bytes=memory.limit_bytes if memory else None,
            limit_source=memory.limit_source if memory else "",
            cpu_quota=None,
        )


def new_job(path: Path, options: TuneOptions, notes: tuple[str, ...] = ()) -> Job:
    """Read the config and check what can be checked for free.

    An apply that was interrupted is finished or undone first, so that the file is whole.

    Args:
        path: The config.
        options: What is asked for.
        notes: What a person must know besides.

    Raises:
        ConfigError: The config cannot be read.
        CredentialsMissing: The API is to be probed, and there is no key.
        UsageError: The options ask for something that cannot be.
        Locked: Somebody else is writing, and has not ended yet.
    """
    notes = (*notes, *settle(path, state_dir=options.state_dir))
    config = load_config(path)
    if wrong := misspelt_key(config):
        raise ConfigError(f"{wrong} Correct the name, or add the key to the file", path=config.path)
    known = _known(options, config.workload)
    job = Job(path=os.fspath(path), options=options, config=config, known=known, notes=notes)
    if job.measures("api") and options.fleet is None:  # the hosts of a fleet have keys of their own
        check_reachable(options, config)
    return job


def _known(options: TuneOptions, workload: Workload) -> Measured | None:
    if options.fallback:
        return Measured()
    if options.results is None:
        return None
    measured = read_results(options.results, workload)
    if measured.fleet is not None:
        return measured
    return Measured(
        memory=measured.memory if options.only != "api" else None,
        api=measured.api if options.only != "memory" else None,
    )
