"""``probe memory``: how many sessions fit?"""

from __future__ import annotations

from typing import Any, Literal

import click
from msgspec.structs import replace

from stresstune.cli import exits
from stresstune.cli.measuring import SOURCE_FLAGS, config_or_default, memory_options, source_of
from stresstune.cli.options import Frame, framed
from stresstune.cli.running import on_screen
from stresstune.config.schema import Config
from stresstune.memory.leftovers import cleanup as cleanup_leftovers
from stresstune.report.memory import render_memory
from stresstune.workflow import probes
from stresstune.workflow.job import Job
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.results import Measured


@click.command(
    epilog="""\b
Examples:
  stresstune probe memory --limit 2GB
  stresstune probe memory --mode fill --sessions 30 --images 30
  stresstune probe memory --factory myapp.sessions:open_session
  stresstune probe memory --app "gunicorn app:app -b 127.0.0.1:{port}" --ready /healthz
                          --open-session myapp.load:open_session
"""
)
@click.option("--sessions", type=click.IntRange(min=1), help="Sessions that are wanted.")
@click.option("--images", type=click.IntRange(min=0), help="Pictures that one session keeps.")
@click.option(
    "--mode",
    type=click.Choice(["predict", "fill"]),
    default="predict",
    show_default=True,
    help="Open a few and reckon, or open them all.",
)
@memory_options
@click.option("--cleanup", is_flag=True, help="Only remove what a killed run left behind.")
@framed
def memory(
    frame: Frame,
    sessions: int | None,
    images: int | None,
    mode: Literal["predict", "fill"],
    cleanup: bool,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Find out how many sessions fit in memory, in a process of their own."""
    if cleanup:
        return _clean_up(frame)
    config = _with_workload(config_or_default(frame), sessions, images)
    job = Job(path=config.path, options=_memory_options(frame, flags), config=config)
    lines = frame.shell.as_json or mode == "predict"
    measured = on_screen(
        frame,
        job,
        lambda job, tell: Measured(memory=probes.probe_memory(job, tell, mode)),
        every_line=not lines,
    )
    found = measured.memory
    assert found is not None
    frame.shell.document(found.to_dict())
    wanted = config.workload.sessions
    frame.shell.show(render_memory(found, sessions=wanted, width=frame.shell.width))
    return exits.INCONCLUSIVE if found.sessions_that_fit is None else exits.DONE


def _clean_up(frame: Frame) -> int:
    removed = cleanup_leftovers()
    frame.shell.document({"schema": 1, "removed": [one.to_dict() for one in removed]})
    for one in removed:
        frame.shell.show(f"Removed: {one}")
    if not removed:
        frame.shell.show("Nothing was left behind.")
    return exits.DONE


def _memory_options(frame: Frame, flags: dict[str, Any]) -> TuneOptions:
    return TuneOptions(
        only="memory",
        source=source_of(**{name: flags[name] for name in SOURCE_FLAGS}),
        limit_bytes=flags["limit"],
        state_dir=frame.state_dir,
    )


def _with_workload(config: Config, sessions: int | None, images: int | None) -> Config:
    workload = config.workload
    if sessions is not None:
        workload = replace(workload, sessions=sessions)
    if images is not None:
        workload = replace(workload, images_per_session=images)
    return replace(config, workload=workload)
