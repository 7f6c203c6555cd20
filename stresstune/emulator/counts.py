"""What the emulator counted: what a probe can be graded against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from stresstune.model.record import Record


class ModelCounts(Record, frozen=True, kw_only=True):
    """The calls for content to one model.

    Attributes:
        requests: Every call: admitted, rejected, overloaded and refused ones.
        admitted: Calls that were let in, whatever became of them.
        rejected: Calls that met a 429.
        overloaded: Calls that met a 503.
        refused: Calls that were no good: a wrong key, a bad body, too short a deadline (400, 403).
        by_reason: Rejected calls by the quota that they exceeded (a call that exceeded two is
            counted under both), or by ``billing``.
        input_tokens: Of the admitted calls.
        max_in_flight: Most calls that were inside at a time.
    """

    requests: int = 0
    admitted: int = 0
    rejected: int = 0
    overloaded: int = 0
    refused: int = 0
    by_reason: dict[str, int] = msgspec.field(default_factory=dict)
    input_tokens: int = 0
    max_in_flight: int = 0


class Counts(Record, frozen=True, kw_only=True):
    """Everything that the emulator counted since its start, or since it was reset.

    Attributes:
        seconds: On the emulator's clock.
        connections: TCP connections that were accepted.
        requests: HTTP requests, the control endpoint's not counted.
        generate: Calls for content, streams included; what a probe spends.
        admitted: Of these, calls that were let in.
        rejected: Of these, calls that met a 429.
        overloaded: Of these, calls that met a 503.
        count_tokens: Calls of countTokens; free.
        list_models: Calls for the list of models, or for one of them; free.
        in_flight: Calls that are inside now.
        by_status: Answers by HTTP status (``{"200": 10}``); what broke on the wire has none.
        by_reason: Rejected calls by the quota that they exceeded.
        by_fault: Faults by name.
        by_model: The calls for content, by model.
        input_tokens: Of the admitted calls.
    """

    seconds: float = 0.0
    connections: int = 0
    requests: int = 0
    generate: int = 0
    admitted: int = 0
    rejected: int = 0
    overloaded: int = 0
    count_tokens: int = 0
    list_models: int = 0
    in_flight: int = 0
    by_status: dict[str, int] = msgspec.field(default_factory=dict)
    by_reason: dict[str, int] = msgspec.field(default_factory=dict)
    by_fault: dict[str, int] = msgspec.field(default_factory=dict)
    by_model: dict[str, ModelCounts] = msgspec.field(default_factory=dict)
    input_tokens: int = 0

    def line(self) -> str:
        """Say it in one line, for a person who watches.

        >>> Counts(seconds=61.0, generate=12, admitted=10, rejected=2, in_flight=3,
        ...        by_reason={"requests_per_minute": 2}).line()
        '1:01  12 calls, 3 in flight: 10 admitted, 2 rejected (requests_per_minute 2), 0 overloaded'
        """
        minutes, seconds = divmod(int(self.seconds), 60)
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.by_reason.items())
        faults = "".join(f", {fault} {count}" for fault, count in self.by_fault.items())
        return (
            f"{minutes}:{seconds:02d}  {self.generate} calls, {self.in_flight} in flight: "
            f"{self.admitted} admitted, {self.rejected} rejected"
            f"{f' ({reasons})' if reasons else ''}, {self.overloaded} overloaded{faults}"
        )


@dataclass(slots=True)
class ModelTally:
    """The counts of one model while they are being made."""

    requests: int = 0
    admitted: int = 0
    rejected: int = 0
    overloaded: int = 0
    refused: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    input_tokens: int = 0
    in_flight: int = 0
    max_in_flight: int = 0

    def admit(self, tokens: int) -> None:
        """Count a call that was let in."""
        self.admitted += 1
        self.input_tokens += tokens

    def enter(self) -> None:
        """Count a call that is inside from now on."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count a call that came out."""
        self.in_flight -= 1

    def reject(self, reasons: tuple[str, ...]) -> None:
        """Count a call that met a 429."""
        self.rejected += 1
        self.by_reason.update(reasons)

    def counts(self) -> ModelCounts:
        """Return what was counted until now."""
        return ModelCounts(
            requests=self.requests,
            admitted=self.admitted,
            rejected=self.rejected,
            overloaded=self.overloaded,
            refused=self.refused,
            by_reason=dict(self.by_reason),
            input_tokens=self.input_tokens,
            max_in_flight=self.max_in_flight,
        )


@dataclass(slots=True)
class Tally:
    """The counts of the whole emulator while they are being made."""

    connections: int = 0
    requests: int = 0
    count_tokens: int = 0
    list_models: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    by_fault: Counter[str] = field(default_factory=Counter)
    models: dict[str, ModelTally] = field(default_factory=dict)

    def model(self, name: str) -> ModelTally:
        """Return the tally of a model."""
        return self.models.setdefault(name, ModelTally())

    def counts(self, seconds: float) -> Counts:
        """Return what was counted until now.

        Args:
            seconds: The emulator's clock.
        """
        models = self.models.values()
        return Counts(
            seconds=seconds,
            connections=self.connections,
            requests=self.requests,
            generate=sum(model.requests for model in models),
            admitted=sum(model.admitted for model in models),
            rejected=sum(model.rejected for model in models),
            overloaded=sum(model.overloaded for model in models),
            count_tokens=self.count_tokens,
            list_models=self.list_models,
            in_flight=sum(model.in_flight for model in models),
            by_status=dict(self.by_status),
            by_reason=dict(sum((model.by_reason for model in models), Counter[str]())),
            by_fault=dict(self.by_fault),
            by_model={name: model.counts() for name, model in self.models.items()},
            input_tokens=sum(model.input_tokens for model in models),
        )
