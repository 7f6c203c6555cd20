"""What the next step of a probe is, as things stand."""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.memory import pace
from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.reckon import fit_so_far
from stresstune.memory.readings import sample
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.request import Request
from stresstune.memory.sources import App, Simulated
from stresstune.model.memory import StoppedBy

_FIT_LASTS = 1.02
"""A fill reckons anew when so many times the sessions are held: at each of the first fifty, and not
ten thousand times over ten thousand steps."""


_LOOKS = 32
"""So many steps find the one that was too many; each reads all pages."""


class NextStep:
    """Chooses how many sessions come next.

    Attributes:
        is_close: Whether the guard could end the step that was chosen: by what is known here, or by
            what was seen in another process.
    """

    def __init__(self, request: Request, ledger: Ledger, boundaries: Sequence[Boundary]) -> None:
        """Prepare to choose.

        Args:
            request: What is probed.
            ledger: What was measured.
            boundaries: The ends of memory.
        """
        self._request, self._ledger, self._boundaries = request, ledger, boundaries
        self._is_app = isinstance(request.source, App)
        self._handles = 0
        self._fitted: tuple[int, Fit] | None = None
        self.is_close = False

    def begin(self, pid: int) -> None:
        """Note how things stand before the first session of this process."""
        self._handles = sample.handle_count(pid) + self._request.threads

    def choose(self, left_bytes: int, pid: int) -> tuple[int, StoppedBy]:
        """Choose; 0 with the reason why there is no next step.

        Args:
            left_bytes: The room before the nearest guard.
            pid: The process that opens the sessions.
        """
        request, held = self._request, self._ledger.held
        now = self._situation(left_bytes, pid)
        is_close = pace.is_close(now)
        self.is_close = is_close or held in self._ledger.singly
        if request.mode == "predict":
            wanted = self._with_care(pace.wanted(now))
            wanted = min(wanted, request.threads) if is_close else wanted
        elif request.options.until == "target":
            wanted = min(request.threads, max(0, request.workload.sessions - held))
        else:
            wanted = request.threads
        if wanted == 0:
            return 0, "target"
        return (wanted if request.crashes else pace.affordable(wanted, now)), "guard"

    def _with_care(self, wanted: int) -> int:
        """Go to where one session was too many in another process, and go on there by the few."""
        held, singly, threads = self._ledger.held, self._ledger.singly, self._request.threads
        if held < singly.start:
            return min(wanted or threads, singly.start - held)
        return max(threads, len(singly) // _LOOKS) if held in singly else wanted

    def most(self, pid: int) -> int:
        """Say how many sessions are opened at most."""
        alone = self._ledger.alone
        return pace.most(self._request.workload.sessions, alone=alone, light=self._is_light(pid))

    def fit(self) -> Fit | None:
        """What the steps say; in a fill, what they said when there were a fiftieth fewer."""
        held = self._ledger.held
        if self._request.mode == "fill" and self._fitted and held < _FIT_LASTS * self._fitted[0]:
            return self._fitted[1]
        fit = fit_so_far(self._ledger, self._request.threads)
        self._fitted = (held, fit) if fit else None
        return fit

    def _situation(self, left_bytes: int, pid: int) -> pace.Situation:
        request, fit = self._request, self.fit()
        room = min((each.room_bytes for each in self._boundaries), default=2**62)
        seconds = self._ledger.seconds_warm
        doubtful = True
        if fit and request.mode == "predict":
            seen = project(fit, room)
            used_share = 1 - left_bytes / max(1, room)
            doubtful = pace.is_doubtful(seen.low, seen.sessions, seen.high, seconds, used_share)
        return pace.Situation(
            counts=tuple(self._ledger.counts),
            fit=fit,
            room_bytes=room,
            left_bytes=left_bytes,
            seconds=seconds,
            threads=request.threads,
            thorough=not isinstance(request.source, Simulated),
            awaits_visits=self._ledger.awaited > 0,
            doubtful=doubtful,
            sessions_wanted=request.workload.sessions,
            alone=self._ledger.alone or self._is_app,
            light=self._is_light(pid),
            one_by_one=self._ledger.one_by_one,
        )

    def _is_light(self, pid: int) -> bool:
        return self._ledger.alone and sample.handle_count(pid) <= self._handles
