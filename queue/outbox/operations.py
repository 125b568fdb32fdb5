"""What people decide: retry, hold, release, skip; pause and resume a destination; stop and start everything; purge.

Every decision is written down with who, when and why, in the same transaction. A decision about a message that is in
flight at this moment is refused: its attempt cannot be called back.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outbox import tables
from outbox.errors import NotAllowedError, UnknownMessageError
from outbox.lane import LaneKey, follow, hold_lanes
from outbox.message import LaneState, MessageId, State

_QUEUED = frozenset({State.READY, State.WAITING})
_STUCK = frozenset({State.DEAD, State.HELD})


def retry(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Try a dead or waiting message again at once, with a fresh retry budget; its lane moves again.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is neither dead nor waiting, or it was skipped and its followers may have overtaken it.
    """
    _change(
        connection,
        message_id,
        verb="retry",
        allowed=frozenset({State.DEAD, State.WAITING}),
        values={"state": State.READY, "retry_at": None, "budget_used": 0, "budget_since": None},
    )
    _record(connection, "retry", by=by, reason=reason, now=now, message_id=message_id)


def hold(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Keep a message, and with it its followers in the lane, from being sent until it is released.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is neither ready nor waiting.
    """
    _change(connection, message_id, verb="hold", allowed=_QUEUED, values={"state": State.HELD})
    _record(connection, "hold", by=by, reason=reason, now=now, message_id=message_id)


def release(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Let a held message go again; a time before which it was not to be sent still holds.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is not held.
    """
    _change(
        connection,
        message_id,
        verb="release",
        allowed=frozenset({State.HELD}),
        values={"state": case((tables.message.c.retry_at.is_(None), State.READY), else_=State.WAITING)},
    )
    _record(connection, "release", by=by, reason=reason, now=now, message_id=message_id)


def skip(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Give a message up for good: it stays dead in the history and holds its lane no longer.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is in flight, done or already skipped.
    """
    _change(
        connection,
        message_id,
        verb="skip",
        allowed=_QUEUED | _STUCK,
        values={"state": State.DEAD, "retry_at": None, "finished_at": now},
    )
    _record(connection, "skip", by=by, reason=reason, now=now, message_id=message_id)


def pause(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """Claim nothing more for a destination; what is in flight is finished. Pausing again keeps the first pause."""
    table = tables.destination
    upsert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(
        upsert.on_conflict_do_update(
            index_elements=["name"],
            set_={name: upsert.excluded[name] for name in ("paused_at", "paused_by", "paused_reason")},
            where=table.c.paused_at.is_(None),
        ).values(name=destination, paused_at=now, paused_by=by, paused_reason=reason)
    )
    _record(connection, "pause", by=by, reason=reason, now=now, destination=destination)


def resume(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """End a destination's pause; without one nothing changes."""
    table = tables.destination
    connection.execute(
        update(table).where(table.c.name == destination).values(paused_at=None, paused_by=None, paused_reason=None)
    )
    _record(connection, "resume", by=by, reason=reason, now=now, destination=destination)


def stop(connection: Connection, *, by: str, reason: str, now: datetime) -> None:
    """Stop all claims everywhere; what is in flight is finished. Stopping again keeps the first stop."""
    table = tables.switch
    upsert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(
        upsert.on_conflict_do_nothing(index_elements=["name"]).values(
            name=tables.GLOBAL_STOP, set_at=now, set_by=by, reason=reason
        )
    )
    _record(connection, "stop", by=by, reason=reason, now=now)


def start(connection: Connection, *, by: str, reason: str, now: datetime) -> None:
    """End the global stop; without one nothing changes."""
    connection.execute(delete(tables.switch).where(tables.switch.c.name == tables.GLOBAL_STOP))
    _record(connection, "start", by=by, reason=reason, now=now)


def purge(connection: Connection, *, finished_before: datetime, by: str, reason: str, now: datetime) -> int:
    """Remove delivered and skipped messages that were finished before a time, with their attempts.

    A purged idempotency key is forgotten: keep messages longer than a producer may repeat itself, and longer than
    the catch-up window of schedules. Decisions about purged messages stay.

    Returns:
        How many messages were removed.
    """
    message, lane = tables.message, tables.lane
    removed = connection.execute(delete(message).where(message.c.finished_at < finished_before)).rowcount
    connection.execute(
        delete(lane).where(
            lane.c.state == LaneState.IDLE,
            ~exists().where(message.c.destination == lane.c.destination, message.c.lane == lane.c.key),
        )
    )
    _record(connection, "purge", by=by, reason=reason, now=now)
    return removed


def _change(
    connection: Connection, message_id: MessageId, *, verb: str, allowed: Collection[State], values: dict[str, Any]
) -> None:
    """Change an unfinished message that is in one of the allowed states, and let its lane follow."""
    table = tables.message
    place = connection.execute(select(table.c.destination, table.c.lane).where(table.c.id == message_id)).one_or_none()
    if place is None:
        raise UnknownMessageError(message_id)
    key = LaneKey(place.destination, place.lane)
    hold_lanes(connection, [key])
    # Read only now: until the lane was ours a worker could have changed the state.
    row = connection.execute(
        select(table.c.seq, table.c.state, table.c.finished_at).where(table.c.id == message_id)
    ).one()
    if row.state not in allowed or row.finished_at is not None:
        state = f"{row.state} and finished" if row.finished_at is not None else str(row.state)
        raise NotAllowedError(verb, message_id, state, wanted=" or ".join(sorted(allowed)))
    connection.execute(update(table).where(table.c.seq == row.seq).values(values))
    follow(connection, [key])


def _record(
    connection: Connection,
    verb: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    message_id: MessageId | None = None,
    destination: str | None = None,
) -> None:
    connection.execute(
        insert(tables.decision).values(
            at=now, by=by, verb=verb, reason=reason, message_id=message_id, destination=destination
        )
    )
