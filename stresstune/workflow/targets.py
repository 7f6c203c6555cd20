"""Which API is probed, and whether it can be."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stresstune.api.credentials import NO_KEY, find_api_key
from stresstune.api.payload import DEFAULT_PROMPT, read_prompt
from stresstune.errors import UsageError
from stresstune.model.pictures import picture_tokens
from stresstune.redact import redact
from stresstune.workflow.endpoint import Endpoint

if TYPE_CHECKING:
    from stresstune.api.target import Target
    from stresstune.config.schema import Config
    from stresstune.emulator import Profile
    from stresstune.model.workload import Budget
    from stresstune.workflow.options import TuneOptions

DEFAULT_MODEL = "gemini-2.5-flash"

BYTES_PER_TOKEN = 4
"""English text, by the documentation of the Gemini API."""


def model_of(options: TuneOptions, config: Config) -> str:
    """Return the model that is probed, or "" where none is named (an endpoint, a target)."""
    if options.target is not None or is_endpoint(_url(options, config)):
        return ""
    return options.model or config.api.model or DEFAULT_MODEL


def check_reachable(options: TuneOptions, config: Config) -> None:
    """Find out for free whether the API can be probed at all.

    Raises:
        CredentialsMissing: There is no key, and Google is to be called.
        UsageError: The profile, the address or what is to be sent cannot be.
    """
    if options.target is not None:
        return
    url = _url(options, config)
    if url:
        _check_address(url)
    _check_request(options, config)
    if options.simulate is not None:
        profile_of(options)
        return
    if not is_endpoint(url):
        find_api_key(base_url=url or os.environ.get("GOOGLE_GEMINI_BASE_URL"))


def key_of(options: TuneOptions, config: Config) -> str:
    """Return the API key that the probe used, or "" where none of a person's was."""
    if options.simulate is not None or not model_of(options, config):
        return ""
    key = find_api_key(base_url=NO_KEY)
    return "" if key == NO_KEY else key


@contextmanager
def target_for(options: TuneOptions, config: Config) -> Iterator[Target]:
    """Yield what is to be called; an emulator runs until the end of the block."""
    url = _url(options, config)
    if options.target is not None:
        yield options.target
    elif options.simulate is not None:
        from stresstune.emulator import running_emulator  # noqa: PLC0415 - to simulate only

        with running_emulator(profile_of(options)) as emulator:
            yield _gemini(options, config, emulator.base_url, api_key=NO_KEY)
    elif url is not None and is_endpoint(url):
        yield _endpoint(options).target(url)
    else:
        yield _gemini(options, config, url)


def self_test_target(options: TuneOptions, config: Config, base_url: str) -> Target:
    """Return what is called in a self-test: the same kind of call, to an emulator."""
    if is_endpoint(_url(options, config)):
        return Endpoint().target(f"{base_url}/v1beta/models?key={NO_KEY}")
    return _gemini(options, config, base_url, api_key=NO_KEY)


def is_endpoint(url: str | None) -> bool:
    """Tell an HTTP endpoint (with a path) from the base address of a Gemini API (without one).

    >>> is_endpoint("http://127.0.0.1:8000/edit"), is_endpoint("http://127.0.0.1:8080/")
    (True, False)
    """
    return url is not None and urlsplit(url).path not in {"", "/"}


def spending_words(budget: Budget | int, options: TuneOptions, config: Config) -> str:
    """Say what a probe will spend at the most, before its first call.

    Args:
        budget: Of a probe, or the number of calls of a test.
        options: What is called.
        config: Likewise.
    """
    requests = budget if isinstance(budget, int) else budget.max_requests
    words = [f"at most {requests:,} request{'s' if requests != 1 else ''}"]
    most_tokens = None if isinstance(budget, int) else budget.max_tokens
    each = _tokens_per_call(options, config) if model_of(options, config) else 0
    if each and (most_tokens is None or requests * each <= most_tokens):
        words.append(f"about {requests * each:,} input tokens ({each:,} a request)")
    if most_tokens is not None:
        a_request = "" if len(words) > 1 or not each else f" (about {each:,} a request)"
        words.append(f"never more than {most_tokens:,} input tokens{a_request}")
    if not isinstance(budget, int):
        words.append(f"{budget.max_seconds:g} s")
    return ", ".join(words)


def prompt_of(options: TuneOptions, config: Config) -> str:
    """Return what Gemini is asked in each call.

    Raises:
        UsageError: The file that the config names cannot be read.
    """
    if options.prompt is None and config.api.prompt_file:
        return read_prompt(Path(config.path).parent / config.api.prompt_file)
    return options.prompt or config.api.prompt or DEFAULT_PROMPT


def _check_address(url: str) -> None:
    from stresstune.api.session import checked_url  # noqa: PLC0415 - imports aiohttp

    try:
        checked_url(url)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _check_request(options: TuneOptions, config: Config) -> None:
    url = _url(options, config)
    shown = redact(url or "")
    if not is_endpoint(url):
        if options.endpoint is not None:
            raise UsageError(
                "method, header, body, file and expect are about an HTTP endpoint: give --url an "
                "address with a path, such as http://127.0.0.1:8000/edit (it is "
                f"{shown or 'Gemini'})"
            )
        prompt_of(options, config)
        return
    if options.prompt or options.vision or options.stream:
        raise UsageError(
            f"prompt, vision and stream are about Gemini, and {shown} is an HTTP endpoint: say "
            "with body or file what is sent there"
        )
    try:
        _endpoint(options).target(str(url))
    except ValueError as error:
        raise UsageError(f"{shown} cannot be called so: {error}") from error


def _endpoint(options: TuneOptions) -> Endpoint:
    return options.endpoint or Endpoint()


def _tokens_per_call(options: TuneOptions, config: Config) -> int:
    text = math.ceil(len(prompt_of(options, config).encode()) / BYTES_PER_TOKEN)
    if not _sends_pictures(options, config):
        return text
    side = math.sqrt(config.workload.image_bytes / 3)  # a byte for each colour of a pixel
    return text + picture_tokens(side, side)


def _sends_pictures(options: TuneOptions, config: Config) -> bool:
    return options.vision or config.api.vision


def _url(options: TuneOptions, config: Config) -> str | None:
    if options.simulate is not None:
        return None
    return options.url or config.api.url or None


def profile_of(options: TuneOptions) -> Profile:
    """Return what is simulated.

    Raises:
        UsageError: There is no such profile.
    """
    from stresstune.emulator import parse_profile  # noqa: PLC0415 - to simulate only

    simulate = options.simulate
    return parse_profile(simulate or "free") if isinstance(simulate, str | None) else simulate


def _gemini(
    options: TuneOptions, config: Config, base_url: str | None, *, api_key: str | None = None
) -> Target:
    from stresstune.api.gemini import Gemini  # noqa: PLC0415 - imports google-genai

    return Gemini(
        options.model or config.api.model or DEFAULT_MODEL,
        prompt=prompt_of(options, config),
        stream=options.stream or config.api.stream,
        images=1 if _sends_pictures(options, config) else 0,
        image_bytes=config.workload.image_bytes,
        api_key=api_key,
        base_url=base_url,
    )
