"""Values on the command line that click does not know."""

from __future__ import annotations

import click

from stresstune.errors import ConfigError
from stresstune.units import parse_bytes

LEAST_LIMIT_BYTES = 1_000_000
"""No interpreter runs in less memory: whoever says so means another unit."""


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A memory limit in bytes, such as 2GB (10^9) or 512MiB (2^20)."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it.

        >>> Size().convert("2GB", None, None)
        2000000000
        """
        try:
            size = parse_bytes(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if size < LEAST_LIMIT_BYTES:
            meant = f"{value}MB" if str(value).strip().isdecimal() else "a larger unit"
            self.fail(f"{value} is {size:,} bytes, too little for any app; {meant}?", param, ctx)
        return size


class Pair(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """Two texts with a sign between them, such as ``Name: value`` or ``field=path``."""

    name = "pair"

    def __init__(self, sign: str) -> None:
        self._sign = sign

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Read it.

        >>> Pair(":").convert("Authorization: Bearer a:b", None, None)
        ('Authorization', 'Bearer a:b')
        """
        first, sign, second = str(value).partition(self._sign)
        if not sign or not first.strip():
            what = (param.metavar if param else None) or f"NAME{self._sign}VALUE"
            self.fail(f"write it as {what}", param, ctx)  # a header may be a secret: not shown
        return first.strip(), second.strip()


class Filled(click.ParamType):  # type: ignore[type-arg]  # as above
    """A text that is not empty: where a shell's variable is unset, nothing else is meant by it."""

    name = "text"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Read it.

        >>> Filled().convert("http://127.0.0.1:8080", None, None)
        'http://127.0.0.1:8080'
        """
        text = str(value)
        if not text.strip():
            self.fail("it is empty; give it a value, or leave the option out", param, ctx)
        return text


SIZE = Size()

FILLED = Filled()

FILE = click.Path(readable=False)
"""A path, so that a shell completes it; whether it is there is for whoever opens it."""


def one_of_profiles(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
    """Complete the name of an emulator's profile."""
    del ctx, param
    from stresstune.emulator.presets import PROFILES  # noqa: PLC0415 - for a tab key only

    return [name for name in PROFILES if name.startswith(typed)]


def one_of_keys(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
    """Complete the path of a knob in the config that was named, as far as it can be read."""
    del param
    from stresstune.config.load import load_config  # noqa: PLC0415 - for a tab key only
    from stresstune.config.schema import KNOBS  # noqa: PLC0415

    group = ctx.parent.params if ctx.parent else {}
    try:
        keys = load_config(ctx.params.get("config") or group["config_path"]).keys
    except (ConfigError, KeyError):
        return [knob for knob in KNOBS if knob.startswith(typed)]
    return [key for knob in KNOBS if (key := keys.of(knob)) and key.startswith(typed)]
