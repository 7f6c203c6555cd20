"""The service behind the wire: the API's paths, and the control endpoint beside them."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from stresstune.emulator import answers, bodies
from stresstune.emulator.door import Call
from stresstune.emulator.generate import generate
from stresstune.emulator.http import Reply, Request, Route, Send, route
from stresstune.emulator.profile import Profile
from stresstune.emulator.question import InvalidQuestion, read_question
from stresstune.emulator.world import World
from stresstune.model.record import to_plain

_log = logging.getLogger(__name__)

_GENERATES = {"generateContent", "streamGenerateContent"}


class Service:
    """Answers requests; it knows HTTP's words but no wire.

    Args:
        profile: What it is like. Its clock starts now, inside of a running event loop.
    """

    def __init__(self, profile: Profile) -> None:
        self.world = World(profile)
        self._control: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "/control/counts"): self._counts,
            ("GET", "/control/truth"): self._truth,
            ("POST", "/control/reset"): self._reset,
        }

    async def handle(self, request: Request, send: Send) -> None:
        """Answer one request.

        Args:
            request: What came in.
            send: Puts the reply on the wire; called once.
        """
        control = self._control.get((request.method, request.path))
        if control is not None:
            await send(control(request))
            return
        self.world.tally.requests += 1

        async def counted(reply: Reply) -> None:
            _log.debug("%s %s: %d", request.method, request.path, reply.status)
            if reply.fault in {None, "slow_body"}:
                self.world.tally.by_status[str(reply.status)] += 1
            await send(reply)

        await self._route(request, counted)

    async def _route(self, request: Request, send: Send) -> None:
        where = route(request.path)
        if where is None or request.method != ("POST" if where.method else "GET"):
            await send(_not_found(request))
            return
        project = self._project(request)
        if isinstance(project, Reply):
            await send(project)
            return
        quotas = self.world.profile.quotas_for(where.model)
        if where.model and (quotas is None or "*" in where.model):
            await send(_unknown_model(where))
        elif where.method in _GENERATES and quotas is not None:
            call = Call(request=request, route=where, project=project, quotas=quotas)
            await generate(self.world, call, send)
        else:
            await self.world.clock.sleep(self.world.profile.pace.metadata_seconds)
            await send(self._metadata(where, request))

    def _project(self, request: Request) -> str | Reply:
        key = request.headers.get("x-goog-api-key") or request.query.get("key", "")
        if not key:
            return Reply(status=403, body=bodies.missing_key_body())
        if key in self.world.profile.suspended_keys:
            return Reply(status=403, body=bodies.suspended_key_body(key))
        project = self.world.project_of(key)
        return Reply(status=400, body=bodies.wrong_key_body()) if project is None else project

    def _metadata(self, where: Route, request: Request) -> Reply:
        if where.method == "countTokens":
            return self._count_tokens(request)
        if where.method:
            return _unknown_model(where)
        self.world.tally.list_models += 1
        if where.model:
            return Reply(status=200, body=answers.model_body(where.model))
        names = [name for name in self.world.profile.models if "*" not in name]
        return Reply(status=200, body=answers.models_body(names))

    def _count_tokens(self, request: Request) -> Reply:
        self.world.tally.count_tokens += 1
        try:
            return Reply(status=200, body=answers.tokens_body(read_question(request.body)))
        except InvalidQuestion as invalid:
            return Reply(status=400, body=bodies.invalid_body(str(invalid)))

    def _counts(self, _: Request) -> Reply:
        return Reply(status=200, body=self.world.counts().to_json().encode())

    def _truth(self, _: Request) -> Reply:
        limits = to_plain(self.world.profile.truth())
        return Reply(status=200, body=msgspec.json.encode({"schema": 1, "limits": limits}))

    def _reset(self, request: Request) -> Reply:
        try:
            self.world.reset(Profile.from_json(request.body) if request.body else None)
        except ValueError as error:
            return Reply(status=400, body=bodies.invalid_body(str(error)))
        return self._counts(request)


def _unknown_model(where: Route) -> Reply:
    body = bodies.unknown_model_body(where.model, where.version, where.method or "GetModel")
    return Reply(status=404, body=body)


def _not_found(request: Request) -> Reply:
    message = f"The requested URL {request.path} was not found on this server."
    return Reply(status=404, body=bodies.error_body(404, "NOT_FOUND", message))
