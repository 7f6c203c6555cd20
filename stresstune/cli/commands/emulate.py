"""``emulate``: the Gemini emulator as a server."""

from __future__ import annotations

from typing import Any

import click

from stresstune.cli import exits
from stresstune.cli.options import Frame, framed, together
from stresstune.cli.progress import live_line
from stresstune.cli.types import one_of_profiles

quota_options = together(
    click.option("--rpm", type=int, help="Requests a minute."),
    click.option("--tpm", type=int, help="Input tokens a minute."),
    click.option("--ipm", type=int, help="Pictures a minute, of a model that makes them."),
    click.option("--rpd", type=int, help="Requests a day."),
    click.option("--concurrency", type=int, help="Calls in flight; one more is refused."),
    click.option(
        "--concurrency-status",
        type=click.Choice(["429", "503"]),
        help="How a call beyond --concurrency is refused.",
    ),
    click.option("--places", type=int, help="Calls served at the same time; others wait."),
    click.option("--queue", type=int, help="Calls that may wait for a place."),
    click.option(
        "--window",
        type=click.Choice(["fixed", "sliding", "bucket"]),
        help="How a minute is counted.",
    ),
    click.option("--burst", type=int, help="What a bucket holds."),
    click.option("--phase", type=float, metavar="SECONDS", help="How far into a window it starts."),
    click.option("--used", type=float, help="Share of each quota that is used already, 0 to 1."),
    click.option(
        "--rejected-count",
        is_flag=True,
        default=None,
        help="Refused calls count against the quota as well.",
    ),
)

pace_options = together(
    click.option("--latency", type=float, help="Median time of an answer, in seconds."),
    click.option("--spread", type=float, help="Its spread (sigma of a lognormal); 0 is none."),
    click.option("--overload", type=float, help="Share of calls that meet a 503, 0 to 1."),
    click.option("--internal", type=float, help="Share of calls that meet a 500, 0 to 1."),
    click.option(
        "--refusal",
        type=click.Choice(["stated", "bare", "vertex", "error_info", "wrapped", "broken"]),
        help="How a 429 is worded.",
    ),
    click.option(
        "--delays",
        type=click.Choice(["floor", "ceil", "exact", "lying", "none"]),
        help="What a 429 says of when to come back.",
    ),
    click.option(
        "--tier", metavar="NAME", help="What a 429 calls the tier: FreeTier, PaidTier, ..."
    ),
    click.option(
        "--billing",
        type=click.Choice(["ok", "prepaid_empty", "spend_limit", "spend_cap"]),
        help="What is wrong with the money.",
    ),
    click.option("--model", metavar="NAME", help="The only model that there is."),
    click.option("--keys", multiple=True, metavar="KEY", help="The only API keys that are good."),
    click.option("--time-scale", type=float, help="Run so many times faster than the clock."),
    click.option("--seed", type=int, help="For everything that is left to chance."),
)

FAULTS = {
    "reset": "are cut off with a reset",
    "hang": "are never answered",
    "half_body": "end in the middle of the answer",
    "garbage": "get bytes that are no HTTP",
    "slow_body": "get their answer in drops",
    "empty": "get an answer without text",
    "odd": "get JSON of an unknown shape",
    "blocked": "are blocked for safety",
    "stream_error": "meet an error in mid-stream",
}

fault_options = together(
    *(
        click.option(f"--{name.replace('_', '-')}", type=float, help=f"Share of calls that {what}.")
        for name, what in FAULTS.items()
    )
)

NEXT = (
    "Next: `stresstune probe api --url {base_url}` in another shell, or your app with "
    "GOOGLE_GEMINI_BASE_URL={base_url}."
)
AFTERWARDS = "Nothing was written. Next: hold these counts against what your client says of them."


@click.command(
    epilog="""\b
Examples:
  stresstune emulate --rpm 60
  stresstune emulate --profile tier1 --latency 5
  stresstune emulate --rpm 60 --delays lying --reset 0.01   with faults
  stresstune probe api --url http://127.0.0.1:8080     in another shell
"""
)
@click.option(
    "--profile",
    shell_complete=one_of_profiles,
    help="Begin with free, tier1, tier2, flaky or overloaded.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on; 0 is any.")
@quota_options
@pace_options
@fault_options
@framed
def emulate(
    frame: Frame,
    profile: str | None,
    host: str,
    port: int,
    **options: Any,  # noqa: ANN401 - as the emulator's options say
) -> int:
    """Serve an emulator of the Gemini API until Ctrl-C.

    It counts what it admits and refuses; the counts are shown while it runs on a terminal, are
    printed at the end, and stand any time at /control/counts.
    """
    from stresstune.emulator import serve, tailor  # noqa: PLC0415 - for this command only

    given = {name: value for name, value in options.items() if value not in {None, ()}}
    told = tailor(profile, **given)

    def on_ready(base_url: str) -> None:
        limits = ", ".join(f"{one.value:g} {one.kind}" for one in told.truth()) or "none"
        frame.shell.talk(f"Emulating Gemini at {base_url} (limits: {limits}). Ctrl-C ends it.")
        frame.shell.talk(NEXT.format(base_url=base_url))

    with live_line(frame.shell) as show:
        counts = serve(
            told,
            host=host,
            port=port,
            on_ready=on_ready,
            on_tick=lambda counts: show(counts.line()),
        )
    frame.shell.document(counts.to_dict())
    frame.shell.show(
        f"{counts.generate} calls for content: {counts.admitted} admitted, "
        f"{counts.rejected} rejected, {counts.overloaded} overloaded."
    )
    frame.shell.show_line(AFTERWARDS)
    return exits.DONE
