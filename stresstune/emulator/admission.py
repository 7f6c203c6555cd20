"""Who is let in: all quotas of one model, in one place. Pure; the time is handed in."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.emulator.limits import MINUTE_SECONDS, QuotaKind, Quotas, burst_of, windows_of
from stresstune.emulator.quotas import Gate, Meter, Places, make_meter


@dataclass(frozen=True, kw_only=True, slots=True)
class Exceeded:
    """One quota that a call did not fit into.

    Attributes:
        kind: Which quota.
        value: Its limit.
        wait_seconds: How long until such a call would fit.
    """

    kind: QuotaKind
    value: int
    wait_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What a call takes from the quotas, apart from being one.

    Attributes:
        tokens: Its input tokens.
        images: Pictures that it asks for.
    """

    tokens: int = 0
    images: int = 0


@dataclass(frozen=True, slots=True)
class _Counted:
    kind: QuotaKind
    value: int
    meter: Meter

    def amount(self, size: Size) -> int:
        if self.kind == "tokens_per_minute":
            return size.tokens
        return size.images if self.kind == "images_per_minute" else 1


class Admission:
    """Decides for the calls of one project to one model.

    Args:
        quotas: What the model may be asked for.

    >>> door = Admission(Quotas(requests_per_minute=1))
    >>> door.admit(0.0, Size(tokens=5))
    ()
    >>> [(exceeded.kind, exceeded.wait_seconds) for exceeded in door.admit(15.0, Size(tokens=5))]
    [('requests_per_minute', 45.0)]
    """

    def __init__(self, quotas: Quotas) -> None:
        self.quotas = quotas
        self.gate = Gate(quotas.concurrency)
        self.places = None if quotas.places is None else Places(quotas.places, quotas.queue)
        self._counted = tuple(
            _Counted(
                kind,
                value,
                make_meter(
                    window,
                    value,
                    length,
                    burst=burst_of(quotas, kind, value),
                    phase_seconds=quotas.phase_seconds if length == MINUTE_SECONDS else 0.0,
                ),
            )
            for kind, value, window, length in windows_of(quotas)
        )
        for counted in self._counted:
            counted.meter.take(0.0, int(counted.value * quotas.used_ratio))

    def admit(self, now_seconds: float, size: Size) -> tuple[Exceeded, ...]:
        """Let a call in and count it, or say why not.

        Args:
            now_seconds: The service's clock; 0 is when the service started.
            size: What the call takes from the quotas.

        Returns:
            Every quota that the call does not fit into; empty where it was admitted.
        """
        exceeded = tuple(
            Exceeded(
                kind=counted.kind,
                value=counted.value,
                wait_seconds=counted.meter.wait_seconds(now_seconds, counted.amount(size)),
            )
            for counted in self._counted
            if not counted.meter.fits(now_seconds, counted.amount(size))
        )
        if not exceeded or self.quotas.rejected_count:
            self._take(now_seconds, size)
        return exceeded

    def enter(self, now_seconds: float, size: Size) -> bool:
        """Let a call through the gate of concurrency; it leaves by ``gate.leave``.

        Args:
            now_seconds: The service's clock.
            size: What the call takes from the quotas, where refused calls count.
        """
        entered = self.gate.enter()
        if not entered and self.quotas.rejected_count:
            self._take(now_seconds, size)
        return entered

    def _take(self, now_seconds: float, size: Size) -> None:
        for counted in self._counted:
            counted.meter.take(now_seconds, counted.amount(size))
