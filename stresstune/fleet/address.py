"""Where is the scheduler that somebody means? Read without importing dask."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stresstune.errors import UsageError

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx", "inproc")
"""How dask's schedulers can be reached."""


def address_of(client: object) -> tuple[dict[str, Any], str]:
    """Return how to reach the scheduler that somebody means, and its name for people.

    Args:
        client: A ``distributed.Client`` or a cluster, the address of a scheduler
            (``tcp://host:8786``), or the path of a scheduler file.

    Raises:
        UsageError: It is none of these.

    >>> address_of("tcp://10.0.0.1:8786")
    ({'address': 'tcp://10.0.0.1:8786'}, 'tcp://10.0.0.1:8786')
    """
    loaded = sys.modules.get("distributed")
    if loaded is not None and isinstance(client, loaded.Client):
        where = {"address": str(client.scheduler.address), "security": client.security}
        return where, where["address"]
    cluster_address = getattr(client, "scheduler_address", None)
    if isinstance(cluster_address, str):
        return {
            "address": cluster_address,
            "security": getattr(client, "security", None),
        }, cluster_address
    if not isinstance(client, str | os.PathLike):
        raise UsageError(
            f"a fleet is a distributed.Client, a cluster, a scheduler's address or its file, not "
            f"{type(client).__name__}"
        )
    text = os.fspath(client)
    if "://" in text:
        _check_address(text)
        return {"address": text}, text
    if not Path(text).is_file():
        raise UsageError(f"{text} is no fleet: give {_meant(text)}")
    address_in(text)
    return {"scheduler_file": text}, text


def _meant(text: str) -> str:
    """Say what somebody should have given who gave something else."""
    if re.fullmatch(r"[^\s/:]+:\d+", text) and not text.startswith("local:"):
        return f"tcp://{text}, if that is where the scheduler is"
    return "tcp://HOST:8786, the path of a scheduler file, or local:N"


def _check_address(text: str) -> None:
    """Raise UsageError where this is no address at which a scheduler can be."""
    scheme, _, rest = text.partition("://")
    if scheme not in SCHEMES:
        others = ", ".join(f"{one}://" for one in SCHEMES[1:])
        raise UsageError(
            f"{text} is no scheduler's address: it begins with tcp:// (or {others}), and the "
            "dashboard's http:// is another one"
        )
    try:
        complete = scheme == "inproc" or urlsplit(f"//{rest}").port is not None
    except ValueError:
        complete = False
    if not complete:
        raise UsageError(f"{text} has no port: a scheduler listens at 8786 unless it is told")


def address_in(file: str) -> str:
    """Return the scheduler's address that stands in its file.

    Raises:
        UsageError: None does.
    """
    try:
        document = json.loads(Path(file).read_bytes())
        address = document["address"]
        if isinstance(address, str) and "://" in address:
            return address
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        pass
    raise UsageError(
        f"{file} is no scheduler file: it must be what `dask scheduler --scheduler-file` writes, "
        'JSON with the "address" (tcp://HOST:8786) in it'
    )
