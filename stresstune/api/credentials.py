"""Where the API key comes from: an argument or the environment, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping

from stresstune.errors import CredentialsMissing

KEY_VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""In the order in which google-genai itself looks, so that probe and app use the same project."""

NO_KEY = "no-key"
"""What is sent to an address of one's own (the emulator, a gateway) where there is no key."""


def find_api_key(
    api_key: str | None = None,
    *,
    base_url: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Return the key to use.

    Args:
        api_key: The key, if the caller has one.
        base_url: Where calls go, if not to Google; no key is needed there.
        environ: The environment.

    Raises:
        CredentialsMissing: There is none, and Google is to be called.

    >>> find_api_key(environ={"GEMINI_API_KEY": " abc "})
    'abc'
    """
    candidates = (api_key, *(environ.get(name) for name in KEY_VARIABLES))
    keys = (candidate.strip() for candidate in candidates if candidate)
    key = next((key for key in keys if key), NO_KEY if base_url else "")
    if not key:
        raise CredentialsMissing(
            "no API key: set GEMINI_API_KEY, or measure against the emulator with --simulate, or "
            "measure memory alone with `stresstune apply --only memory`"
        )
    return key


def name_key(key: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Say where a key came from, so that its owner can mend it, without saying the key.

    >>> name_key("abc", environ={"GOOGLE_API_KEY": "abc", "GEMINI_API_KEY": "def"})
    'GOOGLE_API_KEY'
    """
    found = (name for name in KEY_VARIABLES if environ.get(name, "").strip() == key)
    return next(found, "the key that was given")
