"""The state of a running emulator: clock, dice, quotas by project and model, counts."""

from __future__ import annotations

import math
import random

from stresstune.emulator.admission import Admission
from stresstune.emulator.clock import Clock
from stresstune.emulator.counts import Counts, Tally
from stresstune.emulator.limits import Quotas
from stresstune.emulator.profile import ONE_PROJECT, FaultName, Profile


class World:
    """Everything that changes while an emulator runs.

    Args:
        profile: What does not change.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.reset()

    def reset(self, profile: Profile | None = None) -> None:
        """Begin anew: counts at zero, quotas unused, clock at 0. Calls under way go on.

        Args:
            profile: What the service is like from now on; None leaves that as it is.
        """
        self.profile = profile or self.profile
        self._dice = random.Random(self.profile.seed)
        self.clock = Clock(self.profile.time_scale)
        self.tally = Tally()
        self._admissions: dict[tuple[str, str], Admission] = {}

    def counts(self) -> Counts:
        """Return what was counted until now."""
        return self.tally.counts(self.clock.now())

    def project_of(self, key: str) -> str | None:
        """Return the project that a key belongs to, or None if there is no such key."""
        return self.profile.keys.get(key) if self.profile.keys else ONE_PROJECT

    def admission(self, project: str, model: str, quotas: Quotas) -> Admission:
        """Return who decides for this project's calls to this model."""
        name = (project, quotas.bucket or model)
        if name not in self._admissions:
            self._admissions[name] = Admission(quotas)
        return self._admissions[name]

    def chance(self) -> float:
        """Return a random number of 0 to 1."""
        return self._dice.random()

    def happens(self, ratio: float) -> bool:
        """Throw the dice, if there is anything to throw for."""
        return ratio > 0 and self._dice.random() < ratio

    def service_seconds(self) -> float:
        """Return how long one answer takes: lognormal, or always the median."""
        pace = self.profile.pace
        if pace.sigma == 0:
            return pace.median_seconds
        return pace.median_seconds * math.exp(self._dice.gauss(0.0, pace.sigma))

    def fault(self, *, streams: bool) -> FaultName | None:
        """Throw the dice for what goes wrong with an admitted call, and count it.

        Args:
            streams: Whether it is answered by a stream; only a stream can end with an error.
        """
        shares = self.profile.faults.shares()
        if not shares:
            return None
        mark = self._dice.random()
        for name, share in shares.items():
            mark -= share
            if mark < 0:
                return self._counted(name) if streams or name != "stream_error" else None
        return None

    def _counted(self, fault: FaultName) -> FaultName:
        self.tally.by_fault[fault] += 1
        return fault
