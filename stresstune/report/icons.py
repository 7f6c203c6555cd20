"""A sign for each tier, so that colour does not say it alone."""

from __future__ import annotations

_PATHS = {
    "good": "M4.5 10.5l3.5 3.5 7.5-8",
    "concerning": "M10 5v6.5M10 14.6v.4",
    "critical": "M6 6l8 8M14 6l-8 8",
    "inconclusive": "M7.3 7.6a2.8 2.8 0 1 1 4 2.6c-.9.5-1.3 1-1.3 2M10 14.9v.3",
}


def icon(tier: str) -> str:
    """Return the sign of a tier as SVG; "" where there is none.

    >>> icon("good")[:18], icon("")
    ('<svg class="icon" ', '')
    """
    if tier not in _PATHS:
        return ""
    return (
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" fill="none" '
        'stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">'
        f'<circle cx="10" cy="10" r="9" stroke-width="1.6"/><path d="{_PATHS[tier]}"/></svg>'
    )
