"""The routes: what students and programs may ask."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import stresstune
from examples.workshop_app.answers import is_program, no_session, pages, refusal
from examples.workshop_app.captions import CaptionError, Captions
from examples.workshop_app.cookies import forget, remember, session_of
from examples.workshop_app.options import Options
from examples.workshop_app.pictures import BadPictureError, look_at
from examples.workshop_app.store import Kind, Store, TooManyPicturesError, View
from examples.workshop_app.uploads import read_body

HERE = Path(__file__).parent
RETRY_FULL_SECONDS = 60


class Workshop:
    """One worker of the workshop: its settings, its sessions, its way to the API."""

    def __init__(
        self,
        options: Options,
        settings: stresstune.Settings,
        check: stresstune.Check,
        store: Store,
        captions: Captions,
    ) -> None:
        self.options, self.settings, self.check = options, settings, check
        self.store, self.captions = store, captions
        self.decoding = asyncio.Semaphore(1)  # what decoding needs for a moment is needed once
        self.calls = 0

    # Pages

    async def home(self, request: Request) -> Response:
        """Show the workshop to those who are in, and the door to the others."""
        view = await self.store.look(session_of(request))
        if view is None:
            return await self._door(request)
        return pages.TemplateResponse(request, "workshop.html", self._words())

    async def join(self, request: Request) -> Response:
        """Let somebody in, or say that the house is full."""
        if await self.store.look(session_of(request)) is not None:
            return RedirectResponse("/", 303)
        session = await self.store.open(slow=self.settings.slow_mode_default)
        if session is None:
            return await self._full(request)
        response: Response = RedirectResponse("/", 303)
        if is_program(request):
            response = JSONResponse({"joined": True}, 201)
        remember(response, request, session)
        return response

    async def _door(self, request: Request) -> Response:
        words = {**self._words(), "taken": await self.store.taken()}
        response = pages.TemplateResponse(request, "door.html", words)
        if session_of(request):
            forget(response)
        return response

    async def _full(self, request: Request) -> Response:
        # The connection is closed too: those who wait outside take nobody's place.
        headers = {"Retry-After": str(RETRY_FULL_SECONDS), "Connection": "close"}
        if is_program(request):
            text = f"All {self.store.limit} places are taken."
            return refusal(text, 503, "full", RETRY_FULL_SECONDS, headers)
        words = {**self._words(), "seconds": RETRY_FULL_SECONDS}
        return pages.TemplateResponse(request, "full.html", words, 503, headers)

    def _words(self) -> dict[str, object]:
        return {
            "limit": self.store.limit,
            "delay_seconds": self.settings.slow_mode_delay_seconds,
            "max_upload_bytes": self.options.max_upload_bytes,
        }

    # What the page asks for

    async def me(self, _: Request, __: str, view: View) -> Response:
        """Tell a student what is theirs."""
        return JSONResponse(
            {
                "slow_mode": view.slow,
                "slow_mode_delay_seconds": self.settings.slow_mode_delay_seconds,
                "pictures": [asdict(picture) for picture in view.pictures],
            }
        )

    async def slow_mode(self, request: Request, session: str, _: View) -> Response:
        """Switch slow mode on or off."""
        on = request.path_params["on"]
        if on not in {"on", "off"}:
            return refusal("Slow mode is on or off.", 404, "unknown")
        await self.store.set_slow(session, slow=on == "on")
        return JSONResponse({"slow_mode": on == "on"})

    async def leave(self, _: Request, session: str, __: View) -> Response:
        """End a session and free what it held."""
        await self.store.close(session)
        response = JSONResponse({"left": True})
        forget(response)
        return response

    async def upload(self, request: Request, session: str, _: View) -> Response:
        """Keep a picture: the body of the request, as it is."""
        try:
            body = await read_body(request, self.options.max_upload_bytes)
            async with self.decoding:
                looked_at = await asyncio.to_thread(look_at, body)
                picture = await self.store.add(session, looked_at)
        except BadPictureError as error:
            return refusal(str(error), error.status, "picture")
        except TooManyPicturesError:
            text = f"You have {self.options.max_pictures} pictures: that is all there is room for."
            return refusal(text, 409, "too_many")
        return JSONResponse(asdict(picture), 201) if picture else no_session()

    async def picture(self, request: Request, session: str, _: View) -> Response:
        """Return a picture of the student's own."""
        kind: Kind = "thumbnail" if request.url.path.endswith("/thumbnail") else "original"
        found = await self.store.fetch(session, request.path_params["number"], kind)
        if found is None:
            return refusal("You have no such picture.", 404, "unknown")
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "private"})

    async def caption(self, request: Request, session: str, view: View) -> Response:
        """Ask the API for a caption, after the pause that slow mode makes."""
        number = request.path_params["number"]
        found = await self.store.fetch(session, number, "preview")
        if found is None:
            return refusal("You have no such picture.", 404, "unknown")
        if not await self.store.begin_call(session):
            return refusal("One caption at a time, please.", 409, "calling", 2)
        try:
            if view.slow:
                await asyncio.sleep(self.settings.slow_mode_delay_seconds)
            return await self._call(session, number, found[0])
        finally:
            await asyncio.shield(self.store.end_call(session))

    async def _call(self, session: str, number: int, jpeg: bytes) -> Response:
        if self.options.places and self.calls >= self.options.places:
            return refusal("The server is busy just now.", 503, "busy", 2)
        self.calls += 1
        try:
            text = await self.captions.caption(jpeg)
        except CaptionError as error:
            return refusal(str(error), error.status, error.reason, error.wait_seconds)
        finally:
            self.calls -= 1
        await self.store.set_caption(session, number, text)
        return JSONResponse({"caption": text})

    # What programs ask for

    async def healthz(self, _: Request) -> Response:
        """Say how it is, and whether the limits fit this machine."""
        return JSONResponse(
            {
                "status": "ok",
                "worker": self.options.worker,
                "sessions": await self.store.taken(),
                "max_concurrent_sessions": self.settings.max_concurrent_sessions,
                "slow_mode_default": self.settings.slow_mode_default,
                "slow_mode_delay_seconds": self.settings.slow_mode_delay_seconds,
                "check": self.check.status,
                "findings": self.check.findings,
                "problems": self.settings.problems,
            }
        )

    def owned(
        self, answer: Callable[[Request, str, View], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that is for those who are in, and for nobody else."""

        async def endpoint(request: Request) -> Response:
            changes = request.method not in {"GET", "HEAD"}
            if changes and "x-workshop" not in request.headers:  # other sites cannot set it
                return refusal("The header X-Workshop is missing.", 403, "header")
            session = session_of(request)
            view = await self.store.look(session)
            return await answer(request, session, view) if view else no_session()

        return endpoint

    def routes(self) -> list[Route | Mount]:
        """Return who answers what."""
        own = self.owned
        return [
            Route("/", self.home),
            Route("/join", self.join, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/api/me", own(self.me)),
            Route("/api/leave", own(self.leave), methods=["POST"]),
            Route("/api/slow-mode/{on}", own(self.slow_mode), methods=["PUT"]),
            Route("/api/pictures", own(self.upload), methods=["POST"]),
            Route("/api/pictures/{number:int}/caption", own(self.caption), methods=["POST"]),
            Route("/pictures/{number:int}", own(self.picture)),
            Route("/pictures/{number:int}/thumbnail", own(self.picture)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
