"""``emulate``: the Gemini emulator as a server."""

from __future__ import annotations

from typing import Any

import click

from stresstune.cli import exits
from stresstune.cli.options import Frame, framed, together

quota_options = together(
    click.option("--rpm", type=int, help="Requests a minute."),
    click.option("--tpm", type=int, help="Input tokens a minute."),
    click.option("--rpd", type=int, help="Requests a day."),
    click.option("--concurrency", type=int, help="Calls in flight; one more is refused."),
    click.option("--places", type=int, help="Calls served at the same time; others wait."),
    click.option("--queue", type=int, help="Calls that may wait for a place."),
    click.option(
        "--window",
        type=click.Choice(["fixed", "sliding", "bucket"]),
        help="How a minute is counted.",
    ),
    click.option("--burst", type=int, help="What a bucket holds."),
    click.option("--used", type=float, help="Share of each quota that is used already, 0 to 1."),
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
    click.option("--model", metavar="NAME", help="The only model that there is."),
    click.option("--keys", multiple=True, metavar="KEY", help="The only API keys that are good."),
    click.option("--time-scale", type=float, help="Run so many times faster than the clock."),
    click.option("--seed", type=int, help="For everything that is left to chance."),
)


@click.command(
    epilog="""\b
Examples:
  stresstune emulate --rpm 60
  stresstune emulate --profile tier1 --latency 5
  stresstune probe api --url http://127.0.0.1:8080     in another shell
"""
)
@click.option("--profile", help="Begin with free, tier1, tier2, flaky or overloaded.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on; 0 is any.")
@quota_options
@pace_options
@framed
def emulate(
    frame: Frame,
    profile: str | None,
    host: str,
    port: int,
    **options: Any,  # noqa: ANN401 - as the emulator's options say
) -> int:
    """Serve an emulator of the Gemini API until Ctrl-C.

    It counts what it admits and refuses; the counts are printed at the end, and any time at
    /control/counts.
    """
    from stresstune.emulator import serve, tailor  # noqa: PLC0415 - for this command only

    given = {name: value for name, value in options.items() if value not in {None, ()}}
    told = tailor(profile, **given)

    def on_ready(base_url: str) -> None:
        limits = ", ".join(f"{one.value:g} {one.kind}" for one in told.truth()) or "none"
        frame.shell.talk(f"Emulating Gemini at {base_url} (limits: {limits}). Ctrl-C ends it.")

    counts = serve(told, host=host, port=port, on_ready=on_ready)
    frame.shell.document(counts.to_dict())
    frame.shell.show(
        f"{counts.generate} calls for content: {counts.admitted} admitted, "
        f"{counts.rejected} rejected, {counts.overloaded} overloaded."
    )
    return exits.DONE
