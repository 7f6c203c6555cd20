"""``probe memory``: how many sessions fit?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from msgspec.structs import replace

from stresstune.cli import exits
from stresstune.cli.formats import format_option, publish
from stresstune.cli.measuring import SOURCE_FLAGS, config_or_default, memory_options, source_of
from stresstune.cli.options import Frame, framed
from stresstune.cli.progress import memory_view
from stresstune.cli.refused import said_of_options
from stresstune.cli.rendering import PROBED, UNTOLD
from stresstune.cli.running import on_screen
from stresstune.cli.summaries import of_memory
from stresstune.config.schema import Config
from stresstune.errors import UsageError
from stresstune.memory.child.leftovers import cleanup as cleanup_leftovers
from stresstune.memory.options import ProbeOptions
from stresstune.model.memory import MemoryMode
from stresstune.policy import judge
from stresstune.report.memory import render_memory
from stresstune.workflow import probes
from stresstune.workflow.announce import OnProgress
from stresstune.workflow.job import Job
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.results import Measured


@click.command(
    epilog="""\b
Examples:
  stresstune probe memory --limit 2GB
  stresstune probe memory --mode fill --sessions 30 --images 30
  stresstune probe memory --factory myapp.sessions:open_session
  stresstune probe memory --app "gunicorn app:app -b :{port}" --ready /healthz
                          --open-session myapp.load:open_session
  stresstune probe memory --pid 4711 --sessions-from http://127.0.0.1/stats
  stresstune probe memory --until crash    where it ends, in a container
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
@click.option(
    "--until",
    type=click.Choice(["target", "guard", "crash"]),
    help="Where a fill ends: at the sessions that are wanted, where the next could be too many, or "
    "where the kernel kills (refused where it could kill anything else). Means --mode fill.",
)
@click.option(
    "--max-seconds",
    type=float,
    help="The probe ends after so long, by default after 60 s, and a fill after 600 s; with --pid "
    "when the app ends.",
)
@click.option(
    "--what-if", is_flag=True, help="Measure too what would make more sessions fit; takes longer."
)
@click.option(
    "--what-if-env",
    multiple=True,
    metavar="NAME=VALUE",
    help="Measure too with this in the environment of --app or --factory: an external session "
    "store, say. May be given several times; all count together.",
)
@memory_options
@click.option(
    "--pid",
    type=click.IntRange(min=1),
    help="Open nothing: watch this process of an app that runs already, until --max-seconds.",
)
@click.option(
    "--sessions-from",
    metavar="COMMAND|URL",
    help="With --pid: prints how many sessions the app holds (the first whole number counts).",
)
@click.option("--cleanup", is_flag=True, help="Only remove what a killed run left behind.")
@format_option
@framed
def memory(
    frame: Frame,
    sessions: int | None,
    images: int | None,
    cleanup: bool,
    **flags: Any,  # noqa: ANN401 - the options above
) -> int:
    """Find out how many sessions fit in memory, in a process of their own.

    Without further options, sessions full of pictures are opened as the workload says. Better: say
    how your app opens one (--factory), or let the app itself do it (--app), or watch it at work
    (--pid).
    """
    if cleanup:
        return _clean_up(frame)
    watched = _watched(flags)
    config = _with_workload(config_or_default(frame), sessions, images)
    job = Job(path=config.path, options=_memory_options(frame, flags), config=config)
    mode: MemoryMode = "fill" if flags["until"] else flags["mode"]
    asked = _probe_options(flags)

    def measure(job: Job, on_progress: OnProgress | None) -> Measured:
        if watched is not None:
            return Measured(memory=probes.watch_memory(job, on_progress, watched))
        return Measured(memory=probes.probe_memory(job, on_progress, mode, asked))

    classic = mode == "fill" and frame.shell.as_text
    view = memory_view(frame.shell, config.workload.sessions, lines=classic)
    return _show(frame, config, on_screen(frame, job, measure, view=view))


def _show(frame: Frame, config: Config, measured: Measured) -> int:
    found = measured.memory
    assert found is not None
    frame.shell.document(found.to_dict())
    wanted = config.workload.sessions
    frame.shell.show(render_memory(found, sessions=wanted, width=frame.shell.width))
    # The same answer as `apply` gives: a source that failed was never seen to open so many.
    tier = judge(found, workload=config.workload, policy=config.policy).tier
    is_told = tier != "inconclusive"
    frame.shell.show_line("\n" + (PROBED if is_told else UNTOLD))
    publish(frame, lambda: of_memory(found, config.path, config.workload, tier))
    return exits.DONE if is_told else exits.INCONCLUSIVE


def _watched(flags: dict[str, Any]) -> probes.Watched | None:
    pid, sessions_from = flags["pid"], flags["sessions_from"]
    if (pid is None) != (sessions_from is None):
        raise UsageError("--pid and --sessions-from need each other")
    if pid is None:
        return None
    others = [
        *(name for name in SOURCE_FLAGS if flags[name]),
        *(name for name in ("until", "what_if", "what_if_env") if flags[name]),
    ]
    if others or flags["mode"] == "fill":
        other = others[0].replace("_", "-") if others else "mode fill"
        raise UsageError(f"--pid opens no sessions, so it does not go with --{other}")
    return probes.Watched(pid=pid, sessions_from=sessions_from, seconds=flags["max_seconds"])


def _probe_options(flags: dict[str, Any]) -> ProbeOptions:
    try:
        return ProbeOptions(
            until=flags["until"] or "target",
            max_seconds=flags["max_seconds"],
            what_if=flags["what_if"],
            what_if_environment=_variables(flags["what_if_env"]),
        )
    except ValueError as error:
        raise UsageError(f"the probe cannot be made so: {said_of_options(error)}") from error


def _variables(words: Sequence[str]) -> dict[str, str]:
    """Read what stands between NAME and the end, without ever repeating it: it may be a secret."""
    for word in words:
        name, sign, _ = word.partition("=")
        if not (sign and name):
            raise UsageError("--what-if-env wants NAME=VALUE, such as REDIS_URL=redis://localhost")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _clean_up(frame: Frame) -> int:
    removed = cleanup_leftovers()
    frame.shell.document({"schema": 1, "removed": [one.to_dict() for one in removed]})
    for one in removed:
        frame.shell.show(f"Removed: {one}")
    if not removed:
        frame.shell.show("Nothing was left behind.")
    frame.shell.show("Next: `stresstune probe memory` measures anew.")
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
    try:
        if sessions is not None:
            workload = replace(workload, sessions=sessions)
        if images is not None:
            workload = replace(workload, images_per_session=images)
    except ValueError as error:
        raise UsageError(f"the probe cannot be made so: {said_of_options(error)}") from error
    return replace(config, workload=workload)
