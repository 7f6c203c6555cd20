"""The same calls for asynchronous programs; each runs in a thread of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Literal

import anyio.to_thread

from stresstune.config.apply import Applied, apply
from stresstune.config.plan import Wanted, plan
from stresstune.config.rollback import rollback
from stresstune.config.settings import Settings, load_settings
from stresstune.model.change import Evidence, Plan


async def aplan(
    path: str | os.PathLike[str],
    recommendation: Wanted,
    *,
    evidence: Evidence | None = None,
    state_dir: str | os.PathLike[str] | None = None,
) -> Plan:
    """Do what `stresstune.config.plan.plan` does, without blocking the event loop.

    >>> import anyio
    >>> anyio.run(aplan, "workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}).changes[0].new
    18
    """
    call = partial(plan, path, recommendation, evidence=evidence, state_dir=state_dir)
    return await anyio.to_thread.run_sync(call)


async def aapply(plan: Plan) -> Applied:
    """Do what `stresstune.config.apply.apply` does, without blocking the event loop.

    A cancelled call lets the write come to its end first: it is never left half done.

    >>> import anyio
    >>> anyio.run(aapply, plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18})).changed
    True
    """
    return await anyio.to_thread.run_sync(apply, plan)


async def arollback(
    path: str | os.PathLike[str],
    to: int | None = None,
    *,
    state_dir: str | os.PathLike[str] | None = None,
) -> Applied:
    """Do what `stresstune.config.rollback.rollback` does, without blocking the event loop.

    >>> import anyio
    >>> applied = apply(plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18}))
    >>> anyio.run(arollback, "workshop.toml").changes[0].new
    30
    """
    return await anyio.to_thread.run_sync(partial(rollback, path, to, state_dir=state_dir))


async def aload_settings(
    path: str | os.PathLike[str],
    *,
    on_error: Literal["raise", "safe"] = "raise",
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Do what `stresstune.config.settings.load_settings` does, without blocking the event loop.

    >>> import anyio
    >>> anyio.run(partial(aload_settings, "workshop.toml", environ={})).max_concurrent_sessions
    30
    """
    call = partial(load_settings, path, on_error=on_error, environ=environ)
    return await anyio.to_thread.run_sync(call)
