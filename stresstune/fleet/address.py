"""Where is the scheduler that somebody means? Read without importing dask."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from stresstune.errors import UsageError


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
        return {"address": text}, text
    if not Path(text).is_file():
        raise UsageError(
            f"{text} is no fleet: give tcp://HOST:8786, the path of a scheduler file, or local:N"
        )
    address_in(text)
    return {"scheduler_file": text}, text


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
