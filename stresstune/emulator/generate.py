"""Calls for content: work, answer, and what goes wrong with the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from stresstune.emulator import answers, bodies
from stresstune.emulator.door import Call, Door, Ticket, TurnedAway
from stresstune.emulator.http import EVENTS, JSON, Reply, Send, WireFault
from stresstune.emulator.profile import FaultName
from stresstune.emulator.world import World

_WIRE_FAULTS: dict[str | None, WireFault] = {fault: fault for fault in get_args(WireFault)}
_TO_FIRST_PIECE_RATIO = 0.4
"""Share of a streamed answer's time that goes by before its first piece."""


async def generate(world: World, call: Call, send: Send) -> None:
    """Answer one call. It keeps its place until the answer is sent.

    Args:
        world: Clock, dice, quotas and counts.
        call: What is asked.
        send: Puts the reply on the wire.
    """
    door = Door(world, call)
    try:
        ticket = door.admit()
    except TurnedAway as turned_away:
        await world.clock.sleep(world.profile.pace.metadata_seconds)
        await send(turned_away.reply)
        return
    door.tally.enter()
    try:
        await send(await _work(world, call, ticket))
    finally:
        door.tally.leave()
        door.admission.gate.leave()


async def _work(world: World, call: Call, ticket: Ticket) -> Reply:
    if ticket.seconds > call.deadline_seconds:
        await world.clock.sleep(call.deadline_seconds)
        return Reply(status=504, body=bodies.deadline_exceeded_body())
    streamed_ratio = 1 - _TO_FIRST_PIECE_RATIO if call.streams else 0.0
    streamed_seconds = ticket.service_seconds * streamed_ratio
    await world.clock.sleep(ticket.seconds - streamed_seconds)
    if world.happens(world.profile.errors.internal_ratio):
        return Reply(status=500, body=bodies.internal_body())
    fault = world.fault(streams=call.streams)
    parts = _parts(world, call, ticket, fault)
    whole = Reply(
        status=200,
        body=b"".join(parts),
        headers=(("server-timing", f"gfet4t7; dur={ticket.seconds * 1000:.0f}"),),
        fault=_WIRE_FAULTS.get(fault),
        fault_seconds=world.clock.wall_seconds(ticket.service_seconds),
    )
    if not call.streams:
        return whole
    error = bodies.overloaded_body(0.0) if fault == "stream_error" else None
    return _streamed(whole, call, parts, error, world.clock.wall_seconds(streamed_seconds))


def _parts(world: World, call: Call, ticket: Ticket, fault: FaultName | None) -> list[bytes]:
    """Return the JSON of the answer: one part, several for a stream, none where it is empty."""
    model, size_bytes = call.route.model, world.profile.image_bytes
    if fault == "empty":
        return []
    if fault == "odd":
        return [b"[1,2]"]
    if fault == "blocked":
        return [answers.blocked_body(model, ticket.question)]
    if call.streams:
        return answers.stream_bodies(model, ticket.question, image_bytes=size_bytes)
    return [answers.content_body(model, ticket.question, image_bytes=size_bytes)]


def _streamed(
    whole: Reply, call: Call, parts: list[bytes], error: bytes | None, seconds: float
) -> Reply:
    """Cut a reply into pieces that come at even distances over so many seconds of anyio's clock."""
    events = call.request.query.get("alt") == "sse"
    framed_parts = framed(parts, events=events, error=error)
    gap_seconds = seconds / max(1, len(framed_parts) - 1)
    pieces = tuple((gap_seconds if index else 0.0, part) for index, part in enumerate(framed_parts))
    return replace(whole, pieces=pieces, content_type=EVENTS if events else JSON)


def framed(parts: list[bytes], *, events: bool, error: bytes | None = None) -> list[bytes]:
    r"""Put the parts of a stream into their frame.

    Args:
        parts: JSON of each part.
        events: As server-sent events (``alt=sse``); otherwise they make one JSON array.
        error: Comes instead of the second half, bare, as the API sends it.

    >>> framed([b"{}", b"{}"], events=True)
    [b'data: {}\r\n\r\n', b'data: {}\r\n\r\n']
    >>> b"".join(framed([b"{}", b"{}"], events=False))
    b'[{},{}]'
    """
    kept = parts if error is None else parts[: max(1, len(parts) // 2)]
    if events:
        framed_parts = [b"data: " + part + b"\r\n\r\n" for part in kept]
        return framed_parts if error is None else [*framed_parts, error]
    if error is not None:
        kept = [*kept, error]
    opened = [(b"," if index else b"[") + part for index, part in enumerate(kept)]
    return [*opened[:-1], (opened[-1] if opened else b"[") + b"]"]
