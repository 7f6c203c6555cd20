"""The style and the script of the report page: files, so that they can be read as what they are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """Return one of these files.

    >>> asset("page.js").startswith("//")
    True
    """
    return files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")
