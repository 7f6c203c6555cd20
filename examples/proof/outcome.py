"""What a case came to, as values: they are saved, and table and chart are made of them alone."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

GOAL_FAILED_RATIO = 0.01
GOAL_SHARE = 0.85
"""Of the students whom the best setting carries; both are the goal that the proof was given."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What became of a class.

    Attributes:
        seated: Students that got a seat and kept it, with their pictures, until the end.
        turned_away: Students that the full house turned away.
        lost: Sessions that were lost with their pictures.
        kills: Processes that the kernel killed.
        requests: Uploads and captions that were asked for, each repetition too.
        failed: Those of them that failed, whatever the reason.
        reasons: The failures, by the app's own word.
        wait_p50_seconds: From the wish to the caption, repetitions and slow mode included, on the
            class's clock: the median.
        wait_p95_seconds: Likewise, 95 % waited no longer.
    """

    seated: int = 0
    turned_away: int = 0
    lost: int = 0
    kills: int = 0
    requests: int = 0
    failed: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    wait_p50_seconds: float = 0.0
    wait_p95_seconds: float = 0.0

    @property
    def failed_ratio(self) -> float:
        """Share of the requests that failed."""
        return self.failed / self.requests if self.requests else 0.0

    @property
    def holds(self) -> bool:
        """Whether that was a good lesson: nothing killed or lost, at most 1 % failed."""
        unharmed = not self.kills and not self.lost
        return unharmed and self.failed_ratio <= GOAL_FAILED_RATIO and self.seated > 0

    @property
    def words(self) -> str:
        """What became of it, in a line."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.reasons.items())
        return (
            f"{self.seated} seated, {self.turned_away} turned away, {self.kills} killed, "
            f"{self.lost} lost, {self.failed} of {self.requests} failed"
            f"{f' ({reasons})' if reasons else ''}, wait p50 {self.wait_p50_seconds:.1f} s, "
            f"p95 {self.wait_p95_seconds:.1f} s"
        )


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """The settings that a class worked on.

    Attributes:
        seats: Students that are let in.
        slow_mode_seconds: The pause before each caption; None is no slow mode.
    """

    seats: int
    slow_mode_seconds: float | None = None

    @property
    def words(self) -> str:
        """They in a few words."""
        if self.slow_mode_seconds is None:
            return f"{self.seats} seats"
        return f"{self.seats} seats, slow mode {self.slow_mode_seconds:g} s"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a case came to.

    Attributes:
        case: Its name.
        binds: What is short, for the table.
        students: T, who all wanted in.
        limit: The real limit on memory, in words.
        was: The settings before.
        before: The class on them.
        became: The settings after.
        after: The class on them.
        binding: What stresstune says that binds.
        written: What became of the file, in stresstune's word.
        best: Students that the best setting carries.
        headroom_ratio: Where memory binds: what the config says of it, or None for the default.
    """

    case: str
    binds: str
    students: int
    limit: str
    was: Knobs
    before: Seen
    became: Knobs
    after: Seen
    binding: str
    written: str
    best: int
    headroom_ratio: float | None = None

    @property
    def share(self) -> float:
        """Students carried after tuning, of those that the best setting carries."""
        return self.after.seated / self.best if self.best else 1.0

    @property
    def reached(self) -> bool:
        """Whether the tuned class was a good one, and nearly as large as it can be."""
        return self.after.holds and self.share >= GOAL_SHARE


def save(outcomes: list[Outcome], path: Path) -> None:
    """Keep the outcomes as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(outcomes)) + b"\n")


def load(path: Path) -> list[Outcome]:
    """Return outcomes that were kept.

    Raises:
        OSError: There is no such file.
        msgspec.MsgspecError: It holds something else.
    """
    return msgspec.json.decode(path.read_bytes(), type=list[Outcome])
