"""Where are we: what a measurement depends on, read without load, network or child process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from stresstune.config.digests import key_fingerprint, workload_digest
from stresstune.memory.ends.limits import find_limit
from stresstune.memory.readings.kernel_files import Path, read_text
from stresstune.model.fingerprint import Fingerprint

if TYPE_CHECKING:
    from stresstune.config.schema import Config


def fingerprint(
    config: Config,
    *,
    limit_bytes: int | None = None,
    model: str = "",
    key: str = "",
    version: str = "",
) -> Fingerprint:
    """Return what a measurement that is made here and now depends on.

    Args:
        config: For the workload.
        limit_bytes: Memory to reckon with, if that is less than what there is.
        model: The model that is probed, or "".
        key: The API key that is used, or ""; only its hash is kept.
        version: Of stresstune; it is only kept, never compared, and slow to find out.

    Raises:
        ValueError: The limit is not above 0 bytes.
    """
    stated = config.memory.limit_bytes if limit_bytes is None else limit_bytes
    limit_bytes, source = find_limit(override_bytes=stated)
    return Fingerprint(
        limit_bytes=limit_bytes,
        limit_source=source,
        cpu_quota=cpu_quota(),
        workload_digest=workload_digest(config.workload),
        model=model,
        key_fingerprint=key_fingerprint(key),
        version=version,
    )


def cpu_quota(root: Path = "/") -> float | None:
    """Return how many CPUs this process may use, or None where that cannot be told.

    The smaller of its affinity and of the quota of the control group that is mounted at
    ``/sys/fs/cgroup`` (in a container: its own; v2 ``cpu.max``, v1 ``cpu.cfs_quota_us``).
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cpus = [float(len(affinity(0)))] if affinity else []
    return min([*cpus, *_quotas(f"{root}/sys/fs/cgroup")], default=None)


@cache
def installed_version() -> str:
    """Return the version of stresstune; it runs from a checkout too."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 20 ms

    try:
        return version("stresstune")
    except PackageNotFoundError:
        return "0+checkout"


def _quotas(folder: str) -> Iterator[float]:
    with suppress(OSError, ValueError):
        quota, period = read_text(f"{folder}/cpu.max").split()
        if quota != "max":
            yield int(quota) / int(period)
    for controller in ("cpu", "cpu,cpuacct"):
        with suppress(OSError, ValueError):
            quota_us = int(read_text(f"{folder}/{controller}/cpu.cfs_quota_us"))
            period_us = int(read_text(f"{folder}/{controller}/cpu.cfs_period_us"))
            if quota_us > 0:
                yield quota_us / period_us
