"""Seats, counted over all workers of the server."""

import sqlite3
from pathlib import Path


class Seats:
    """A fixed number of seats in a small SQLite file, whoever takes one.

    One transaction looks and takes, so that two workers never give away the same seat; a worker
    that was killed leaves its rows, and whoever takes its number clears them.

    >>> seats = Seats(":memory:", limit=1, worker=0)
    >>> seats.take("anna"), seats.take("ben"), seats.taken()
    (True, False, 1)
    >>> seats.free("anna")
    >>> seats.take("ben")
    True
    """

    def __init__(self, path: Path | str, *, limit: int, worker: int) -> None:
        self._limit, self._worker = limit, worker
        self._rows = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._rows.execute("PRAGMA synchronous = OFF")  # the file need not outlive the machine
        self._rows.execute(
            "CREATE TABLE IF NOT EXISTS seat (session TEXT PRIMARY KEY, worker INTEGER)"
        )
        self._rows.execute("DELETE FROM seat WHERE worker = ?", (worker,))

    def take(self, session: str) -> bool:
        """Take a seat, if one is free."""
        taken = self._rows.execute(
            "INSERT INTO seat SELECT ?, ? WHERE (SELECT count(*) FROM seat) < ?",
            (session, self._worker, self._limit),
        )
        return taken.rowcount == 1

    def free(self, session: str) -> None:
        """Give a seat back."""
        self._rows.execute("DELETE FROM seat WHERE session = ?", (session,))

    def taken(self) -> int:
        """Return how many seats are taken."""
        return int(self._rows.execute("SELECT count(*) FROM seat").fetchone()[0])

    def close(self) -> None:
        """Give all seats of this worker back, and close the file."""
        self._rows.execute("DELETE FROM seat WHERE worker = ?", (self._worker,))
        self._rows.close()
