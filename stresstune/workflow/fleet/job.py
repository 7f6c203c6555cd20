"""A run of the command line over a fleet: from its options to what was measured."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import anyio
from msgspec.structs import replace

from stresstune.emulator import running_emulator
from stresstune.errors import Interrupted, MeasurementError
from stresstune.fleet.address import address_in, address_of
from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import FleetCapacity
from stresstune.model.workload import Progress
from stresstune.workflow.announce import announce_fleet
from stresstune.workflow.daily import notes_on
from stresstune.workflow.fleet.asked import Asked, OnProgress
from stresstune.workflow.fleet.measure import FleetRun
from stresstune.workflow.fleet.order import CallsOrder, Look, check_sendable
from stresstune.workflow.job import Job
from stresstune.workflow.loops import is_asyncio, under_asyncio
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.results import Measured
from stresstune.workflow.selftest import is_wanted, needed_per_second
from stresstune.workflow.targets import model_of, profile_of


def measure_fleet(job: Job, on_progress: OnProgress | None) -> Measured:
    """Measure memory on every host, and the API once for all.

    Raises:
        MeasurementError: There is no fleet, or nothing of it can be used.
        Interrupted: Ctrl-C; ``partial`` is the `Measured` of what was found until then.
    """
    with _ready(job, on_progress) as run:
        try:
            found = anyio.run(run.run, job.options.fleet)
        except MeasurementError as error:
            error.partial = _partial(job, run)
            raise
        except KeyboardInterrupt:
            raise Interrupted(_partial(job, run)) from None
    return _measured(job, found)


async def ameasure_fleet(job: Job, on_progress: OnProgress | None) -> Measured:
    """Do the same as `measure_fleet` from asynchronous code; dask itself needs asyncio."""
    if not is_asyncio():
        return await under_asyncio(partial(ameasure_fleet, job), on_progress)
    with _ready(job, on_progress) as run:
        found = await run.run(job.options.fleet)
    return _measured(job, found)


def _partial(job: Job, run: FleetRun) -> Measured | None:
    """Return what was found before a run ended early."""
    return None if run.is_empty else _measured(job, run.capacity())


def _measured(job: Job, found: FleetCapacity) -> Measured:
    """Add what is known of the quota of this day."""
    if isinstance(found.api, ApiCapacity):
        notes = (*found.api.notes, *notes_on(found.api, job.daily))
        found = replace(found, api=replace(found.api, notes=notes))
    return Measured(api=found.api, fleet=found)


@contextmanager
def _ready(job: Job, on_progress: OnProgress | None) -> Iterator[FleetRun]:
    """Say what will be spent, and have an emulator where one is to be called."""
    check_sendable(job.options.target)
    address_of(job.options.fleet)
    if on_progress is not None and job.measures("api"):
        words = f"the probe may spend {job.spending(job.budget)}, in all"
        on_progress(Progress(stage="api", message=words))
    announce_fleet(job, on_progress)
    with _emulated(job) as emulator_url:
        yield FleetRun(_asked(job, emulator_url), on_progress)


def path_there(job: Job) -> str:
    """Return the config as it is named on the hosts."""
    return job.options.fleet_config or job.path


def state_there(job: Job) -> str | None:
    """Return the folder of the journal as it is named on the hosts, or None."""
    return os.fspath(job.options.state_dir) if job.options.state_dir else None


def _asked(job: Job, emulator_url: str | None) -> Asked:
    calls = None
    if job.measures("api"):
        calls = CallsOrder(
            target=job.options.target,
            options=_for_hosts(job.options),
            config=job.config,
            emulator_url=emulator_url,
            needed_per_second=needed_per_second(job.workload, None) if is_wanted(job) else None,
        )
    look = Look(path=path_there(job), state_dir=state_there(job))
    return Asked(
        workload=job.workload,
        budget=job.budget,
        calls=calls,
        memory=job.measures("memory"),
        source=job.source,
        limit_bytes=job.limit_bytes,
        headroom_ratio=job.config.policy.headroom_ratio,
        look=Look() if job.options.dry_run else look,
        workers=job.options.fleet_workers,
        name=model_of(job.options, job.config) or job.options.url or "the target",
        simulated=job.options.simulate is not None,
    )


def _for_hosts(options: TuneOptions) -> TuneOptions:
    """Return what the hosts need of the options: what is called, and how."""
    return dataclasses.replace(
        options, results=None, fleet=None, target=None, source=None, budget=None
    )


@contextmanager
def _emulated(job: Job) -> Iterator[str | None]:
    """Run the emulator where the hosts can reach it, if the API is to be simulated."""
    if job.options.simulate is None or not job.measures("api"):
        yield None
        return
    host = our_address(str(job.options.fleet))
    with running_emulator(profile_of(job.options), host=host) as emulator:
        yield emulator.base_url


def our_address(fleet: str) -> str:
    """Return the address of this machine as a scheduler's hosts see it.

    Raises:
        MeasurementError: The scheduler's name is unknown, or no way leads to it.

    >>> our_address("tcp://127.0.0.1:8786")
    '127.0.0.1'
    """
    split = urlsplit(fleet if "://" in fleet else address_in(fleet))
    there = (split.hostname or "127.0.0.1", split.port or 8786)
    try:
        family, _, _, _, place = socket.getaddrinfo(*there, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect(place)  # sends nothing
            return str(way.getsockname()[0])
    except OSError as error:
        raise MeasurementError(
            f"no scheduler answers at {fleet} ({error.strerror or error}): is the name right?"
        ) from error
