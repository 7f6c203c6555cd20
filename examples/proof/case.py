"""The cases: a class, a machine, an API."""

from dataclasses import dataclass, field, replace

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Case:
    """One class on one machine.

    Attributes:
        name: How it is called on the command line.
        binds: What is short, for the table.
        students: T, who all want in.
        pictures: Photos of each.
        picture_bytes: Size of one.
        limit_bytes: Memory of the server.
        api: Options of the emulator, as ``stresstune emulate`` has them.
        places: Calls that the server itself has open at a time; 0 is no limit.
        redis: Sessions are kept in a Redis on another machine (outside of the control group).
        think_seconds: Mean time that a student looks at a caption.
        headroom_ratio: Share of the sessions that fit which stays unused, or None for the default.
        error_tolerance_ratio: Share of the calls that may fail on average.
        seconds: How long the class works once all photos are there, on its own clock.
        time_scale: How much faster than the wall that clock runs.
        arrive_seconds: Within this time all come, on the wall's clock.
        settle_seconds: For so long the class waits for everybody's photos, likewise.
        probe_seconds: What the probe of the API may take, or None for the default.
    """

    name: str
    binds: str
    students: int = 20
    pictures: int = 2
    picture_bytes: int = 500_000
    limit_bytes: int = 1024 * MIB
    api: dict[str, float | str] = field(default_factory=dict)
    places: int = 0
    redis: bool = False
    think_seconds: float = 2.0
    headroom_ratio: float | None = None
    error_tolerance_ratio: float = 0.005
    seconds: float = 120.0
    time_scale: float = 4.0
    arrive_seconds: float = 4.0
    settle_seconds: float = 40.0
    probe_seconds: float | None = None

    @property
    def config(self) -> str:
        """The config as people write it: everybody is let in, and there is no slow mode."""
        headroom = f"headroom_ratio = {self.headroom_ratio}" if self.headroom_ratio else ""
        return f"""\
MAX_CONCURRENT_SESSIONS = {self.students}

[slow_mode]
default = false
delay_seconds = 3.0

[stresstune.workload]
sessions = {self.students}
images_per_session = {self.pictures}
image_bytes = {self.picture_bytes}
think_seconds = {self.think_seconds}
error_tolerance_ratio = {self.error_tolerance_ratio}

[stresstune.policy]
{headroom}
"""


def quick(case: Case) -> Case:
    """Return the same case with a short class: for a look, since 1 % of few calls is luck."""
    return replace(case, seconds=case.seconds / 6)


_WIDE: dict[str, float | str] = {"rpm": 1000, "latency": 1.5}
_MEMORY = Case(
    name="memory",
    binds="memory",
    pictures=6,
    picture_bytes=2_610_000,
    limit_bytes=400 * MIB,
    api=_WIDE,
    headroom_ratio=0.05,
)

CASES = (
    _MEMORY,
    Case(
        name="rpm",
        binds="requests a minute",
        students=12,
        api={"rpm": 100, "latency": 1.5},
        seconds=1000.0,
        time_scale=10.0,
    ),
    Case(
        name="places",
        binds="the server's own concurrency",
        students=12,
        api=_WIDE,
        places=5,
        seconds=900.0,
        time_scale=6.0,
    ),
    Case(name="fine", binds="nothing", students=8, api=_WIDE),
    replace(_MEMORY, name="redis", binds="nothing: Redis has the pictures", redis=True),
)
"""What binds decides how long a class must be. A kill shows at once. A quota and the places fail a
small share of the calls, and one call in 100 may: a thousand calls and more are needed to tell."""
