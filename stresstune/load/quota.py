"""What a 429 says about quotas: pure, and never raises, whatever the server sent.

A Gemini error body names each exceeded quota (``google.rpc.QuotaFailure``), repeats it in its
message, and adds a delay (``google.rpc.RetryInfo``) that need not have anything to do with the
quota: a daily quota often comes with a delay of half a minute. So the window is read from the
quota's name only, and the delay is kept beside it. ``quotaValue`` is absent where the limit is 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from stresstune.load.numbers import DURATION_PATTERN, read_duration_seconds, read_number
from stresstune.model.load import QuotaStatement
from stresstune.redact import redact

Kind = Literal["requests", "tokens", "images", "spend", "unknown"]

_MAX_TEXT = 50_000
_MAX_VALUE = 10**15
"""Above this a limit is none (the services write 2⁶³ - 1 for "unlimited")."""

_KIND_BY_WORD: tuple[tuple[str, Kind], ...] = (
    ("spend", "spend"),
    ("token", "tokens"),
    ("request", "requests"),
    ("image", "images"),
)
_SECONDS_BY_WORD = (
    ("persecond", 1.0),
    ("perminute", 60.0),
    ("1min", 60.0),  # a unit: 1/min/{project}/{model}
    ("perhour", 3_600.0),
    ("perday", 86_400.0),
    ("1d", 86_400.0),
)
_QUOTA_METADATA = ("quota_limit", "quota_limit_value")
_NAME = r"[\w./:-]{1,300}"
_RETRY_IN = re.compile(rf"(?i)retry in\s{{1,5}}({DURATION_PATTERN})")
_QUOTA_LINE = re.compile(
    rf"(?i)quota exceeded for (?:quota )?(?:metric:?\s{{1,5}})?['\"]?(?P<metric>{_NAME})['\"]?"
    rf"(?:,\s{{0,5}}limit:\s{{0,5}}(?P<limit>[0-9]{{1,20}}))?"
    rf"(?:(?:,\s{{0,5}}| with base )model:\s{{0,5}}(?P<model>[\w./:-]{{0,299}}\w))?"
)
_SPEND = re.compile(
    r"(?i)prepay|prepaid|spend-based|spending (?:cap|limit)|spend (?:cap|limit)|credits? "
    r"(?:balance )?(?:is |are |have been )?(?:depleted|exhausted|used up)"
)
_EMPTY_PURSE = re.compile(r"(?i)prepay|prepaid|credit|month")
_TEN_MINUTES = re.compile(r"(?i)\b(?:10|ten)[ -]?min")


class _Line(NamedTuple):
    """One "Quota exceeded for metric: …, limit: …, model: …" of a message."""

    metric: str
    limit: int | None
    model: str


def read_quotas(body: object, message: str = "") -> tuple[QuotaStatement, ...]:
    """Return what the body of a 429 states, one record for each exceeded quota.

    Args:
        body: The error as it came: a mapping, a list that wraps one, JSON text, or any other text.
        message: The error's message, where the caller has it apart from the body.

    Returns:
        One statement for each quota in the order of the server, or one of an ``unknown`` quota
        where only a delay was said, or none where nothing was.

    >>> read_quotas({}, "Quota exceeded for metric: g.com/generate_requests, limit: 15, model: m")
    ... # doctest: +ELLIPSIS
    (QuotaStatement(quota='requests', window_seconds=None, value=15, ...model='m', ...),)
    """
    error, text = _unwrap(body)
    details = [part for part in _items(error.get("details")) if isinstance(part, Mapping)]
    violations = list(_violations(details))
    texts = [error.get("message"), text, message, *(part.get("description") for part in violations)]
    text = "\n".join(part[:_MAX_TEXT] for part in texts if isinstance(part, str))
    delay = _retry_delay(details, text)
    lines = list(_lines(text))
    stated = (
        [_of_violation(violation, lines, delay) for violation in violations if _is_named(violation)]
        or [_of_metadata(metadata, lines, delay) for metadata in _quota_metadata(details)]
        or [_of_line(line, delay) for line in lines]
        or _of_spend(text, delay)
        or _of_delay(delay)
    )
    return tuple(dict.fromkeys(stated))


def is_terminal(quotas: tuple[QuotaStatement, ...]) -> bool:
    """Tell whether no wait within a probe mends it: a day, a limit of 0, an empty purse.

    >>> is_terminal((QuotaStatement(quota="requests", window_seconds=60, value=0),))
    True
    """
    return any(
        quota.value == 0 or quota.quota == "spend" or (quota.window_seconds or 0) > 600
        for quota in quotas
    )


def _unwrap(body: object) -> tuple[Mapping[object, object], str]:
    """Return the innermost error mapping, and what was text and no JSON."""
    text = ""
    for _ in range(6):  # text, a list around it, "error": as deep as was ever seen, and twice that
        if isinstance(body, bytes | bytearray):
            body = bytes(body[:_MAX_TEXT]).decode(errors="replace")
        if isinstance(body, str):
            body, text = _parsed(body)
        elif isinstance(body, list | tuple) and body:
            body = body[0]
        elif isinstance(body, Mapping) and isinstance(body.get("error"), Mapping | str | list):
            body = body["error"]
        elif isinstance(body, Mapping) and _text(body.get("message")).lstrip()[:1] in {"{", "["}:
            body = body["message"]  # a proxy, or the SDK where the content type was not JSON
        else:
            break
    return (body if isinstance(body, Mapping) else {}), text


def _parsed(text: str) -> tuple[object, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None, text
    return (None, text) if isinstance(value, str) else (value, "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [value]
    return list(value) if isinstance(value, list | tuple) else []


def _value(value: object) -> int | None:
    number = read_number(value.replace(",", "") if isinstance(value, str) else value)
    return int(number) if number is not None and 0 <= number <= _MAX_VALUE else None


def _name(value: object) -> str:
    """Return a name that may be kept: a server can write anything there, keys too."""
    text = _text(value)[:300]
    return redact(text) if re.fullmatch(_NAME, text) else ""


def _violations(details: list[Mapping[object, object]]) -> Iterator[Mapping[object, object]]:
    for detail in details:
        yield from (part for part in _items(detail.get("violations")) if isinstance(part, Mapping))


def _is_named(violation: Mapping[object, object]) -> bool:
    return "quotaId" in violation or "quotaMetric" in violation


def _quota_metadata(details: list[Mapping[object, object]]) -> Iterator[Mapping[object, object]]:
    for detail in details:
        metadata = detail.get("metadata")
        if isinstance(metadata, Mapping) and not metadata.keys().isdisjoint(_QUOTA_METADATA):
            yield metadata


def _retry_delay(details: list[Mapping[object, object]], text: str) -> float | None:
    found = _RETRY_IN.search(text)
    said = read_duration_seconds(found[1]) if found else None
    for detail in details:
        delay = read_duration_seconds(detail.get("retryDelay"))
        if delay is not None:  # in whole seconds, while the message has them to the nanosecond
            return said if said is not None and abs(said - delay) <= 1 else delay
    return said


def _lines(text: str) -> Iterator[_Line]:
    for found in _QUOTA_LINE.finditer(text):
        yield _Line(found["metric"], _value(found["limit"]), found["model"] or "")


def _of_violation(
    violation: Mapping[object, object], lines: list[_Line], delay: float | None
) -> QuotaStatement:
    dimensions = violation.get("quotaDimensions")
    model = _name(dimensions.get("model")) if isinstance(dimensions, Mapping) else ""
    metric = _text(violation.get("quotaMetric"))
    value = _value(violation.get("quotaValue"))
    return _statement(
        _text(violation.get("quotaId")),
        metric,
        value=_value_in(lines, metric, model) if value is None else value,
        model=model,
        delay=delay,
    )


def _of_metadata(
    metadata: Mapping[object, object], lines: list[_Line], delay: float | None
) -> QuotaStatement:
    metric = _text(metadata.get("quota_metric"))
    value = _value(metadata.get("quota_limit_value"))
    return _statement(
        _text(metadata.get("quota_limit")),
        f"{metric} {_text(metadata.get('quota_unit'))}",
        value=_value_in(lines, metric, "") if value is None else value,
        model=_name(metadata.get("model")),
        delay=delay,
    )


def _of_line(line: _Line, delay: float | None) -> QuotaStatement:
    return _statement(line.metric, "", value=line.limit, model=_name(line.model), delay=delay)


def _of_spend(text: str, delay: float | None) -> list[QuotaStatement]:
    if not _SPEND.search(text):
        return []
    return [
        QuotaStatement(
            quota="spend",
            window_seconds=600.0 if _TEN_MINUTES.search(text) else None,
            value=0 if _EMPTY_PURSE.search(text) else None,
            retry_delay_seconds=delay,
        )
    ]


def _of_delay(delay: float | None) -> list[QuotaStatement]:
    if delay is None:
        return []
    return [QuotaStatement(quota="unknown", retry_delay_seconds=delay)]


def _value_in(lines: list[_Line], metric: str, model: str) -> int | None:
    """Return the limit that the message states where the violation has none.

    A metric can stand there twice, for its minute and its day; a limit of 0 is the one that the
    violation leaves out, otherwise only an unambiguous one counts.
    """
    limits = {
        line.limit
        for line in lines
        if line.metric == metric and (not model or line.model in {"", model})
    }
    if 0 in limits:
        return 0
    return limits.pop() if len(limits) == 1 else None


def _statement(
    quota_id: str, other_names: str, *, value: int | None, model: str, delay: float | None
) -> QuotaStatement:
    words = _words(quota_id)
    others = _words(other_names)
    return QuotaStatement(
        quota=_kind(words) or _kind(others) or "unknown",
        window_seconds=_window_seconds(words) or _window_seconds(others),
        value=value,
        quota_id=_name(quota_id),
        retry_delay_seconds=delay,
        model=model,
        free_tier="freetier" in words or "freetier" in others,
    )


def _words(name: str) -> str:
    """Return a name as its bare letters: ``PerMinute``, ``per_minute`` and ``per-minute`` agree."""
    return re.sub(r"[^a-z0-9]", "", name[:600].lower())


def _kind(words: str) -> Kind | None:
    return next((kind for word, kind in _KIND_BY_WORD if word in words), None)


def _window_seconds(words: str) -> float | None:
    return next((seconds for word, seconds in _SECONDS_BY_WORD if word in words), None)
