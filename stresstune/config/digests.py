"""What tells two workloads apart, and two API keys. Pure.

hashlib takes 4 ms to load, which a startup check is spared where it needs none.
"""

from __future__ import annotations

import zlib

from stresstune.model.workload import Workload

_DIGITS_OF_EARLIER_VERSIONS = 16
"""They had a part of a SHA-256 for a workload."""


def workload_digest(workload: Workload) -> str:
    """Return what tells two workloads apart; a checksum will do for that."""
    return f"crc32:{zlib.crc32(workload.to_json().encode()):08x}"


def as_digested(workload: Workload, then: str, now: str) -> str:
    """Return a workload's digest in the form that an earlier one has.

    Args:
        workload: The workload of today.
        then: The earlier digest.
        now: Today's, in today's form; returned where that is the form of both.
    """
    if len(then) != _DIGITS_OF_EARLIER_VERSIONS or not now:
        return now
    import hashlib  # noqa: PLC0415 - see above

    return hashlib.sha256(workload.to_json().encode()).hexdigest()[:16]


def key_fingerprint(key: str) -> str:
    """Return what tells two API keys apart and gives neither away; "" for no key.

    A slow salted hash (PBKDF2), so that a journal that leaks does not help to guess the key; the
    salt is fixed, so that the same key gives the same fingerprint on every machine.
    """
    if not key:
        return ""
    import hashlib  # noqa: PLC0415 - see above

    digest = hashlib.pbkdf2_hmac("sha256", key.encode(), b"stresstune key fingerprint", 10_000)
    return digest.hex()[:16]
