"""Values on the command line that click does not know."""

from __future__ import annotations

import click

from stresstune.units import parse_bytes


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A size in bytes, such as 2GB (10^9) or 512MiB (2^20)."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it.

        >>> Size().convert("2GB", None, None)
        2000000000
        """
        try:
            return parse_bytes(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


SIZE = Size()
