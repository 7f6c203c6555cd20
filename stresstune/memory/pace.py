"""How many sessions to open next, to know enough soon. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import differ
from stresstune.memory.reckoning.overlap import ROUNDS_OF

FEW_STEPS = 4
"""One warm-up and three that count: exact in 54 of 54 real kills of equal sessions."""

_SIGNAL_BYTES = 24 * 2**20
_SIGNAL_SHARE = 0.05
_SIGNAL_SECONDS = 1.5

_MOST_AT_LEAST = 600
_MOST_PROCESSES = 64
_MOST_OBJECTS = 20_000
_MOST_PER_WANTED = 4
_STEPS_OF_MANY = 8
"""Small sessions are opened in bulk, but not so many that files or threads run out first."""

_THOROUGH_SECONDS = 4.0
"""Caches that fill up and models that are loaded late show only if one looks for a while."""
_THOROUGH_STEP_SHARE = 0.02

_STEPS_TOGETHER = 2
"""The warm-up, and one that starts the threads: then they go round freely while there is room."""

_ROUNDS = 8
"""How peaks meet differs from round to round."""

_WIDE_SECONDS = 20.0
_WIDE_STEP_SHARE = 0.02

_STEP_SECONDS = 5.0
"""What a step has opened counts when all of it is open: slow sessions are asked for by the few."""

_PATIENT_SECONDS = 8.0

_HALF_WAY_SHARE = 0.5

_GROWS_ON_SHARE = 0.15

_CLOSE = 2.0

_CAUTION = 1.25
"""The next session may be larger than the largest so far."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when the next step is chosen.

    Attributes:
        counts: Sessions opened in each step so far.
        fit: What the steps say; None before the first.
        room_bytes: The whole room for the app.
        left_bytes: What is left of it above the guard.
        seconds: Since all was warm: the first session was complete, in each process of an app.
        threads: Sessions made at a time.
        thorough: The sessions are somebody's code, and may surprise.
        awaits_visits: An app has processes that hold no session yet.
        doubtful: The number that fits is not known to one session or 1 % yet.
        sessions_wanted: The workload's.
        alone: The sessions start no processes of their own.
        one_by_one: See `Ledger`.
        light: They open no files and start no threads either, so that no other limit is met.
    """

    counts: tuple[int, ...]
    fit: Fit | None
    room_bytes: int
    left_bytes: int
    seconds: float
    threads: int
    thorough: bool
    doubtful: bool
    sessions_wanted: int = 1
    awaits_visits: bool = False
    alone: bool = True
    light: bool = False
    one_by_one: bool = False

    @property
    def most(self) -> int:
        """Sessions that a prediction opens at most, beyond the first few steps."""
        return most(self.sessions_wanted, alone=self.alone, light=self.light)


def most(wanted: int, *, alone: bool, light: bool) -> int:
    """Say how many sessions a prediction opens at most; see `Situation` for the names."""
    usual = max(_MOST_AT_LEAST, _MOST_PER_WANTED * wanted)
    if not alone:
        return _MOST_PROCESSES
    return max(usual, _MOST_OBJECTS) if light else usual


def is_doubtful(low: int, best: int, high: int, seconds: float, used_share: float) -> bool:
    """Tell whether an interval is worth more sessions: at first one of 1 %, after a while of 3 %.

    Where the half of the room is used, the rest takes no longer than what there was.

    >>> is_doubtful(98, 100, 102, 1.0, 0.3), is_doubtful(98, 100, 102, 10.0, 0.3)
    (True, False)
    >>> is_doubtful(98, 100, 102, 10.0, 0.6)
    True
    """
    if seconds < _PATIENT_SECONDS or used_share > _HALF_WAY_SHARE:
        return high - low > max(1, best // 100)
    return differ(low, best)


def affordable(count: int, now: Situation) -> int:
    """Reduce a step until it stays on this side of the guard; 0 if not even one session does."""
    if now.fit is None:
        return min(count, 1)  # nothing is known yet: one, and the guard watches
    while count and _expected_bytes(now.fit, count, now) > now.left_bytes:
        count //= 2
    return count


def is_close(now: Situation) -> bool:
    """Tell whether the guard could end the next step, though it is expected to fit."""
    if now.fit is None:
        return False
    return _CLOSE * _expected_bytes(now.fit, now.threads, now) > now.left_bytes


def _expected_bytes(fit: Fit, count: int, now: Situation) -> float:
    at_a_time = min(count, now.threads)
    each = fit.mean_bytes if fit.is_equal and now.threads > 1 else fit.largest_bytes
    return count * each * _CAUTION + at_a_time * fit.transient_of_one_bytes - fit.last.free_bytes


def wanted(now: Situation) -> int:
    """Say how many sessions the next step of a prediction should open; 0 where enough is known."""
    return min(_worth_knowing(now), _in_a_while(now))


def _in_a_while(now: Situation) -> int:
    """Say how many sessions a step may open so as not to take all the time that there is."""
    later = sum(now.counts[1:])
    if now.seconds <= 0 or later == 0:
        return now.most
    least = 1 if now.threads == 1 else 2 * now.threads  # a round, as below
    return max(least, int(_STEP_SECONDS * later / now.seconds))


def _worth_knowing(now: Situation) -> int:
    """Say how many more would tell something, however long they take."""
    if now.fit is None or (now.one_by_one and len(now.counts) <= FEW_STEPS):
        return 1
    if len(now.counts) < (FEW_STEPS if now.threads == 1 else _STEPS_TOGETHER):
        return now.threads
    if _knows_too_little_of_threads(now):
        return _round(now)
    if _is_known(now) or sum(now.counts) >= now.most:
        return _if_weak(now) or _look_on(now)
    if now.seconds > _WIDE_SECONDS:
        return 0
    return _if_weak(now) or _share_of_room(_WIDE_STEP_SHARE, now)


def _is_known(now: Situation) -> bool:
    """Whether the number will hardly change."""
    assert now.fit is not None
    if now.fit.grows and now.left_bytes > _GROWS_ON_SHARE * now.room_bytes:
        return False  # what grows may grow in another way farther on
    even = now.fit.is_equal and now.fit.peaks.are_even(now.fit.mean_bytes)
    return even or not now.doubtful


def _knows_too_little_of_threads(now: Situation) -> bool:
    """Whether threads must be seen going their own ways, several times, while there is room."""
    if now.threads == 1 or now.seconds > _WIDE_SECONDS:
        return False
    rounds = [count for count in now.counts if count >= 2 * now.threads]
    return len(rounds) < _ROUNDS and sum(now.counts) < now.most


def _round(now: Situation) -> int:
    """Size a round so that several find room."""
    assert now.fit is not None
    free = now.left_bytes + now.fit.last.free_bytes - now.fit.transient_bytes
    fits = round(free / _ROUNDS / now.fit.size_bytes)
    return min(ROUNDS_OF * now.threads, max(2 * now.threads, fits))


def _if_weak(now: Situation) -> int:
    """Double the step while so little was kept that the measurement's resolution shows in it."""
    assert now.fit is not None
    kept = now.fit.mean_bytes * sum(now.counts[1:])
    weak = kept < min(_SIGNAL_BYTES, _SIGNAL_SHARE * now.room_bytes)
    if not weak or now.seconds > _SIGNAL_SECONDS:
        return 0
    step = max(now.threads, min(2 * now.counts[-1], now.most // _STEPS_OF_MANY))
    return max(0, min(now.most - sum(now.counts), step))


def _look_on(now: Situation) -> int:
    """Go on for a while with sessions that are somebody's code, though they seem to be known."""
    left = now.most - sum(now.counts)
    if not now.thorough or left <= 0:
        return 0
    step = min(left, _share_of_room(_THOROUGH_STEP_SHARE, now))
    if _is_end_in_reach(now) and _is_usual_one_expected_to_fit(now):
        return step  # though one that needs as much as the largest would meet the guard
    enough_seconds = _WIDE_SECONDS if now.awaits_visits else _THOROUGH_SECONDS
    return 0 if now.seconds > enough_seconds else affordable(step, now)


def _is_usual_one_expected_to_fit(now: Situation) -> bool:
    assert now.fit is not None
    usual_bytes = _CAUTION * now.fit.size_bytes + now.fit.peaks.least_bytes
    return usual_bytes - now.fit.last.free_bytes <= now.left_bytes


def _is_end_in_reach(now: Situation) -> bool:
    """Whether the rest of the room will be full soon, at the pace so far: then it is seen.

    A report of all sessions that the fiftieth makes ends it, and the forty before say nothing.
    """
    assert now.fit is not None
    later = sum(now.counts[1:])
    more = now.left_bytes / now.fit.size_bytes
    if more > now.most - sum(now.counts):
        return False
    return now.seconds * (1 + more / max(1, later)) <= _WIDE_SECONDS


def _share_of_room(share: float, now: Situation) -> int:
    assert now.fit is not None
    return min(now.most, max(now.threads, round(share * now.room_bytes / now.fit.size_bytes)))
