"""``probe``: measure memory or the API, and decide nothing."""

from __future__ import annotations

import click


@click.group()
def probe() -> None:
    """Measure memory or the API, and decide nothing."""
