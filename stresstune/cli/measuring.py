"""Options of the commands that measure, and what they ask of the workflow."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from typing import Any

import click
from msgspec.structs import replace

from stresstune.cli.options import CONFIG_DEFAULT, Frame, simulate_option, together
from stresstune.cli.refused import said_of_options, words_of
from stresstune.cli.requests import REQUEST_FLAGS, request_of, request_options
from stresstune.cli.types import FILE, FILLED, SIZE
from stresstune.config.load import load_config
from stresstune.config.schema import Config
from stresstune.errors import UsageError
from stresstune.memory.sources import App, Factory, is_object_path
from stresstune.model.workload import Budget
from stresstune.workflow.options import TuneOptions

memory_options = together(
    click.option(
        "--limit",
        type=SIZE,
        metavar="SIZE",
        help="Memory to reckon with, such as 2GB or 512MiB, if less than there is.",
    ),
    click.option(
        "--factory",
        metavar="MODULE:FUNCTION",
        help="Open real sessions with this function of yours; what it returns is kept.",
    ),
    click.option(
        "--app",
        type=FILLED,
        metavar="COMMAND",
        help="Open sessions of the real app, which this command starts; {port} is a free port.",
    ),
    click.option("--ready", metavar="PATH", help="Path of the app that answers when it is ready."),
    click.option(
        "--open-session",
        metavar="MODULE:COROUTINE",
        help="Opens one session of the app, given its address.",
    ),
    click.option(
        "--session-concurrency",
        "--concurrency",
        "session_concurrency",
        type=click.IntRange(min=1),
        metavar="N",
        help="Sessions to open at a time, with --factory or --app: as many as the app has threads.",
    ),
)

api_options = together(
    simulate_option,
    click.option(
        "--url",
        type=FILLED,
        metavar="URL",
        help="Probe this address: without a path a Gemini API (the emulator, a gateway), with a "
        "path any HTTP endpoint.",
    ),
    click.option(
        "--model", type=FILLED, metavar="NAME", help="The Gemini model whose quota is probed."
    ),
    request_options,
    click.option("--max-requests", type=click.IntRange(min=1), help="Calls to make at the most."),
    click.option("--max-seconds", type=float, help="Seconds to take at the most."),
    click.option("--max-tokens", type=click.IntRange(min=1), help="Input tokens at the most."),
    click.option(
        "--daily-quota",
        type=click.IntRange(min=1),
        metavar="N",
        help="Requests a day that the key has, if known: a probe takes at most half of what is "
        "left, unless --max-requests says otherwise.",
    ),
    click.option(
        "--self-test/--no-self-test",
        default=True,
        help="Before a real API is called, make calls to an emulator for a second: how many does "
        "this machine make at all?  [default: self-test]",
    ),
)

run_options = together(
    click.option("--only", type=click.Choice(["memory", "api"]), help="Measure only this."),
    memory_options,
    api_options,
    click.option(
        "--from",
        "results",
        type=FILE,
        metavar="RESULTS",
        help="Do not measure: use what apply, plan or probe printed with --json; of a folder, one "
        "NAME.json for each host of a fleet.",
    ),
    click.option(
        "--fleet",
        metavar="ENGINE",
        help="Measure many hosts that share one quota, through dask.distributed: tcp://HOST:8786, "
        "a scheduler file, or local:3 for a rehearsal. Each host's config is written there.",
    ),
    click.option(
        "--fleet-config",
        metavar="PATH",
        help="The config as it is named on the hosts, if not as here.",
    ),
    click.option("--same", is_flag=True, help="One number for all hosts, safe on each of them."),
    click.option(
        "--host",
        metavar="NAME",
        help="With the results of a fleet: take the number of this host, not one for all.",
    ),
    click.option("--fallback", is_flag=True, help="Do not measure: half of the wanted sessions."),
)


SOURCE_FLAGS = ("factory", "app", "ready", "open_session", "session_concurrency")
NO_MEMORY: dict[str, Any] = dict.fromkeys((*SOURCE_FLAGS, "limit"))
"""The memory options as a command has them that has none of them."""


def options_of(
    frame: Frame,
    **flags: Any,  # noqa: ANN401 - the options above
) -> TuneOptions:
    """Return what the options of a command ask for.

    Raises:
        UsageError: They contradict each other.
        ConfigError: The config, whose budget they change, cannot be read.
    """
    if flags.get("fleet") is not None:  # probes and preflight have no such option
        from stresstune.fleet.around import be_quiet  # noqa: PLC0415 - for a fleet only

        be_quiet()
    source = source_of(**{name: flags.pop(name) for name in SOURCE_FLAGS})
    caps = {name: flags.pop(name) for name in ("max_requests", "max_seconds", "max_tokens")}
    request = {name: flags.pop(name) for name in REQUEST_FLAGS}
    return TuneOptions(
        **request_of(**request),
        source=source,
        limit_bytes=flags.pop("limit"),
        budget=budget_of(frame, **caps),
        state_dir=frame.state_dir,
        **flags,
    )


def source_of(
    factory: str | None,
    app: str | None,
    ready: str | None,
    open_session: str | None,
    session_concurrency: int | None,
) -> Factory | App | None:
    """Return what a session is, if the options say so.

    Raises:
        UsageError: Something of it is missing, or cannot be.
    """
    if app is not None and factory is not None:
        raise UsageError("--factory and --app exclude each other: give one of them")
    if app is None and (ready is not None or open_session is not None):
        raise UsageError("--ready and --open-session need --app")
    if app is None and factory is None and session_concurrency is not None:
        raise UsageError("--session-concurrency needs --factory or --app")
    for flag, value in (("--factory", factory), ("--open-session", open_session)):
        if value is not None and not is_object_path(value):
            raise UsageError(
                f"{flag} is {value}: write package.module:function, such as "
                "myapp.sessions:open_session"
            )
    if ready is not None and not re.match(r"/|https?://", ready):
        raise UsageError(
            f"--ready is {ready}: write a path such as /healthz, or a whole URL where the app's "
            "port is fixed"
        )
    try:
        if app is not None:
            return _app_of(app, ready, open_session, session_concurrency or 1)
        return Factory(factory, session_concurrency or 1) if factory is not None else None
    except ValueError as error:
        raise UsageError(f"the sessions' source cannot be: {said_of_options(error)}") from error


def _app_of(app: str, ready: str | None, open_session: str | None, concurrency: int) -> App:
    if open_session is None:
        raise UsageError("--app needs --open-session package.module:coroutine")
    return App(
        command=words_of("--app", app),
        ready=ready or "/",
        open_session=open_session,
        concurrency=concurrency,
    )


def budget_of(frame: Frame, **caps: float | None) -> Budget | None:
    """Return the config's budget with the caps of the command line, or None if there are none."""
    given = {name: cap for name, cap in caps.items() if cap is not None}
    if not given:
        return None
    base = config_or_default(frame).budget
    try:
        return replace(base, **given)
    except ValueError as error:
        raise UsageError(said_of_options(error)) from error


def config_or_default(frame: Frame) -> Config:
    """Return the config, or the defaults where none was named and there is none.

    Raises:
        ConfigError: There is one, and it cannot be read.
    """
    if frame.path == CONFIG_DEFAULT and not os.path.lexists(frame.path):
        return Config(path=frame.path)
    return load_config(frame.path)


def writing_results(frame: Frame, options: TuneOptions) -> str:
    """Return the command that writes what came from --from, or "" where it was measured here."""
    if options.results is None or isinstance(options.results, Mapping):
        return ""
    words = ["stresstune"]
    if frame.path != CONFIG_DEFAULT:
        words += ["--config", frame.path]
    if frame.state_dir is not None:
        words += ["--state-dir", frame.state_dir]
    words += ["apply", "--from", str(options.results)]
    for flag, value in (("--only", options.only), ("--host", options.host)):
        words += [flag, value] if value is not None else []
    return shlex.join(words)
