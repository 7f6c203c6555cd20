"""What would make more sessions fit, in numbers that rest on what was measured. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from stresstune.model.workload import Workload
from stresstune.units import format_bytes, format_ratio, is_binary

_USUAL_SIZES_BYTES = tuple(round(gb * 1e9) for gb in (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256))
"""Sizes in which machines and containers are sold."""

_WORTH_SAYING_RATIO = 1.1
_ROUGHLY_RATIO = 10.0
"""From here on nobody wants the tenths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What advice rests on.

    Attributes:
        workload: What was to be carried.
        simulated: The sessions were simulated, so that their kind can be chosen.
        threads: Sessions made at a time.
        limit_bytes: The limit that binds.
        baseline_bytes: In use before the first session.
        transient_bytes: Needed for a moment by so many threads.
        transient_of_one_bytes: Needed for a moment by one.
        bytes_per_session: What a session keeps.
        sessions_that_fit: The result.
        headroom_ratio: Share of that to be left unused.
        is_app: The probe has started the app itself.
    """

    workload: Workload
    simulated: bool
    threads: int
    limit_bytes: int
    baseline_bytes: int
    transient_bytes: int
    transient_of_one_bytes: int
    bytes_per_session: float
    sessions_that_fit: int
    headroom_ratio: float
    is_app: bool = False

    def fit_with(
        self, *, transient_bytes: float | None = None, bytes_per_session: float | None = None
    ) -> int:
        """Reckon how many would fit if a term were another."""
        transient = self.transient_bytes if transient_bytes is None else transient_bytes
        each = self.bytes_per_session if bytes_per_session is None else bytes_per_session
        return max(0, math.floor((self.limit_bytes - self.baseline_bytes - transient) / each))


def advise(measured: Measured) -> tuple[str, ...]:
    """Say what would help, the largest effect first within each kind of change."""
    if measured.bytes_per_session <= 0:
        return ()
    return (
        *_about_pictures(measured),
        *_about_threads(measured),
        *(_about_more(measured) if _is_short(measured) else ()),
    )


def compare(what: str, sessions: int, instead_of: int, *, at_least: bool = False) -> str:
    """Say what a change does to the number; "" where it is less than a tenth.

    Args:
        what: The change.
        sessions: How many fit with it.
        instead_of: How many fit without.
        at_least: With it, more may fit.

    >>> compare("fewer threads", 26, 20)
    'fewer threads: 1.3 times as many sessions, 26 instead of 20'
    """
    if sessions < _WORTH_SAYING_RATIO * instead_of or sessions <= instead_of:
        return ""
    ratio = sessions / instead_of if instead_of else 0.0
    times = f"{ratio:.{1 if ratio < _ROUGHLY_RATIO else 0}f} times as many sessions, "
    return (
        f"{what}: {'at least ' * at_least}{times * bool(ratio)}{sessions} instead of {instead_of}"
    )


def _is_short(measured: Measured) -> bool:
    return (1 - measured.headroom_ratio) * measured.sessions_that_fit < measured.workload.sessions


def _about_pictures(measured: Measured) -> Iterator[str]:
    kind, encoded_bytes = measured.workload.image_kind, measured.workload.session_bytes
    if measured.simulated and kind != "encoded" and encoded_bytes:
        fits = measured.fit_with(transient_bytes=0, bytes_per_session=encoded_bytes)
        line = compare(f"encoded instead of {kind} pictures", fits, measured.sessions_that_fit)
        if line:
            yield line


def _about_threads(measured: Measured) -> Iterator[str]:
    if measured.threads > 1:
        fits = measured.fit_with(transient_bytes=measured.transient_of_one_bytes)
        what = f"one session made at a time instead of {measured.threads}"
        line = compare(what, fits, measured.sessions_that_fit)
        if line:
            yield line


def _about_more(measured: Measured) -> Iterator[str]:
    wanted = measured.workload.sessions
    # One more than its share where that is no whole number: what is safe is rounded down.
    fitting = math.ceil(wanted / (1 - measured.headroom_ratio) - 1e-9)
    sessions_bytes = fitting * measured.bytes_per_session
    needed = measured.baseline_bytes + measured.transient_bytes + sessions_bytes
    sold = next((size for size in _USUAL_SIZES_BYTES if size >= needed), None)
    machine = f"a machine of {format_bytes(sold)}" if sold else "several machines"
    yield (
        f"{machine}: {wanted} sessions with {format_ratio(measured.headroom_ratio)} headroom need "
        f"{format_bytes(needed, binary=is_binary(measured.limit_bytes))}"
    )
    share = measured.sessions_that_fit * measured.bytes_per_session / measured.limit_bytes
    by_what = "" if measured.is_app else "--app or the App source, with "
    yield (
        f"an external session store such as Redis: sessions are {format_ratio(share)} of what is "
        f"used when memory is full (measure it: {by_what}--what-if-env REDIS_URL=…, or what your "
        "app calls it)"
    )
