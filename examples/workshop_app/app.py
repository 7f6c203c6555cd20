"""The routes: what students and programs may ask."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

import stresstune
from examples.workshop_app.captions import CaptionError, Captions
from examples.workshop_app.cookies import forget, remember, session_of
from examples.workshop_app.handover import Handover
from examples.workshop_app.headers import SafeHeaders
from examples.workshop_app.memory_store import MemoryStore
from examples.workshop_app.options import Options, read_options
from examples.workshop_app.pictures import BadPictureError, look_at
from examples.workshop_app.seats import Seats
from examples.workshop_app.store import Kind, NoRoomError, Store, TooManyPicturesError, View
from examples.workshop_app.uploads import read_body

HERE = Path(__file__).parent
RETRY_FULL_SECONDS = 60
_SWEEP_SECONDS = 30
_log = logging.getLogger("uvicorn.error")
_pages = Jinja2Templates(HERE / "templates")


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
        return _pages.TemplateResponse(request, "workshop.html", self._words())

    async def join(self, request: Request) -> Response:
        """Let somebody in, or say that the house is full."""
        if await self.store.look(session_of(request)) is not None:
            return RedirectResponse("/", 303)
        session = await self.store.open(slow=self.settings.slow_mode_default)
        if session is None:
            return await self._full(request)
        response: Response = RedirectResponse("/", 303)
        if _is_program(request):
            response = JSONResponse({"joined": True}, 201)
        remember(response, request, session)
        return response

    async def _door(self, request: Request) -> Response:
        words = {**self._words(), "taken": await self.store.taken()}
        response = _pages.TemplateResponse(request, "door.html", words)
        if session_of(request):
            forget(response)
        return response

    async def _full(self, request: Request) -> Response:
        # The connection is closed too: those who wait outside take nobody's place.
        headers = {"Retry-After": str(RETRY_FULL_SECONDS), "Connection": "close"}
        if _is_program(request):
            text = f"All {self.store.limit} places are taken."
            return _refusal(text, 503, "full", RETRY_FULL_SECONDS, headers)
        words = {**self._words(), "seconds": RETRY_FULL_SECONDS}
        return _pages.TemplateResponse(request, "full.html", words, 503, headers)

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
            return _refusal("Slow mode is on or off.", 404, "unknown")
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
            return _refusal(str(error), error.status, "picture")
        except TooManyPicturesError:
            text = f"You have {self.options.max_pictures} pictures: that is all there is room for."
            return _refusal(text, 409, "too_many")
        return JSONResponse(asdict(picture), 201) if picture else _no_session()

    async def picture(self, request: Request, session: str, _: View) -> Response:
        """Return a picture of the student's own."""
        kind: Kind = "thumbnail" if request.url.path.endswith("/thumbnail") else "original"
        found = await self.store.fetch(session, request.path_params["number"], kind)
        if found is None:
            return _refusal("You have no such picture.", 404, "unknown")
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "private"})

    async def caption(self, request: Request, session: str, view: View) -> Response:
        """Ask the API for a caption, after the pause that slow mode makes."""
        number = request.path_params["number"]
        found = await self.store.fetch(session, number, "preview")
        if found is None:
            return _refusal("You have no such picture.", 404, "unknown")
        if not await self.store.begin_call(session):
            return _refusal("One caption at a time, please.", 409, "calling", 2)
        try:
            if view.slow:
                await asyncio.sleep(self.settings.slow_mode_delay_seconds)
            return await self._call(session, number, found[0])
        finally:
            await asyncio.shield(self.store.end_call(session))

    async def _call(self, session: str, number: int, jpeg: bytes) -> Response:
        if self.options.places and self.calls >= self.options.places:
            return _refusal("The server is busy.", 503, "busy", 2)
        self.calls += 1
        try:
            text = await self.captions.caption(jpeg)
        except CaptionError as error:
            return _refusal(str(error), error.status, error.reason, error.wait_seconds)
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
                return _refusal("The header X-Workshop is missing.", 403, "header")
            session = session_of(request)
            view = await self.store.look(session)
            return await answer(request, session, view) if view else _no_session()

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


def create_app(options: Options | None = None) -> Starlette:
    """Return the app of one worker; `examples.workshop_app.__main__` starts as many as are wanted.

    Raises:
        ValueError: An option cannot be.
        stresstune.ConfigError: The config cannot be read.
    """
    options = options or read_options()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            workshop = await _open_workshop(options, stack)
            app.router.routes.extend(workshop.routes())
            sweeping = asyncio.create_task(_sweep(workshop.store))
            yield
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    handover = Middleware(Handover, run_folder=options.run_folder, worker=options.worker)
    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(SafeHeaders), handover],
        exception_handlers={NoRoomError: _no_room},
    )


async def _open_workshop(options: Options, stack: AsyncExitStack) -> Workshop:
    settings = await stresstune.aload_settings(options.config)
    check = await stresstune.acheck(options.config)
    _log.info("stresstune: %s is %s for this machine", options.config, check.status)
    for finding in check.findings:
        _log.warning("stresstune: %s", finding)
    folder = options.run_folder or stack.enter_context(tempfile.TemporaryDirectory())
    store = _open_store(options, settings.max_concurrent_sessions, folder)
    stack.push_async_callback(store.aclose)
    captions = await stack.enter_async_context(Captions(options.model))
    return Workshop(options, settings, check, store, captions)


def _open_store(options: Options, limit: int, folder: str) -> Store:
    if options.redis_url:
        from examples.workshop_app.redis_store import RedisStore  # noqa: PLC0415 - if there is one

        return RedisStore(
            options.redis_url,
            limit=limit,
            max_pictures=options.max_pictures,
            idle_seconds=options.idle_seconds,
        )
    return MemoryStore(
        Seats(Path(folder) / "seats.sqlite", limit=limit, worker=options.worker),
        limit=limit,
        prefix=f"{options.worker}.",
        keep=options.keep,
        max_pictures=options.max_pictures,
        idle_seconds=options.idle_seconds,
    )


async def _sweep(store: Store) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        await store.sweep()


def _is_program(request: Request) -> bool:
    return "text/html" not in request.headers.get("accept", "")


def _refusal(
    text: str,
    status: int,
    reason: str,
    wait_seconds: int = 0,
    headers: dict[str, str] | None = None,
) -> Response:
    waiting = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
    body = {"error": text, "reason": reason, "wait_seconds": wait_seconds}
    return JSONResponse(body, status, {**waiting, **(headers or {})})


async def _no_room(_: Request, __: Exception) -> Response:
    return _refusal("There is no memory left for pictures.", 503, "no_room", 60)


def _no_session() -> Response:
    return _refusal("Your session has ended. Join again.", 401, "no_session")
