"""What people decided, written down in the transaction that does it and never changed. The purge leaves it alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select

from outbox import tables
from outbox.lane import LaneKey
from outbox.message import MessageId


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a person decided, about one message, one lane, one destination or everything.

    Attributes:
        seq: Grows with every decision.
        by: Who. For a contradicting business answer, which nobody decided, the destination.
        verb: The operation's name, such as ``retry``.
        destination: Whose message or lane it was, or which destination; None for everything.
        lane_key: The lane's key, where the decision was about a lane.
        message_id: The message, which may have been purged since.
    """

    seq: int
    at: datetime
    by: str
    verb: str
    reason: str
    destination: str | None
    lane_key: str | None
    message_id: MessageId | None


def decisions(
    connection: Connection,
    *,
    message_id: MessageId | None = None,
    lane: LaneKey | None = None,
    at_large: bool = False,
    before: int | None = None,
    limit: int = 1000,
) -> list[Decision]:
    """Return the latest decisions about one message, one lane, or anything; the oldest of them first.

    Args:
        connection: Any transaction.
        message_id: Only about this message.
        lane: Only about this lane.
        at_large: Only about whole destinations and about everything, not about messages and lanes.
        before: Only decisions before the one with this ``seq``, for further pages.
        limit: At most so many.
    """
    table = tables.decision
    query = select(table).order_by(table.c.seq.desc()).limit(limit)
    if message_id is not None:
        query = query.where(table.c.message_id == message_id)
    if lane is not None:
        query = query.where(table.c.destination == lane.destination, table.c.lane_key == lane.key)
    if at_large:
        query = query.where(table.c.message_id.is_(None), table.c.lane_key.is_(None))
    if before is not None:
        query = query.where(table.c.seq < before)
    return [Decision(**row._mapping) for row in connection.execute(query)][::-1]  # noqa: SLF001 -- public in SQLAlchemy


def record(
    connection: Connection,
    verb: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    destination: str | None = None,
    lane_key: str | None = None,
    message_ids: Sequence[MessageId | None] = (None,),
) -> None:
    """Write a decision down, once for each of the messages that it is about."""
    if not message_ids:
        return
    shared = {
        "at": now,
        "by": by,
        "verb": verb,
        "reason": reason,
        "destination": destination,
        "lane_key": lane_key,
    }
    connection.execute(insert(tables.decision), [{**shared, "message_id": message_id} for message_id in message_ids])


def record_where(
    connection: Connection,
    *which: ColumnElement[bool],
    verb: str,
    by: str,
    reason: str,
    now: datetime,
    destination: str,
) -> None:
    """Write a decision down for every message that meets the conditions, in one statement."""
    message, decision = tables.message, tables.decision
    shared = {"at": now, "by": by, "verb": verb, "reason": reason, "destination": destination}
    each = (
        select(*(bindparam(name, value, decision.c[name].type) for name, value in shared.items()), message.c.id)
        .where(*which)
        .order_by(message.c.seq)
    )
    connection.execute(insert(decision).from_select([*shared, "message_id"], each))
