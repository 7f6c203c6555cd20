"""What XML 1.0 can spell, and what becomes of the rest."""

from __future__ import annotations

import re

_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def spelled(text: str) -> str:
    r"""Return a text with a question mark for every character that XML has no way to spell.

    >>> spelled("\x1b[31mred")
    '?[31mred'
    """
    return _IMPOSSIBLE.sub("?", text)
