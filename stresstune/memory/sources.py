"""What a session is, for the probe: simulated, made by a function, or a real app's."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from stresstune.model.record import Record
from stresstune.model.workload import Workload

ObjectPath = Annotated[
    str, msgspec.Meta(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*$")
]
"""``package.module:function``."""


class Simulated(Record, frozen=True, kw_only=True):
    """Sessions that hold the workload's pictures, made on the spot.

    The kind (encoded, decoded or base64), the number and the size come from the workload.
    """

    checked: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """How results name it."""
        return "simulated"


class Factory(Record, frozen=True):
    """Sessions that a function of the user's makes.

    The function is called once for each session, in a child process and without arguments; what
    it returns is kept alive.

    Attributes:
        target: ``package.module:function``.
        concurrency: How many threads call it at a time; as many as the app has, since what they
            need for a moment adds up.

    Raises:
        ValueError: The target is not of that form, or the concurrency is below 1.

    >>> Factory("workshop.sessions:open_session", concurrency=4).name
    'factory workshop.sessions:open_session'
    """

    checked: ClassVar[bool] = True

    target: ObjectPath
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1

    @property
    def name(self) -> str:
        """How results name it."""
        return f"factory {self.target}"


Source = Simulated | Factory


def child_words(source: Source, workload: Workload) -> list[str]:
    """Say to the sacrificial process, on its command line, what a session is."""
    if isinstance(source, Factory):
        return ["factory", source.target]
    return [
        "simulated",
        workload.image_kind,
        str(workload.images_per_session),
        str(workload.image_bytes),
    ]
