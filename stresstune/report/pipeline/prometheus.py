"""A summary in Prometheus' text format, for the textfile collector or a push gateway."""

from __future__ import annotations

from stresstune.report.pipeline.summary import Gauge, Summary

PREFIX = "stresstune_"


def render_prometheus(summary: Summary) -> str:
    r"""Render each number as a gauge; those of one name stand together.

    >>> used = Gauge(name="sessions_that_fit", about="Sessions that fit in memory.", value=25)
    >>> print(render_prometheus(
    ...     Summary(command="check", path="a.toml", verdict="ok", gauges=(used,))))
    # HELP stresstune_sessions_that_fit Sessions that fit in memory.
    # TYPE stresstune_sessions_that_fit gauge
    stresstune_sessions_that_fit{config="a.toml"} 25
    """
    families: dict[str, list[Gauge]] = {}
    for gauge in summary.gauges:
        families.setdefault(gauge.name, []).append(gauge)
    return "\n".join(line for family in families.values() for line in _lines(family, summary.path))


def _lines(family: list[Gauge], path: str) -> list[str]:
    name = PREFIX + family[0].name
    about = family[0].about.replace("\\", "\\\\").replace("\n", "\\n")
    return [
        f"# HELP {name} {about}",
        f"# TYPE {name} gauge",
        *(
            f"{name}{{{_labels({'config': path, **one.labels})}}} {one.value:.15g}"
            for one in family
        ),
    ]


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
