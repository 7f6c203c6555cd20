"""What a session is, for the probe: simulated, made by a function, or a real app's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec

from stresstune.model.record import Record
from stresstune.model.workload import Workload

_OBJECT_PATH = r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*$"

ObjectPath = Annotated[str, msgspec.Meta(pattern=_OBJECT_PATH)]
"""``package.module:function``."""


def is_object_path(text: str) -> bool:
    """Tell whether a text names an object in a module.

    >>> is_object_path("myapp.sessions:open_session"), is_object_path("myapp.sessions")
    (True, False)
    """
    return re.fullmatch(_OBJECT_PATH, text) is not None


SESSIONS_VARIABLE = "MAX_CONCURRENT_SESSIONS"
LIFTED_SESSIONS = 100_000
"""Far more sessions than are ever opened here."""


class Simulated(Record, frozen=True, kw_only=True):
    """Sessions that hold the workload's pictures, made on the spot.

    The kind (encoded, decoded or base64), the number and the size come from the workload.

    >>> from stresstune import Workload, probe_memory
    >>> small = Workload(sessions=2, images_per_session=1, image_bytes=100_000)
    >>> probe_memory(small, source=Simulated()).source
    'simulated'
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


class App(Record, frozen=True, kw_only=True):
    """Sessions of a real app: its server is started, and sessions are opened over HTTP.

    The memory of the whole process tree of the server is measured; whoever opens the sessions is
    not counted. A prediction starts the server two or three times where that is done within 30 s:
    which heaps its threads fill is chance each time, and the fewest sessions count.

    Attributes:
        command: How the server is started. ``{port}`` is replaced by a free port, which is also
            in the environment as ``PORT``.
        ready: Path that answers (below 400) when the server is ready, or a whole URL where the
            port is fixed.
        open_session: ``package.module:coroutine``; it is given the base URL, opens one session,
            and returns what must be kept for it (a client, a cookie). It raises where it fails; a
            ``status`` or ``status_code`` on the error says how.
        concurrency: Sessions opened at a time.
        ready_seconds: How long the server may take to be ready.
        environment: Variables for the server, beyond the caller's own. By default its session knob
            is lifted by ``MAX_CONCURRENT_SESSIONS``, so that memory shows before the knob does.

    Raises:
        ValueError: There is no command, or a field is not of its form.

    >>> App(command=["gunicorn", "app:app", "-b", "127.0.0.1:{port}"], ready="/healthz",
    ...     open_session="workshop.load:open_session").name
    'app gunicorn app:app -b 127.0.0.1:{port}'
    """

    checked: ClassVar[bool] = True

    command: Sequence[str]
    ready: Annotated[str, msgspec.Meta(pattern=r"^(/|https?://)")] = "/"
    open_session: ObjectPath
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    ready_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 30.0
    environment: Mapping[str, str] = msgspec.field(
        default_factory=lambda: {SESSIONS_VARIABLE: str(LIFTED_SESSIONS)}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.command:
            raise ValueError("App.command is empty: name the program that starts the server")

    @property
    def name(self) -> str:
        """How results name it."""
        return f"app {' '.join(self.command)}"[:80]


Source = Simulated | Factory | App


def child_words(source: Source, workload: Workload) -> list[str]:
    """Say to the sacrificial process, on its command line, what a session is."""
    if isinstance(source, App):
        return [source.open_session, source.ready, str(source.ready_seconds), *source.command]
    if isinstance(source, Factory):
        return ["factory", source.target]
    return [
        "simulated",
        workload.image_kind,
        str(workload.images_per_session),
        str(workload.image_bytes),
    ]


def child_module(source: Source) -> Literal["inside", "client"]:
    """Say which of this room's two programs opens the sessions."""
    return "client" if isinstance(source, App) else "inside"
