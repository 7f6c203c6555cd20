"""What is changed in a config, and what is not, as text."""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.model.change import Change, Kept
from stresstune.report.table import sentences
from stresstune.report.verdict import show_value


def render_changes(changes: Sequence[Change], *, width: int = 80) -> str:
    """List changes with their reasons.

    >>> print(render_changes([Change(key="MAX", old=30, new=15, because="15 fit.")]))
    - MAX: 30 -> 15, because 15 fit.
    """
    return sentences([_change_words(change) for change in changes], width=width)


def render_kept(kept: Sequence[Kept], *, width: int = 80) -> str:
    """List the values that were recommended and are not written, with their reasons."""
    return sentences(
        [f"{one.key} stays {show_value(one.value)}: {one.because}." for one in kept], width=width
    )


def _change_words(change: Change) -> str:
    because = f", because {change.because}" if change.because else ""
    return f"{change.key}: {show_value(change.old)} -> {show_value(change.new)}{because}"
