"""The app of one worker: opens what it needs, serves, and lets go of it."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

import stresstune
from examples.workshop_app.answers import no_room, store_away
from examples.workshop_app.captions import Captions
from examples.workshop_app.handover import Handover
from examples.workshop_app.headers import SafeHeaders
from examples.workshop_app.memory_store import MemoryStore
from examples.workshop_app.options import Options, read_options
from examples.workshop_app.seats import Seats
from examples.workshop_app.store import NoRoomError, Store
from examples.workshop_app.workshop import Workshop

_SWEEP_SECONDS = 30
_log = logging.getLogger("uvicorn.error")


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
        exception_handlers={NoRoomError: no_room, **dict.fromkeys(_away(options), store_away)},
    )


def _away(options: Options) -> tuple[type[Exception], ...]:
    """Return what is raised where the sessions cannot be reached."""
    if not options.redis_url:
        return ()
    from examples.workshop_app.redis_store import AWAY  # noqa: PLC0415 - if there is one

    return AWAY


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
