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

    A salted hash, cut to 64 bits. A key is random and has three times as many bits, so no number of
    guesses leads back to it: to make each guess slow, as for a password, would only keep the
    startup check waiting. The salt is fixed, so that a key has one fingerprint on all machines.
    """
    if not key:
        return ""
    try:
        from _blake2 import blake2b  # noqa: PLC0415 - hashlib's own, without the rest of it
    except ImportError:  # an interpreter that is no CPython
        from hashlib import blake2b  # noqa: PLC0415 - see above
    return f"blake2b:{blake2b(key.encode(), digest_size=8, person=b'stresstune key').hexdigest()}"
