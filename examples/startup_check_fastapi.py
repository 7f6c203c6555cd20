"""A FastAPI app that asks at its start whether its limits still fit the machine.

    python examples/startup_check_fastapi.py      # and look at http://127.0.0.1:8000/healthz

`STRESSTUNE_CONFIG` names the config (workshop.toml), `PORT` the port.
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

import stresstune

CONFIG = os.environ.get("STRESSTUNE_CONFIG", "workshop.toml")
log = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Read the settings and check them, before the first request is served."""
    app.state.settings = await stresstune.aload_settings(CONFIG)
    app.state.check = await stresstune.acheck(CONFIG)
    for finding in app.state.check.findings:
        log.warning("stresstune: %s", finding)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> dict[str, object]:
    """Say what is in force, and whether it was measured here."""
    return {
        "max_concurrent_sessions": app.state.settings.max_concurrent_sessions,
        "capacity": app.state.check.status,
        "findings": app.state.check.findings,
    }


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
