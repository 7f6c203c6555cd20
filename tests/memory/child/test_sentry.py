"""Who looks at the guard while the reader is held up."""

import math
import threading

from stresstune.memory.child.sentry import Sentry


def test_it_looks_whenever_it_is_due_until_it_is_relieved():
    looks: list[int] = []
    enough = threading.Event()

    def look() -> float:
        looks.append(threading.get_ident())
        if len(looks) == 3:
            enough.set()
            return math.inf
        return 0.0

    sentry = Sentry(look)
    sentry.post()
    sentry.post()
    assert enough.wait(5)
    sentry.relieve()
    assert len(looks) == 3
    assert threading.get_ident() not in looks


def test_who_was_never_posted_is_relieved_at_once():
    Sentry(lambda: 0.0).relieve()
