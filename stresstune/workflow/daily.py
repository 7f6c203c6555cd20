"""What a probe may take of a quota that has to last for the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Origin
from stresstune.model.load import LoadResult, QuotaStatement
from stresstune.units import format_ratio
from stresstune.workflow.past import past_runs

if TYPE_CHECKING:
    from stresstune.config.schema import Config
    from stresstune.model.journal import Run
    from stresstune.workflow.options import TuneOptions

DAY = timedelta(days=1)

SHARE_AT_MOST = 0.5
"""Of what is left of the day, a probe that was not told otherwise takes no more than this."""


@dataclass(frozen=True, kw_only=True)
class DailyQuota:
    """A daily quota, as far as it is known before the first call.

    Attributes:
        value: Requests a day.
        source: Who says so.
        used: Calls that earlier applied runs made in the last 24 hours; others are not known of.
        free_tier: It was stated to be the free tier's.
    """

    value: int
    source: str
    used: int = 0
    free_tier: bool = False

    @property
    def left(self) -> int:
        """Requests that are left, as far as known."""
        return max(0, self.value - self.used)

    @property
    def cap(self) -> int:
        """Calls that a probe makes at the most, if nobody says otherwise.

        >>> DailyQuota(value=20, source="--daily-quota", used=4).cap
        8
        """
        return max(1, int(self.left * SHARE_AT_MOST))

    def share_words(self, requests: int) -> str:
        """Say what share of the day so many requests are.

        >>> DailyQuota(value=250, source="--daily-quota").share_words(125)
        'up to 50 % of the daily quota of 250 requests (--daily-quota; about 250 are left today)'
        """
        share = format_ratio(min(requests / self.value, 1.0)) if self.value else "all"
        tier = "free tier, " if self.free_tier else ""
        where = f"{tier}{self.source}; about {self.left:,} are left today"
        return f"up to {share} of the daily quota of {self.value:,} requests ({where})"


def known_daily(options: TuneOptions, config: Config) -> DailyQuota | None:
    """Return the daily quota that the caller says, or that an earlier run was told by a 429.

    The emulator's quotas are not the real API's, and another model has a quota of its own.
    """
    if options.simulate is not None or options.target is not None:
        return _said(options, 0)
    runs = [run for run in past_runs(config, options.state_dir) if _is_of(run, options, config)]
    used = sum(_calls(run) for run in runs if _age(run) < DAY)
    if options.daily_quota is not None:
        return _said(options, used)
    for run in runs:
        api = run.evidence.verdict.api
        stated = daily_statement(api.quotas) if isinstance(api, ApiCapacity) else None
        if stated is not None and stated.value:
            origin = run.evidence.carried.get("api") or Origin(run_id=run.id, at=run.at)
            source = f"stated in {origin}"
            free = stated.free_tier
            return DailyQuota(value=stated.value, source=source, used=used, free_tier=free)
    return None


def daily_statement(quotas: Iterable[QuotaStatement]) -> QuotaStatement | None:
    """Return what was said about requests a day, or None."""
    daily = (one for one in quotas if one.quota == "requests" and one.window_seconds == 86_400)
    return next(daily, None)


def notes_on(found: ApiCapacity, known: DailyQuota | None) -> tuple[str, ...]:
    """Say what a probe left of the day, as far as known, and whether the key is a free one.

    That the day is used up is said by the probe itself.
    """
    notes = []
    if known is not None and daily_statement(found.quotas) is None:
        left = max(0, known.left - found.requests_sent)
        notes.append(
            f"about {left:,} of {known.value:,} requests are left today ({known.source}), as far "
            f"as known: {found.requests_sent:,} were made now, {known.used:,} by earlier runs"
        )
    if any(one.free_tier for one in found.quotas) or (known is not None and known.free_tier):
        notes.append(_free_tier_words(found, known))
    return tuple(notes)


def _free_tier_words(found: ApiCapacity, known: DailyQuota | None) -> str:
    words = "this key is on the free tier: "
    if known is None and daily_statement(found.quotas) is None:
        words += (
            f"{found.requests_sent - found.rejected:,} of the day's calls were used now (how many "
            "it has was not told, and some models have 20: --daily-quota says it); "
        )
    return words + (
        "its quotas are shared by everybody in the project, and once the day's is used up, nobody "
        "gets an answer until the next day"
    )


def _said(options: TuneOptions, used: int) -> DailyQuota | None:
    if options.daily_quota is None:
        return None
    return DailyQuota(value=options.daily_quota, source="--daily-quota", used=used)


def _is_of(run: Run, options: TuneOptions, config: Config) -> bool:
    model = options.model or config.api.model
    then = run.evidence.fingerprint.model
    return not run.evidence.simulated and (not model or then in {"", model})


def _calls(run: Run) -> int:
    if "api" in run.evidence.carried:
        return 0  # they were made by the run that it was carried over from
    match run.evidence.verdict.api:
        case ApiCapacity() as api:
            return api.requests_sent
        case LoadResult() as test:
            return test.total
        case _:
            return 0


def _age(run: Run) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(run.at)
