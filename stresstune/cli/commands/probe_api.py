"""``probe api``: which limit binds, or one of the classic load tests."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import click

from stresstune.cli import exits
from stresstune.cli.formats import format_option, publish
from stresstune.cli.measuring import NO_MEMORY, api_options, config_or_default, options_of
from stresstune.cli.options import Frame, framed
from stresstune.cli.rendering import PROBED, UNTOLD
from stresstune.cli.running import on_screen
from stresstune.cli.summaries import of_api
from stresstune.config.slow_mode import as_paced
from stresstune.errors import UsageError
from stresstune.model.api import ApiCapacity
from stresstune.model.load import LoadResult
from stresstune.report.api import render_api
from stresstune.report.load import render_load
from stresstune.workflow import probes
from stresstune.workflow.announce import OnProgress
from stresstune.workflow.job import Job
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.measure import measure
from stresstune.workflow.results import Measured
from stresstune.workflow.targets import check_reachable


@click.command(
    epilog="""\b
Examples:
  stresstune probe api                               which limit binds
  stresstune probe api --url http://127.0.0.1:8080   a Gemini emulator
  stresstune probe api --test burst --concurrent 30
  stresstune probe api --test limits --simulate tier1
  stresstune probe api --prompt-file prompt.txt --vision --stream
  stresstune probe api --url http://127.0.0.1:8000/edit --file photo=cat.png
                       --expect saved
"""
)
@click.option(
    "--test",
    type=click.Choice(["limits", "burst", "sustained", "ramp"]),
    default="limits",
    show_default=True,
    help="Which question to ask.",
)
@click.option(
    "--concurrent",
    type=click.IntRange(min=1),
    help="Calls at once: of a burst, or of the last step.",
)
@click.option("--rate", type=float, help="Calls a second of a sustained load.")
@click.option("--duration", type=float, metavar="SECONDS", help="How long a sustained load lasts.")
@api_options
@format_option
@framed
def api(
    frame: Frame,
    test: Literal["limits", "burst", "sustained", "ramp"],
    concurrent: int | None,
    rate: float | None,
    duration: float | None,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Find out which limit of the API binds, or run one of the classic load tests."""
    asked = _load_test(test, concurrent, rate, duration)
    options = options_of(frame, only="api", **NO_MEMORY, **flags)
    if asked is not None and options.budget is not None:
        raise UsageError("--max-requests, --max-seconds and --max-tokens belong to --test limits")
    config = config_or_default(frame)
    check_reachable(options, config)
    job = Job(path=config.path, options=options, config=config)
    if asked is None:
        return _show_limits(frame, job, on_screen(frame, job, measure))
    return _show_test(frame, job, on_screen(frame, job, partial(_run_test, asked)))


def _run_test(asked: LoadTest, job: Job, on_progress: OnProgress | None) -> Measured:
    return Measured(api=probes.run_test(job, asked, on_progress))


def _load_test(
    test: Literal["limits", "burst", "sustained", "ramp"],
    concurrent: int | None,
    rate: float | None,
    duration: float | None,
) -> LoadTest | None:
    """Build the classic test that the options ask for, or None for the limits.

    Raises:
        UsageError: An option belongs to another test.
    """
    if test != "sustained" and (rate is not None or duration is not None):
        raise UsageError("--rate and --duration belong to --test sustained")
    if test not in {"burst", "ramp"} and concurrent is not None:
        raise UsageError("--concurrent belongs to --test burst and --test ramp")
    if test == "limits":
        return None
    base = LoadTest(kind=test)
    return LoadTest(
        kind=test,
        concurrent=concurrent or base.concurrent,
        stop=concurrent or base.stop,
        rate_per_second=base.rate_per_second if rate is None else rate,
        seconds=base.seconds if duration is None else duration,
    )


def _show_limits(frame: Frame, job: Job, measured: Measured) -> int:
    found = measured.api
    assert isinstance(found, ApiCapacity)
    frame.shell.document(found.to_dict())
    frame.shell.show(render_api(found, as_paced(job.config), width=frame.shell.width))
    return _end(frame, found, job, is_told=found.outcome in {"measured", "enough"})


def _show_test(frame: Frame, job: Job, measured: Measured) -> int:
    found = measured.api
    assert isinstance(found, LoadResult)
    frame.shell.document(found.to_dict())
    frame.shell.show(render_load(found, width=frame.shell.width))
    return _end(frame, found, job, is_told=found.tier != "inconclusive")


def _end(frame: Frame, found: ApiCapacity | LoadResult, job: Job, *, is_told: bool) -> int:
    frame.shell.show_line("\n" + (PROBED if is_told else UNTOLD))
    publish(frame, lambda: of_api(found, job.path, as_paced(job.config)))
    return exits.DONE if is_told else exits.INCONCLUSIVE
