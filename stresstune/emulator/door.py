"""Who is let in to ask for content, and what the others are told."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stresstune.emulator import bodies
from stresstune.emulator.admission import Admission, Exceeded, Size
from stresstune.emulator.counts import ModelTally
from stresstune.emulator.http import Reply, Request, Route
from stresstune.emulator.limits import Quotas
from stresstune.emulator.question import InvalidQuestion, Question, read_question
from stresstune.emulator.rejections import rejection_body
from stresstune.emulator.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call for content.

    Attributes:
        request: As it came in.
        route: Which model, and whether a stream is wanted.
        project: Who pays.
        quotas: What the model may be asked for.
    """

    request: Request
    route: Route
    project: str
    quotas: Quotas

    @property
    def streams(self) -> bool:
        """Whether the answer is to come in pieces."""
        return self.route.method == "streamGenerateContent"

    @property
    def deadline_seconds(self) -> float:
        """How long the caller lets the server work; infinite where it did not say."""
        try:
            return float(self.request.headers.get("x-server-timeout", "inf"))
        except ValueError:
            return math.inf


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What an admitted call was given.

    Attributes:
        question: What it asks.
        wait_seconds: Until there is a place for it.
        service_seconds: From then to the end of the answer.
    """

    question: Question
    wait_seconds: float
    service_seconds: float

    @property
    def seconds(self) -> float:
        """The whole time inside."""
        return self.wait_seconds + self.service_seconds


class TurnedAway(Exception):
    """The call was not let in.

    Attributes:
        reply: What it is told.
    """

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.reply = Reply(status=status, body=body)


class Door:
    """Decides for the calls of one project to one model, and counts them.

    The order is the real one's, as far as it is known: the deadline, the weather (overload), the
    bill, the quotas, the body; a call with a bad body counts against the quotas.

    Args:
        world: Clock, dice, quotas and counts.
        call: Who wants to come in.
    """

    def __init__(self, world: World, call: Call) -> None:
        self._world = world
        self._call = call
        self.tally: ModelTally = world.tally.model(call.route.model)
        self.admission: Admission = world.admission(call.project, call.route.model, call.quotas)

    def admit(self) -> Ticket:
        """Let the call in; whoever called leaves ``admission.gate`` afterwards.

        Raises:
            TurnedAway: It was not let in.
        """
        self.tally.requests += 1
        self._check_deadline()
        self._check_weather()
        self._check_bill()
        try:
            question = read_question(self._call.request.body, model=self._call.route.model)
        except InvalidQuestion as invalid:
            self._check_quotas(Size())
            raise self._refused(str(invalid)) from None
        if question.names_modalities and self._call.route.version == "v1":
            raise self._refused(bodies.unknown_field("responseModalities", "generation_config"))
        size = Size(tokens=question.tokens, images=question.images)
        self._check_gate(size)
        try:
            self._check_quotas(size)
            ticket = self._place(question)
        except TurnedAway:
            self.admission.gate.leave()
            raise
        self.tally.admit(question.tokens)
        return ticket

    def _check_deadline(self) -> None:
        seconds, min_seconds = self._call.deadline_seconds, self._world.profile.min_deadline_seconds
        if seconds < min_seconds:
            raise self._refused(bodies.short_deadline(seconds, min_seconds))

    def _check_weather(self) -> None:
        if self._world.happens(self._world.profile.errors.overload_ratio):
            raise self._overloaded(self._world.chance())

    def _check_bill(self) -> None:
        billing = self._world.profile.errors.billing
        if billing != "ok":
            raise self._rejected(("billing",), bodies.billing_body(billing))

    def _check_quotas(self, size: Size) -> None:
        exceeded = self.admission.admit(self._world.clock.now(), size)
        if exceeded:
            raise self._rejected(tuple(each.kind for each in exceeded), self._rejection(exceeded))

    def _check_gate(self, size: Size) -> None:
        if not self.admission.enter(self._world.clock.now(), size):
            if self.admission.quotas.concurrency_status == 503:
                raise self._overloaded()
            raise self._rejected(("concurrency",), bodies.bare_body())

    def _place(self, question: Question) -> Ticket:
        seconds = self._world.service_seconds()
        wait_seconds: float | None = 0.0
        if self.admission.places is not None:
            wait_seconds = self.admission.places.book(self._world.clock.now(), seconds)
        if wait_seconds is None:
            raise self._overloaded()
        return Ticket(question=question, wait_seconds=wait_seconds, service_seconds=seconds)

    def _rejection(self, exceeded: tuple[Exceeded, ...]) -> bytes:
        return rejection_body(
            self._world.profile.errors,
            exceeded,
            model=self._call.quotas.bucket or self._call.route.model,
            chance=self._world.chance(),
        )

    def _refused(self, message: str) -> TurnedAway:
        self.tally.refused += 1
        return TurnedAway(400, bodies.invalid_body(message))

    def _rejected(self, reasons: tuple[str, ...], body: bytes) -> TurnedAway:
        self.tally.reject(reasons)
        return TurnedAway(429, body)

    def _overloaded(self, chance: float = 0.0) -> TurnedAway:
        self.tally.overloaded += 1
        return TurnedAway(503, bodies.overloaded_body(chance))
