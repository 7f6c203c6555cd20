"""The stand-ins for colours while a chart is drawn."""

from __future__ import annotations

from stresstune.report.charts.chart import Tone

INKS: dict[Tone | str, str] = {
    "ink": "#0a0001",
    "muted": "#0a0002",
    "main": "#0a0003",
    "good": "#0a0004",
    "warn": "#0a0005",
    "bad": "#0a0006",
    "grid": "#0a0007",
    "paper": "#0a0008",
}
"""Each tone's stand-in while it is drawn; `draw` puts a theme's colour in its place."""
