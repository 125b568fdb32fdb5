"""The row of a destination: made on first use, locked in the order of names, written with its away time kept."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outbox import tables
from outbox.breaker import Breaker, BreakerState
from outbox.rows import AnyRow

_MICROSECOND = timedelta(microseconds=1)


def away_at(row: AnyRow | None, now: datetime) -> int:
    """Return for how many microseconds a destination has been away in all by now; 0 without a row.

    Away is paused, or with a breaker that is not closed; time that was both counts once.
    """
    if row is None:
        return 0
    before: int = row.away
    return before if row.away_since is None else before + max(0, (now - row.away_since) // _MICROSECOND)


def hold(connection: Connection, destinations: Collection[str]) -> dict[str, AnyRow]:
    """Lock the rows of these destinations until the end of the transaction, in order; make those that are missing."""
    held = _lock(connection, destinations)
    missing = sorted(set(destinations) - set(held))
    if missing:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(tables.destination).on_conflict_do_nothing(index_elements=["name"])
        connection.execute(statement, [{"name": name} for name in missing])
        held = _lock(connection, destinations)
    return held


def hold_free(connection: Connection, destinations: Collection[str]) -> Collection[str]:
    """Lock, without waiting, those of these rows that nobody else has locked, and return whose they are.

    Missing ones are made. Only there, once in a destination's life, may this wait for somebody who makes the same.
    """
    if not destinations:
        return ()
    parameters = {"names": sorted(destinations)}
    known = set(connection.execute(_KNOWN, parameters).scalars())
    if missing := set(destinations) - known:
        hold(connection, missing)
    return set(connection.execute(_LOCK_FREE, parameters).scalars())


def _lock(connection: Connection, destinations: Collection[str]) -> dict[str, AnyRow]:
    if not destinations:
        return {}
    return {row.name: row for row in connection.execute(_LOCK, {"names": sorted(destinations)})}


def write(connection: Connection, row: AnyRow, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Change a locked row and keep its away time."""
    if not changes:
        return
    breaker = changes.get("breaker", row.breaker)
    was = row.paused_at is not None or row.breaker is not BreakerState.CLOSED
    is_ = changes.get("paused_at", row.paused_at) is not None or breaker is not BreakerState.CLOSED
    values = dict(changes)
    if is_ and not was:
        values["away_since"] = now
    if was and not is_:
        values |= {"away_since": None, "away": away_at(row, now)}
    connection.execute(_WRITE, {"which": row.name, **values})


def breaker_of(row: AnyRow) -> Breaker:
    """Return where the destination's breaker stands."""
    return Breaker(
        state=row.breaker,
        since=row.breaker_since,
        until=row.breaker_until,
        trips=row.breaker_trips,
        probes=row.breaker_probes,
        window_since=row.window_since,
        ok=row.window_ok,
        failed=row.window_failed,
        before_ok=row.before_ok,
        before_failed=row.before_failed,
    )


def breaker_columns(breaker: Breaker) -> dict[str, Any]:
    """Return the columns that say where a breaker stands."""
    return {
        "breaker": breaker.state,
        "breaker_since": breaker.since,
        "breaker_until": breaker.until,
        "breaker_trips": breaker.trips,
        "breaker_probes": breaker.probes,
        "window_since": breaker.window_since,
        "window_ok": breaker.ok,
        "window_failed": breaker.failed,
        "before_ok": breaker.before_ok,
        "before_failed": breaker.before_failed,
    }


# Part of many claims, and so built once: to build a statement takes several times as long as to run it.
_LOCK = (
    select(tables.destination)
    .where(tables.destination.c.name.in_(bindparam("names", expanding=True)))
    .order_by(tables.destination.c.name)
    .with_for_update()
)
_KNOWN = select(tables.destination.c.name).where(tables.destination.c.name.in_(bindparam("names", expanding=True)))
_LOCK_FREE = _KNOWN.order_by(tables.destination.c.name).with_for_update(skip_locked=True)
_WRITE = update(tables.destination).where(tables.destination.c.name == bindparam("which"))
