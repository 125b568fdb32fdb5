"""What people decide about a lane: pause and resume it, do something about its head, drop what is before a message.

Every decision is written down with who, when and why, in the same transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from outbox import tables
from outbox.decisions import record, record_where
from outbox.errors import NotAllowedError, UnknownLaneError, UnknownMessageError
from outbox.grasp import let_go
from outbox.lane import LaneKey, hold_lanes
from outbox.message import LaneState, MessageId
from outbox.operations import given_up, retry, skip
from outbox.rows import AnyRow


def pause_lane(connection: Connection, lane: LaneKey, *, by: str, reason: str, now: datetime) -> None:
    """Claim nothing more from a lane; what is in flight is finished. Pausing again keeps the first pause.

    Raises:
        UnknownLaneError: There is no such lane.
    """
    row = _hold(connection, lane)
    if row.paused_at is None:
        _set_pause(connection, row, paused_at=now, paused_by=by, paused_reason=reason)
    _record(connection, "pause_lane", lane, by=by, reason=reason, now=now)


def resume_lane(connection: Connection, lane: LaneKey, *, by: str, reason: str, now: datetime) -> None:
    """End a lane's pause; without one nothing changes. A dead or held head goes on holding the lane.

    Raises:
        UnknownLaneError: There is no such lane.
    """
    row = _hold(connection, lane)
    if row.paused_at is not None:
        _set_pause(connection, row, paused_at=None, paused_by=None, paused_reason=None)
    _record(connection, "resume_lane", lane, by=by, reason=reason, now=now)


def skip_head(
    connection: Connection,
    lane: LaneKey,
    *,
    expected: MessageId | None = None,
    by: str,
    reason: str,
    now: datetime,
) -> MessageId:
    """Give up the first unfinished message of a lane, as ``skip`` does, and return its id.

    Whoever has seen the head says by ``expected`` which one is meant: it may have gone since.

    Raises:
        UnknownLaneError: There is no such lane, or nothing waits in it.
        NotAllowedError: The message is in flight, or not the expected one.
    """
    head = _head(connection, lane, verb="skip", expected=expected)
    skip(connection, head, by=by, reason=reason, now=now)
    return head


def retry_head(
    connection: Connection,
    lane: LaneKey,
    *,
    expected: MessageId | None = None,
    by: str,
    reason: str,
    now: datetime,
) -> MessageId:
    """Try the first unfinished message of a lane again at once, as ``retry`` does, and return its id.

    Whoever has seen the head says by ``expected`` which one is meant: it may have gone since.

    Raises:
        UnknownLaneError: There is no such lane, or nothing waits in it.
        NotAllowedError: The message is in flight, held, ready anyway, or not the expected one.
    """
    head = _head(connection, lane, verb="retry", expected=expected)
    retry(connection, head, by=by, reason=reason, now=now)
    return head


def drop_until(
    connection: Connection, lane: LaneKey, message_id: MessageId, *, by: str, reason: str, now: datetime
) -> int:
    """Give up everything in a lane that is before a message, so that it is the head; each is written down.

    Raises:
        UnknownLaneError: There is no such lane.
        UnknownMessageError: No message of this id waits in the lane.
        NotAllowedError: The lane's head is in flight.

    Returns:
        How many messages were given up.
    """
    message = tables.message
    row = _hold(connection, lane)
    goal = connection.execute(
        select(message.c.seq).where(
            message.c.id == message_id, message.c.lane == row.id, message.c.finished_at.is_(None)
        )
    ).scalar_one_or_none()
    if goal is None:
        raise UnknownMessageError(message_id)
    if row.state is LaneState.LEASED:
        raise NotAllowedError("drop until", message_id, "behind a message in flight", wanted="nothing in flight")
    before = (message.c.lane == row.id, message.c.finished_at.is_(None), message.c.seq < goal)
    _record(connection, "drop_until", lane, by=by, reason=reason, now=now)
    record_where(connection, *before, verb="drop", by=by, reason=reason, now=now, destination=lane.destination)
    dropped = connection.execute(update(message).where(*before).values(given_up(now))).rowcount
    let_go(connection, [row.id])
    return dropped


def _hold(connection: Connection, lane: LaneKey) -> AnyRow:
    """Hold a lane until the end of the transaction."""
    number = connection.execute(
        select(tables.lane.c.id).where(tables.lane.c.destination == lane.destination, tables.lane.c.key == lane.key)
    ).scalar_one_or_none()
    # Between the two looks the lane of a single message may have gone with it.
    held = {} if number is None else hold_lanes(connection, [number])
    if not held:
        raise UnknownLaneError(*lane)
    [row] = held.values()
    return row


def _head(connection: Connection, lane: LaneKey, *, verb: str, expected: MessageId | None) -> MessageId:
    """Hold a lane and return the id of its first unfinished message, which is the expected one."""
    message = tables.message
    row = _hold(connection, lane)
    head = connection.execute(
        select(message.c.id)
        .where(message.c.lane == row.id, message.c.finished_at.is_(None))
        .order_by(message.c.seq)
        .limit(1)
    ).scalar_one_or_none()
    if head is None:
        raise UnknownLaneError(*lane)
    if expected is not None and head != expected:
        raise NotAllowedError(verb, expected, "not at the head of its lane", wanted="the head")
    return MessageId(head)


def _set_pause(connection: Connection, row: AnyRow, **values: datetime | str | None) -> None:
    connection.execute(update(tables.lane).where(tables.lane.c.id == row.id).values(values))
    let_go(connection, [row.id])


def _record(connection: Connection, verb: str, lane: LaneKey, *, by: str, reason: str, now: datetime) -> None:
    record(connection, verb, by=by, reason=reason, now=now, destination=lane.destination, lane_key=lane.key)
