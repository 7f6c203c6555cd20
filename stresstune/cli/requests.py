"""Options that say what one call sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stresstune.api.payload import read_prompt
from stresstune.cli.options import together
from stresstune.cli.types import FILE, FILLED, Pair
from stresstune.errors import UsageError
from stresstune.workflow.endpoint import Endpoint

request_options = together(
    click.option(
        "--prompt", type=FILLED, metavar="TEXT", help="What Gemini is asked, as the app asks it."
    ),
    click.option("--prompt-file", type=FILE, metavar="PATH", help="The same from a file."),
    click.option(
        "--vision", is_flag=True, help="Send a picture of the workload's size with each call."
    ),
    click.option("--stream", is_flag=True, help="Read each answer as a stream, to its end."),
    click.option(
        "--method", metavar="NAME", help="Of a --url with a path: by default GET, or POST."
    ),
    click.option(
        "--header",
        "headers",
        type=Pair(":"),
        multiple=True,
        metavar="NAME:VALUE",
        help="Sent along to a --url with a path; again for more.",
    ),
    click.option("--body", metavar="TEXT", help="Sent to a --url with a path, JSON as JSON."),
    click.option("--body-file", type=FILE, metavar="PATH", help="The same from a file."),
    click.option(
        "--file",
        "files",
        type=Pair("="),
        multiple=True,
        metavar="FIELD=PATH",
        help="Uploaded to a --url with a path as a field of a form; again for more.",
    ),
    click.option(
        "--expect",
        metavar="STATUS|TEXT",
        help="The status, or a text in the answer, that is a success; else every status below 400.",
    ),
)

REQUEST_FLAGS = (
    *("prompt", "prompt_file", "vision", "stream"),
    *("method", "headers", "body", "body_file", "files", "expect"),
)


def request_of(*, vision: bool, stream: bool, **flags: Any) -> dict[str, Any]:  # noqa: ANN401 - see above
    """Return what the options above say, as options of a run.

    Raises:
        UsageError: Two of them contradict each other, or a file cannot be read.
    """
    prompt = _text_or_file("prompt", flags["prompt"], flags["prompt_file"])
    return {"prompt": prompt, "vision": vision, "stream": stream, "endpoint": _endpoint_of(flags)}


def _endpoint_of(flags: dict[str, Any]) -> Endpoint | None:
    names = ("method", "headers", "body", "body_file", "files", "expect")
    if not any(flags[name] for name in names):
        return None
    if flags["body"] is not None and flags["body_file"] is not None:
        raise UsageError("--body and --body-file exclude each other: give one of them")
    body = flags["body"] if flags["body_file"] is None else _bytes_of(flags["body_file"])
    return Endpoint(
        method=flags["method"],
        headers=dict(flags["headers"]),
        body=body,
        files=dict(flags["files"]),
        expect=_expected(flags["expect"]),
    )


def _text_or_file(name: str, text: str | None, file: str | None) -> str | None:
    if text is not None and file is not None:
        raise UsageError(f"--{name} and --{name}-file exclude each other: give one of them")
    return read_prompt(file) if file is not None else text


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"--body-file {path} cannot be read: {error.strerror or error}") from error


def _expected(text: str | None) -> int | str | None:
    """Read a status where it looks like one.

    >>> _expected("201"), _expected("saved"), _expected(None)
    (201, 'saved', None)
    """
    is_status = text is not None and len(text) == 3 and text.isascii() and text.isdigit()
    return int(text) if text is not None and is_status else text
