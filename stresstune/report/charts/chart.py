"""What a chart is, whoever draws it: layers of marks in the units of its axes."""

from __future__ import annotations

from typing import Literal

from stresstune.model.record import Record

Tone = Literal["ink", "muted", "main", "good", "warn", "bad"]
"""What a mark means; a theme gives each its colour. Shape and words say the same."""

Kind = Literal["line", "dots", "bars", "band", "range", "level", "moment", "span", "note"]
"""``line`` through the points, ``dots`` on them; ``bars`` from y to y2 between x and x2; ``band``
from y to y2 along x; ``range`` an upright stroke from y to y2; ``level`` a line across at y,
``moment`` an upright line at x, ``span`` everything from x to x2; ``note`` is words alone, at the
top, about what lies above the picture."""


class Point(Record, frozen=True, kw_only=True):
    """One mark.

    Attributes:
        x: Where it is.
        y: Likewise.
        x2: Other end of a bar or a span.
        y2: Other end of a bar, a band or a range.
        says: What it shows, for whoever points at it, or "".
    """

    x: float = 0.0
    y: float = 0.0
    x2: float | None = None
    y2: float | None = None
    says: str = ""


class Layer(Record, frozen=True, kw_only=True):
    """Marks of one kind.

    Attributes:
        kind: How they look.
        points: Where they are.
        tone: What they mean.
        label: What is written beside them, or "".
        dashed: A line that is reckoned, not measured.
        is_big: The mark that the picture is about.
        label_height_ratio: How far up the label of a ``moment`` stands (0 to 1).
    """

    kind: Kind
    points: tuple[Point, ...]
    tone: Tone = "main"
    label: str = ""
    dashed: bool = False
    is_big: bool = False
    label_height_ratio: float = 0.06


class Axis(Record, frozen=True, kw_only=True):
    """One axis.

    Attributes:
        title: What it counts, with its unit.
        max: Its end.
        min: Its beginning.
        is_whole: There are no halves of it.
    """

    title: str
    max: float
    min: float = 0.0
    is_whole: bool = False


class Chart(Record, frozen=True, kw_only=True):
    """One picture, and the same in words and as a table.

    Attributes:
        id: Its name within a page.
        title: What it is.
        summary: What it shows, in sentences with numbers: it stands for the picture.
        x: The axis across.
        y: The axis upward.
        layers: What is drawn, the lowest first.
        header: Columns of the table.
        rows: The table.

    >>> line = Layer(kind="level", points=(Point(y=30),), label="30 wanted")
    >>> Chart(id="c", title="Sessions", summary="30 are wanted.", layers=(line,),
    ...       x=Axis(title="s", max=15), y=Axis(title="people", max=40)).layers[0].label
    '30 wanted'
    """

    id: str
    title: str
    summary: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
