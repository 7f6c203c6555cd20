"""What a refusal that no waiting mends means for the day. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from stresstune.model.load import QuotaStatement

DAY_SECONDS = 86_400.0

_NO_MONEY = (
    "The project has no money left: its prepaid credits are used up, or its spending cap of the "
    "month is reached. Nobody gets an answer, today or later, until somebody pays in or raises "
    "the cap (https://ai.studio/projects, https://ai.studio/spend)."
)
_TOO_FAST = (
    "The project spends faster than its tier allows, and every call is refused until that has "
    "passed (the limit is one of ten minutes). The same would happen to the room: a higher tier "
    "may spend more."
)


def meanings(quotas: Iterable[QuotaStatement]) -> tuple[str, ...]:
    """Say what each statement means for the day, where it is one that no waiting mends.

    Args:
        quotas: What 429s stated.

    >>> meanings([QuotaStatement(quota="requests", window_seconds=60, value=15)])
    ()
    >>> day = QuotaStatement(quota="requests", window_seconds=86_400, value=250)
    >>> meanings([day])[0].partition(":")[0]
    'The daily quota of 250 requests is used up'
    """
    said = filter(None, map(_meaning, quotas))
    return tuple(dict.fromkeys(said))


def _meaning(quota: QuotaStatement) -> str:
    if quota.quota == "spend":
        return _NO_MONEY if quota.value == 0 else _TOO_FAST
    what = "" if quota.quota == "unknown" else f" {quota.quota}"
    if quota.value == 0:
        model = f"The model {quota.model}" if quota.model else "This model"
        return (
            f"{model} has a limit of 0{what} with this key: it is not to be had, today or any "
            "other day, however long one waits. Name another model, or use a key of another tier."
        )
    if quota.window_seconds != DAY_SECONDS:
        return ""
    of = f" of {quota.value:,}{what}" if quota.value else ""
    return (
        f"The daily quota{of} is used up: 0 are left, and nobody gets an answer until it is reset "
        "(midnight, Pacific time)."
    )
