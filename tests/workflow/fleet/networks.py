"""Network namespaces with a bridge between them: hosts whose cable can be pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

BRIDGE = "strbr0"
NET = "10.213.77"
HOME = f"{NET}.1"
"""The address of this side, which is on no wire."""


def ip(*words: str) -> bool:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    return done.returncode == 0


def why_not() -> str:
    """Return why no network can be made here, or ""."""
    if shutil.which("ip") is None or shutil.which("nsenter") is None:
        return "no iproute2 or no nsenter here"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not ip("link", "add", "strtest0", "type", "bridge"):
        return "no bridge can be made here"
    ip("link", "del", "strtest0")
    return "" if ip("netns", "list") else "no network namespaces here"


@contextmanager
def bridged() -> Iterator[None]:
    """Make a bridge that this side is on."""
    ip("link", "del", BRIDGE)
    assert ip("link", "add", BRIDGE, "type", "bridge")
    try:
        assert ip("addr", "add", f"{HOME}/24", "dev", BRIDGE)
        assert ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "del", BRIDGE)


@contextmanager
def host(number: int) -> Iterator[list[str]]:
    """Make a namespace on the bridge; yields how a command is run in it."""
    name, near, far = f"strns{number}", f"strv{number}", f"strp{number}"
    ip("netns", "del", name)
    ip("link", "del", near)
    assert ip("netns", "add", name)
    try:
        assert ip("link", "add", near, "type", "veth", "peer", "name", far)
        assert ip("link", "set", far, "netns", name)
        assert ip("link", "set", near, "master", BRIDGE)
        assert ip("link", "set", near, "up")
        inside = ("netns", "exec", name, "ip")
        assert ip(*inside, "addr", "add", f"{NET}.{10 + number}/24", "dev", far)
        assert ip(*inside, "link", "set", far, "up")
        assert ip(*inside, "link", "set", "lo", "up")
        # not `ip netns exec`, which mounts another /sys, without the control groups
        yield ["nsenter", f"--net=/run/netns/{name}"]
    finally:
        ip("netns", "del", name)
        ip("link", "del", near)


def pull_cable(number: int) -> None:
    """Take the link of a host down: nothing reaches it any more, and nothing says so."""
    assert ip("link", "set", f"strv{number}", "down")
