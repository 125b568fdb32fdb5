"""Readiness: what is made sure of before a worker's first claim, because later it would show as something else.

A database without tables looks like one that is away, a destination without a handler like one where nothing happens.
"""

import logging
from collections.abc import Collection

from sqlalchemy import Connection, Engine, func, select

from outbox import tables
from outbox.errors import MovedAwayError
from outbox.migrations import check
from outbox.sqlite import is_set_up, reading

_log = logging.getLogger("outbox.worker")


def make_sure(engine: Engine, handled: Collection[str]) -> None:
    """Refuse a database that no worker may work on, and log what is probably not meant.

    Args:
        engine: Of the worker.
        handled: The destinations for which it has handlers.

    Raises:
        SchemaMismatchError: The database is not at this version's revision.
        MovedAwayError: The queue was moved to another database.
    """
    check(engine)
    with reading(engine).connect() as connection:
        refuse_moved(connection)
        if not is_set_up(connection):
            _log.warning("SQLite engine not set up: use sqlite_engine or configure_sqlite")
        for name in waiting_destinations(connection):
            if name not in handled:
                _log.warning("messages wait for a destination without a handler here", extra={"destination": name})


def refuse_moved(connection: Connection) -> None:
    """Make sure that the queue was not moved to another database.

    Raises:
        MovedAwayError: It was.
    """
    switch = tables.switch
    moved = connection.execute(select(switch.c.reason).where(switch.c.name == tables.MOVED)).scalar_one_or_none()
    if moved is not None:
        raise MovedAwayError(moved)


def waiting_destinations(connection: Connection) -> list[str]:
    """Return the destinations of which a message is due or will be, in order.

    One look into the index a destination, however many messages wait.
    """
    lane = tables.lane
    after = select(func.min(lane.c.destination)).where(lane.c.wake_at.is_not(None))
    names = after.with_only_columns(func.min(lane.c.destination).label("name")).cte("names", recursive=True)
    following = after.where(lane.c.destination > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    found = connection.execute(select(names.c.name).where(names.c.name.is_not(None)).order_by(names.c.name))
    return list(found.scalars())
