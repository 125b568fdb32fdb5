"""For the tests of those who use the outbox: a clock that stands still, and a real store that needs no file."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import URL, Engine, create_engine

from outbox.sqlite import configure_sqlite

_numbers = count(1)


class ManualClock:
    """A clock that stands still until it is told to move; call it to read it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Return the present."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on, or back where ``by`` is negative, and return the new present."""
        self._now += by
        return self._now


def memory_engine(*, busy_timeout: timedelta = timedelta(seconds=10)) -> Engine:
    """Open a new, empty SQLite database in this process's memory, for any number of threads.

    It is the real store, not an imitation: ``migrate`` it, and everything that holds for a file holds for it, with
    two exceptions: ``dispose`` leaves nothing of it, and neither does the end of the process; and as there
    is no WAL in memory, a transaction that reads keeps others from committing until it ends.

    Args:
        busy_timeout: How long a transaction waits for its turn before "database is locked".
    """
    # The VFS "memdb" shares a database between connections by a name that begins with a slash (SQLite, memdb.c).
    # One connection stays in the pool and keeps it alive.
    url = URL.create("sqlite", database=f"file:/outbox-{next(_numbers)}", query={"vfs": "memdb", "uri": "true"})
    engine = configure_sqlite(create_engine(url, hide_parameters=True), busy_timeout=busy_timeout)
    engine.connect().close()
    return engine
