"""The cases: a class, a machine, an API."""

from dataclasses import dataclass, field

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Case:
    """One class on one machine.

    Attributes:
        name: How it is called on the command line.
        binds: What is meant to bind, for the table.
        students: T, who all want in.
        pictures: Photos of each.
        picture_bytes: Size of one.
        limit_bytes: Memory of the server.
        api: Options of the emulator, as ``stresstune emulate`` has them.
        places: Calls that the server itself has open at a time; 0 is no limit.
        redis: Sessions are kept in a Redis on another machine (outside of the control group).
        think_seconds: Mean time that a student looks at a caption.
        seconds: How long the class works, on its own clock.
        time_scale: How much faster than the wall that clock runs.
    """

    name: str
    binds: str
    students: int = 20
    pictures: int = 6
    picture_bytes: int = 2_610_000
    limit_bytes: int = 1024 * MIB
    api: dict[str, float | str] = field(default_factory=dict)
    places: int = 0
    redis: bool = False
    think_seconds: float = 2.0
    seconds: float = 150.0
    time_scale: float = 4.0


_WIDE: dict[str, float | str] = {"rpm": 600, "latency": 1.5}

CASES = (
    Case(name="memory", binds="memory", limit_bytes=400 * MIB, api=_WIDE, seconds=60.0),
    Case(
        name="rpm",
        binds="requests a minute",
        students=12,
        pictures=2,
        picture_bytes=500_000,
        api={"rpm": 100, "latency": 1.5},
    ),
    Case(
        name="places",
        binds="the server's own concurrency",
        students=12,
        pictures=2,
        picture_bytes=500_000,
        api=_WIDE,
        places=5,
        seconds=600.0,  # one call in 150 may fail: fewer calls would prove nothing
        time_scale=8.0,
    ),
    Case(name="fine", binds="nothing", students=8, pictures=2, picture_bytes=500_000, api=_WIDE),
    Case(
        name="redis",
        binds="nothing any more",
        limit_bytes=400 * MIB,
        api=_WIDE,
        redis=True,
        seconds=60.0,
    ),
)
"""The same class as in ``memory`` does well in the last one: Redis has the pictures."""
