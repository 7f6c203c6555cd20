"""One probe: opens session after session, and stops in time."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from stresstune.errors import Interrupted
from stresstune.memory import freely
from stresstune.memory.again import Again
from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.child.reply import Patience
from stresstune.memory.ending import End, Endings
from stresstune.memory.ends import crash
from stresstune.memory.ends.boundary import (
    Boundary,
    Watch,
    is_quiet,
    look_around,
    stated_by_others,
    stated_bytes,
    with_more_of_others,
)
from stresstune.memory.ends.limits import Survey, survey
from stresstune.memory.findings.conclude import conclude, is_known
from stresstune.memory.findings.evidence import Evidence
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.next_step import NextStep
from stresstune.memory.reckoning.unseen import NOTHING_KEPT, is_empty, is_unseen
from stresstune.memory.request import Request
from stresstune.memory.sources import App, Simulated
from stresstune.memory.start import sessions_process
from stresstune.memory.stepwise import Stepwise
from stresstune.memory.teller import Teller
from stresstune.model.memory import MemoryCapacity


class Run:
    """A probe under way."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._found: Survey = survey(override_bytes=request.limit_bytes)
        self._boundaries: tuple[Boundary, ...] = look_around(self._found.ceilings)
        self._is_app = isinstance(request.source, App)
        self._others: tuple[Ledger, ...] = ()
        self._again: list[Ledger] = []
        self._others_before_bytes = self._others_bytes()
        self._kills_before = crash.kill_count(self._found)
        self._teller = Teller(
            request.on_progress, request.workload.sessions if request.mode == "fill" else None
        )
        self._take_up(self._new_ledger())

    def _take_up(self, ledger: Ledger) -> None:
        """Note from now on in this one."""
        self._ledger = ledger
        self._endings = Endings(self._request, ledger, self._boundaries, self._kernel_killed)
        self._next = NextStep(self._request, ledger, self._boundaries)

    @property
    def rooms_bytes(self) -> tuple[int, ...]:
        """What there was for the app inside each end of memory, before it was started."""
        return tuple(each.room_bytes for each in self._boundaries)

    def _new_ledger(self) -> Ledger:
        group = self._found.groups[0] if self._found.groups else None
        return Ledger(group=group, itself=not self._is_app, quiet=is_quiet(group))

    def _take_up_another(self) -> None:
        """Note what another process does, which goes the same way."""
        now = self._ledger
        self._take_up(self._new_ledger())
        self._ledger.one_by_one, self._ledger.unarmed = now.one_by_one, now.unarmed
        self._ledger.singly = now.singly

    def _ledger_again(self) -> Ledger:
        self._again.append(self._new_ledger())
        return self._again[-1]

    def capacity(self) -> MemoryCapacity:
        """Probe, and say what was found.

        Raises:
            Interrupted: By Ctrl-C, or because it was asked to stop.
        """
        try:
            end = self._run()
        except KeyboardInterrupt as interrupt:
            raise Interrupted(self._conclude(End("interrupted"))) from interrupt
        capacity = self._conclude(end)
        if end.stopped_by == "interrupted":
            raise Interrupted(capacity)
        return capacity

    def _conclude(self, end: End) -> MemoryCapacity:
        if self._kept_nothing(end):
            end = End("error", NOTHING_KEPT)
        grown_bytes = self._others_bytes() - self._others_before_bytes
        seen = self._evidence(end, self._others)
        boundaries = with_more_of_others(seen.boundaries, grown_bytes)
        return conclude(replace(seen, boundaries=boundaries, others_grew_bytes=grown_bytes))

    def _others_bytes(self) -> int:
        """What others in the nearest control group that has a limit say that they hold now."""
        groups = [each.group for each in self._found.ceilings if each.group]
        return stated_by_others(groups[0], {os.getpid()}) if groups else 0

    def _is_known(self, others: Sequence[Ledger]) -> bool:
        return is_known(self._evidence(End("target"), others))

    def _evidence(self, end: End, others: Sequence[Ledger]) -> Evidence:
        return Evidence(
            mode=self._request.mode,
            source=self._request.source.name,
            threads=self._request.threads,
            found=self._found,
            boundaries=self._boundaries,
            ledger=self._ledger,
            stopped_by=end.stopped_by,
            error=end.error,
            last_that_fits=end.found,
            at_most=end.at_most,
            refused=end.refused,
            workload=self._request.workload,
            simulated=isinstance(self._request.source, Simulated),
            headroom_ratio=self._request.headroom_ratio,
            app_baseline_bytes=self._request.options.app_baseline_bytes,
            said=end.said,
            others=tuple(others),
            failed_again=tuple(each.failed for each in self._again if each.failed),
        )

    def _kept_nothing(self, end: End) -> bool:
        """Whether there was nothing to measure: it only seems that any number fits."""
        fit = self._next.fit()
        if end.stopped_by not in ("target", "guard", "time") or fit is None:
            return False
        return is_empty(self._ledger.empty_handed, self._ledger.completed) and is_unseen(fit)

    def _run(self) -> End:
        request = self._request
        if request.crashes:  # what it loads before it is ready could be too much already
            crash.check(self._found)
        patience = Patience(
            deadline=time.monotonic() + request.max_seconds,
            stall_seconds=request.options.stall_seconds,
            stop=request.stop,
        )
        group, itself = self._ledger.group, not self._is_app
        with Watch(self._boundaries, group, unguarded=request.crashes, itself=itself) as watch:
            end = self._one_process(watch, patience)
            if self._ledger.apart and self._ledger.guarded:
                # Threads that run programs met the guard before anything was told of one alone.
                self._take_up_another()
                self._ledger.one_by_one = True
                end = self._one_process(watch, patience)
            if self._is_worth_a_closer_look(end):
                end = self._look_closer(end, watch, patience)
            if alarmed_at := self._ledger.alarmed_at:
                self._take_up_another()
                self._ledger.unarmed = True
                end = self._not_beyond(alarmed_at, self._one_process(watch, patience))
            if end.stopped_by in ("guard", "target") and self._ledger.followed:
                tell, ledger, known = self._teller.again, self._ledger_again, self._is_known
                again = Again(request, watch, ledger, self._next.most, tell, known, self._tell)
                self._others, stopped = again.others(self._ledger, patience)
                return End("interrupted") if stopped else end
            return end

    def _is_worth_a_closer_look(self, end: End) -> bool:
        """Whether it is not known which was too many, or a hard stop would let more pass."""
        if end.among <= self._request.threads and (self._next.is_close or not self._can_arm):
            return False
        return end.among > 0

    @property
    def _can_arm(self) -> bool:
        return self._request.threads == 1 and self._ledger.alone and not self._ledger.unarmed

    def _look_closer(self, end: End, watch: Watch, patience: Patience) -> End:
        """Open those among which one was too many as few at a time as may be, in another process.

        There the guard stands nearer to the limit, so that all may fit. Where none of them needs as
        much there, it comes by chance, and no more is claimed than was held each time.
        """
        first = self._ledger
        among = range(first.completed, first.completed + end.among)
        self._teller.closer(first.completed, end.among)
        self._take_up_another()
        self._ledger.singly = among
        closer = self._one_process(watch, patience)
        held = self._ledger.completed
        is_whole = closer.stopped_by in ("guard", "target")
        known = held in among or self._has_passed(end.mark_bytes, among)
        if closer.stopped_by == "interrupted" or (is_whole and known):
            return closer
        self._take_up(first)
        by_chance = closer.stopped_by == "guard" and held < first.completed
        return end._replace(at_most=held) if by_chance else end

    def _has_passed(self, mark_bytes: int, among: range) -> bool:
        """Whether one of these sessions needed as much as this, and was made."""
        return any(
            after.memory_bytes + after.transient_bytes >= mark_bytes
            for before, after in pairwise(self._ledger.steps())
            if before.held in among
        )

    def _not_beyond(self, alarmed_at: int, end: End) -> End:
        """Claim nothing beyond the session that was refused, if it was not made without a stop.

        Where it is of a kind that comes at equal distances, what it needs is known all the same.
        """
        fit = self._next.fit()
        known = fit is not None and fit.occasion is not None and fit.occasion.next_at == alarmed_at
        if self._ledger.completed >= alarmed_at or (known and end.at_most is None):
            return end
        at_most = alarmed_at - 1
        return end._replace(at_most=at_most if end.at_most is None else min(at_most, end.at_most))

    def _one_process(self, watch: Watch, patience: Patience) -> End:
        watch.armed = False  # no hard stop holds this one back yet
        with sessions_process(self._request, watch) as child:
            return self._first(child, watch, patience)

    def _first(self, child: SacrificialProcess, watch: Watch, patience: Patience) -> End:
        began = child.wait(self._until_ready(patience))
        if began.outcome != "ready":
            return self._endings.at_start(began, child)
        if self._request.crashes:
            crash.check(self._found, int(began.words), child.pid)
        standing_by = [os.getpid(), *([child.pid] if self._is_app else [])]
        self._ledger.standing_by_bytes = stated_bytes(standing_by)
        if not self._ledger.take(child.pid, 0, exact=True):
            return End("error", "the sessions' process ended before its first session")
        self._next.begin(child.pid)
        return self._open_sessions(child, watch, patience)

    def _until_ready(self, patience: Patience) -> Patience:
        """Let an app be as long about it as it may, though it should wait for others meanwhile."""
        source = self._request.source
        return replace(patience, stall_seconds=math.inf) if isinstance(source, App) else patience

    def _open_sessions(self, child: SacrificialProcess, watch: Watch, patience: Patience) -> End:
        if freely.is_possible(self._request) and not self._ledger.one_by_one:
            end = self._go_freely(child, watch, patience)
            if end:
                return end
        steps = Stepwise(
            request=self._request,
            child=child,
            watch=watch,
            ledger=self._ledger,
            endings=self._endings,
            next_step=self._next,
            ask=self._ask,
            told=self._tell,
        )
        return steps.go(patience)

    def _go_freely(self, child: SacrificialProcess, watch: Watch, patience: Patience) -> End | None:
        """Let threads go on up to the guard; None where the sessions are not in one process."""
        run = freely.FreeRun(
            child, self._ledger, self._request.threads, self._next.most, self._tell, watch.passing
        )
        reply = run.go(patience)
        if reply is None:
            if not self._ledger.apart:
                return End("target")
            self._ledger.keep_ends()
            return None
        return End("guard") if reply.outcome == "guard" else self._endings.after(reply, 1, child)

    def _ask(self, count: int) -> None:
        self._teller.ask(count, self._ledger.held)

    def _tell(self, ledger: Ledger | None = None) -> None:
        self._teller.tell(ledger or self._ledger, self._boundaries, self._request.threads)

    def _kernel_killed(self) -> bool:
        now = crash.kill_count(self._found)
        return now is not None and now > (self._kills_before or 0)
