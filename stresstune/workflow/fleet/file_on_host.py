"""What plans and writes a host's own config there, in a worker; failures are returned."""

from __future__ import annotations

import asyncio
import os

from msgspec.structs import replace

from stresstune.config.apply import Applied, apply
from stresstune.config.load import load_config
from stresstune.config.plan import plan
from stresstune.config.writable import check_writable
from stresstune.errors import StalePlan, StresstuneError
from stresstune.model.change import Plan
from stresstune.workflow.careful import never_bolder
from stresstune.workflow.fleet.order import Failed, FileOrder, Look, Planned
from stresstune.workflow.here import fingerprint, installed_version
from stresstune.workflow.remembered import remembers_the_other_side


async def plan_file(order: FileOrder) -> Planned | Failed:
    """Work out what would be written here."""
    try:
        return await asyncio.to_thread(_planned, order)
    except (StresstuneError, ValueError, OSError) as error:
        return Failed(reason=str(error))


async def write_file(made: Plan) -> Applied | Failed:
    """Write what was planned here, with this host's own journal."""
    try:
        return await asyncio.to_thread(apply, made)
    except StalePlan as error:
        return Failed(reason=str(error), stale=True)
    except (StresstuneError, ValueError, OSError) as error:
        return Failed(reason=str(error))


def file_problem(order: Look) -> str:
    """Return why the config cannot be used or written here, or ""."""
    if order.path is None:
        return ""
    try:
        load_config(order.path)
        check_writable(order.path, state_dir=order.state_dir)
    except StresstuneError as error:
        return str(error)
    return ""


def _planned(order: FileOrder) -> Planned:
    config = load_config(order.path)
    memory = order.evidence.verdict.memory
    modelled = memory is not None and memory.is_modelled
    then = order.evidence.fingerprint
    key = os.environ.get("GOOGLE_API_KEY") or os.environ.get("GEMINI_API_KEY") or ""
    here = fingerprint(
        config,
        limit_bytes=memory.limit_bytes if memory and modelled else None,
        model=then.model,
        key=key.strip() if then.key_fingerprint else "",
        version=installed_version(),
    )
    evidence = replace(order.evidence, fingerprint=here)
    verdict = order.evidence.verdict
    careful = order.careful or remembers_the_other_side(config, order.state_dir, verdict)
    wanted = never_bolder(order.wanted, config.values) if careful else order.wanted
    made = plan(order.path, wanted, evidence=evidence, state_dir=order.state_dir)
    return Planned(plan=made)
