"""A report as it is laid out, whatever it is written in: a heading, the answer, sections."""

from __future__ import annotations

from stresstune.model.record import Record
from stresstune.model.verdict import Tier
from stresstune.report.charts.chart import Chart


class Tile(Record, frozen=True, kw_only=True):
    """One part of the answer, to be read at a glance.

    Attributes:
        label: What it is.
        value: The answer, in a few words.
        note: One sentence more, or "".
    """

    label: str
    value: str
    note: str = ""


class Grid(Record, frozen=True, kw_only=True):
    """A table.

    Attributes:
        header: Names of the columns.
        rows: Cells; every row has as many as the header.
        caption: What it is, for whoever hears it.
        fold: What is seen of it until somebody opens it, or "" for a table that is always open. On
            paper it stays away.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    fold: str = ""


class Part(Record, frozen=True, kw_only=True):
    """Something under a heading; what is empty is left out.

    Attributes:
        lead: One or two sentences.
        items: Sentences of a list.
        steps: Sentences of a reckoning, one after the other.
        chart: A picture.
        grid: A table.
        diff: A unified diff.
        heading: A smaller heading of its own.
    """

    lead: str = ""
    items: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    chart: Chart | None = None
    grid: Grid | None = None
    diff: str = ""
    heading: str = ""

    @property
    def is_filled(self) -> bool:
        """Whether there is anything under its heading."""
        return any((self.lead, self.items, self.steps, self.chart, self.grid, self.diff))


class Section(Record, frozen=True, kw_only=True):
    """A heading and what stands under it.

    Attributes:
        id: Its name within the page.
        title: The heading.
        parts: What stands there.
    """

    id: str
    title: str
    parts: tuple[Part, ...]


class Sheet(Record, frozen=True, kw_only=True):
    """A whole report.

    Attributes:
        title: Of the page.
        subtitle: Which run of which config, and when.
        tier: How well it is.
        headline: The answer in one sentence.
        tiles: The same at a glance: the tier, what binds, what was set.
        warnings: What must be known before anything else is believed.
        sections: All the rest.
        footer: Where it comes from.

    >>> sheet = Sheet(title="Report", subtitle="", tier="good", headline="All 30 people fit.")
    >>> sheet.headline
    'All 30 people fit.'
    """

    title: str
    subtitle: str
    tier: Tier
    headline: str
    tiles: tuple[Tile, ...] = ()
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    footer: str = ""

    def section(self, name: str) -> Section | None:
        """Return a section by its id, or None if there is none."""
        return next((one for one in self.sections if one.id == name), None)
